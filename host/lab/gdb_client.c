// SPDX-License-Identifier: MIT
#include "host/lab/gdb_client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES 256
#define FRAME_BYTES   4 /* of a packet: $, # and two digits */

/* In the answer to `g` of a 64-bit x86: rax .. r15, then rip (GDB's i386:x86-64 description). */
enum { REGISTER_RSP = 7, REGISTER_RIP = 16, NR_READ = 17 };
#define REGISTER_DIGITS ((size_t)16)

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static int send_all(struct gdb_client *client, const char *data, size_t bytes, struct fpb_err *err)
{
	while (bytes) {
		const ssize_t sent = send(client->fd, data, bytes, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return FPB_FAIL(err, -errno, "the emulator takes no more of its debugger");
		data += sent;
		bytes -= (size_t)sent;
	}
	return 0;
}

/* Writes "$TEXT#cs" at `to`, which has room; returns its length. */
static size_t make_packet(char *to, size_t size, const char *text)
{
	unsigned int sum = 0;

	for (const char *c = text; *c; c++)
		sum += (unsigned char)*c;
	return (size_t)snprintf(to, size, "$%s#%02x", text, sum & 0xff);
}

static int send_packet(struct gdb_client *client, const char *text, struct fpb_err *err)
{
	char packet[REQUEST_BYTES];
	const size_t bytes = make_packet(packet, sizeof(packet), text);

	if (bytes >= sizeof(packet))
		return FPB_FAIL(err, -EMSGSIZE, "debugger's request of %zu bytes", bytes);
	return send_all(client, packet, bytes, err);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static void drop(struct gdb_client *client, size_t bytes)
{
	client->bytes -= bytes;
	memmove(client->buffer, client->buffer + bytes, client->bytes);
}

/* They come before a packet. */
static void drop_acknowledgements(struct gdb_client *client)
{
	size_t nr = 0;

	while (nr < client->bytes && client->buffer[nr] == '+')
		nr++;
	if (nr)
		drop(client, nr);
}

/* The first packet in the buffer: 1 with its span; 0 while it is not whole; -EBADMSG. */
static int find_packet(struct gdb_client *client, size_t *bytes, struct fpb_err *err)
{
	unsigned int sum = 0;
	const char *end;
	size_t length;

	drop_acknowledgements(client);
	if (!client->bytes)
		return 0;
	if (client->buffer[0] != '$')
		return FPB_FAIL(err, -EBADMSG,
				"debugger: expected a packet from the emulator, read byte 0x%02x",
				(unsigned char)client->buffer[0]);
	end = memchr(client->buffer, '#', client->bytes);
	length = end ? (size_t)(end - client->buffer) : client->bytes;
	if (!end || client->bytes < length + 3) {
		if (client->bytes == sizeof(client->buffer))
			return FPB_FAIL(err, -EBADMSG,
					"debugger: a packet of more than %zu bytes from the "
					"emulator",
					sizeof(client->buffer));
		return 0;
	}
	for (const char *c = client->buffer + 1; c < end; c++)
		sum += (unsigned char)*c;
	if (hex_digit(end[1]) < 0 || hex_digit(end[2]) < 0 ||
	    (unsigned int)(hex_digit(end[1]) * 16 + hex_digit(end[2])) != (sum & 0xff))
		return FPB_FAIL(err, -EBADMSG,
				"debugger: a packet of %zu bytes from the emulator has a wrong "
				"checksum, expected %02x",
				length - 1, sum & 0xff);
	*bytes = length + 3;
	return 1;
}

/* 0: something may have been read; -ETIMEDOUT without a word: it is too late. */
static int receive(struct gdb_client *client, int64_t deadline, struct fpb_err *err)
{
	struct pollfd poll_fd = { .fd = client->fd, .events = POLLIN };
	const int64_t left = deadline - now_ms();
	ssize_t got;
	int ready;

	/* Even for one that goes on sending. */
	if (left < 0)
		return -ETIMEDOUT;
	ready = poll(&poll_fd, 1, (int)left);
	if (ready < 0 && errno != EINTR)
		return FPB_FAIL(err, -errno, "poll for the emulator's debugger");
	if (ready <= 0)
		return now_ms() >= deadline ? -ETIMEDOUT : 0;
	got = recv(client->fd, client->buffer + client->bytes,
		   sizeof(client->buffer) - client->bytes, MSG_DONTWAIT);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got <= 0)
		return FPB_FAIL(err, got ? -errno : -EPIPE,
				"the emulator closed the debugger's connection");
	client->bytes += (size_t)got;
	return 0;
}

/*
 * The next packet, *bytes long, at the head of the buffer, until dropped. -ETIMEDOUT without a word.
 */
static int next_packet(struct gdb_client *client, int timeout_ms, size_t *bytes,
		       struct fpb_err *err)
{
	const int64_t deadline = now_ms() + timeout_ms;
	int ret;

	while ((ret = find_packet(client, bytes, err)) == 0) {
		ret = receive(client, deadline, err);
		if (ret)
			return ret;
	}
	return ret < 0 ? ret : 0;
}

static int answer(struct gdb_client *client, const char *request, size_t *bytes,
		  struct fpb_err *err)
{
	const int ret = next_packet(client, client->patience_ms, bytes, err);

	if (ret == -ETIMEDOUT)
		return FPB_FAIL(err, ret,
				"the emulator did not answer its debugger's %s within %d ms",
				request, client->patience_ms);
	return ret;
}

/* A request whose answer is OK; or nothing, where it need not be known. */
static int ask(struct gdb_client *client, const char *request, bool may_be_unknown,
	       struct fpb_err *err)
{
	size_t bytes = 0;
	int ret = send_packet(client, request, err);

	if (!ret)
		ret = answer(client, request, &bytes, err);
	if (ret)
		return ret;
	if (bytes == FRAME_BYTES + 2 && !memcmp(client->buffer, "$OK", 3))
		ret = 0;
	else if (bytes != FRAME_BYTES || !may_be_unknown)
		ret = FPB_FAIL(err, -EOPNOTSUPP,
			       "the emulator's debugger refuses %s; use one whose gdbstub knows it "
			       "(--emulator PATH)",
			       request);
	drop(client, bytes);
	return ret;
}

int gdb_connect(const char *path, int patience_ms, struct gdb_client *client, struct fpb_err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ret;

	client->bytes = 0;
	client->fd = -1;
	client->patience_ms = patience_ms;
	if (strlen(path) >= sizeof(address.sun_path))
		return FPB_FAIL(err, -ENAMETOOLONG,
				"%s: a socket's path has at most %zu bytes; name a shorter TMPDIR",
				path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return FPB_FAIL(err, -errno, "socket to the emulator's debugger");
	if (connect(client->fd, (const struct sockaddr *)&address, sizeof(address))) {
		ret = -errno;
		gdb_close(client);
		if (ret == -ENOENT || ret == -ECONNREFUSED)
			return ret;
		return FPB_FAIL(err, ret, "%s: the emulator's debugger", path);
	}
	/* Where it is not known the next request acknowledges: QEMU takes any '$' for a '+'. */
	ret = ask(client, "QStartNoAckMode", true, err);
	if (ret)
		gdb_close(client);
	return ret;
}

void gdb_close(struct gdb_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->bytes = 0;
}

void gdb_detach(struct gdb_client *client)
{
	struct fpb_err ignored = { 0 };

	if (client->fd >= 0)
		(void)!ask(client, "D", true, &ignored);
	gdb_close(client);
}

int gdb_set(struct gdb_client *client, const char *request, struct fpb_err *err)
{
	return ask(client, request, true, err);
}

int gdb_breakpoint(struct gdb_client *client, uint64_t address, bool is_set, struct fpb_err *err)
{
	char request[64];

	snprintf(request, sizeof(request), "%c1,%" PRIx64 ",1", is_set ? 'Z' : 'z', address);
	return ask(client, request, false, err);
}

int gdb_continue(struct gdb_client *client, struct fpb_err *err)
{
	return send_packet(client, "c", err);
}

int gdb_wait(struct gdb_client *client, int timeout_ms, enum gdb_event *event, struct fpb_err *err)
{
	size_t bytes = 0;
	int ret = next_packet(client, timeout_ms, &bytes, err);

	*event = GDB_NOTHING;
	if (ret == -ETIMEDOUT)
		return 0;
	if (ret)
		return ret;
	switch (client->buffer[1]) {
	case 'T':
	case 'S':
		*event = GDB_STOPPED;
		break;
	case 'W':
	case 'X':
		*event = GDB_EXITED;
		break;
	default:
		ret = FPB_FAIL(err, -EBADMSG,
			       "debugger: expected word of a stop from the emulator, read a packet "
			       "that begins with 0x%02x",
			       (unsigned char)client->buffer[1]);
	}
	drop(client, bytes);
	return ret;
}

/* Little-endian, two digits a byte. */
static int parse_register(const char *digits, uint64_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 64; shift += 8, digits += 2) {
		const int high = hex_digit(digits[0]), low = hex_digit(digits[1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		*value |= (uint64_t)(high * 16 + low) << shift;
	}
	return 0;
}

static int take_registers(struct gdb_client *client, struct gdb_registers *registers,
			  struct fpb_err *err)
{
	const char *const first = client->buffer + 1;
	size_t bytes = 0;
	int ret = answer(client, "g", &bytes, err);

	if (ret)
		return ret;
	if (bytes < FRAME_BYTES + NR_READ * REGISTER_DIGITS ||
	    parse_register(first + REGISTER_RIP * REGISTER_DIGITS, &registers->pc) ||
	    parse_register(first + REGISTER_RSP * REGISTER_DIGITS, &registers->sp))
		ret = FPB_FAIL(err, -EBADMSG,
			       "debugger: expected the registers of a 64-bit x86, read %zu bytes",
			       bytes - FRAME_BYTES);
	drop(client, bytes);
	return ret;
}

int gdb_step(struct gdb_client *client, struct gdb_registers *before, struct fpb_err *err)
{
	/* Both at once: the answer to the first is sent before the second sets the machine going. */
	static const char request[] = "$g#67$s#73";
	enum gdb_event event;
	int ret = send_all(client, request, sizeof(request) - 1, err);

	if (!ret)
		ret = take_registers(client, before, err);
	if (!ret)
		ret = gdb_wait(client, client->patience_ms, &event, err);
	if (ret)
		return ret;
	if (event == GDB_NOTHING)
		return FPB_FAIL(err, -ETIMEDOUT,
				"the machine does not come back from one instruction within %d ms, "
				"at pc 0x%" PRIx64,
				client->patience_ms, before->pc);
	if (event == GDB_EXITED)
		return FPB_FAIL(err, -EPIPE, "the machine went off in the midst of its steps");
	return 0;
}
