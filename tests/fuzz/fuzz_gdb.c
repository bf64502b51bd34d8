// SPDX-License-Identifier: MIT
/*
 * fuzz_gdb.c - what an emulator's debugger stub sends: whole or in pieces, the same bytes tell the
 * same, and end in one error.
 *
 * A checksum is hard to guess: "#00" stands for the right one.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/lab/gdb_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both ends hold it, with nobody to read while it is written. */
#define MAX_BYTES 65536

struct outcome {
	unsigned int nr_stops, nr_exits;
	int code;
};

/* The other end is the emulator's. */
static int connect_client(struct gdb_client *client)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		abort();
	*client = (struct gdb_client){ .fd = fd[0], .patience_ms = 100 };
	return fd[1];
}

static void put(int fd, const char *data, size_t size)
{
	if (size && send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
		abort();
}

/* What has come so far, or, when nothing will come any more, until the error that ends it. */
static void take(struct gdb_client *client, bool is_closed, struct outcome *outcome)
{
	enum gdb_event event = GDB_STOPPED;

	while (!outcome->code && (is_closed || event != GDB_NOTHING)) {
		struct fpb_err err = { 0 };

		outcome->code = gdb_wait(client, 0, &event, &err);
		if (outcome->code && !err.text[0])
			abort();
		if (!outcome->code) {
			outcome->nr_stops += event == GDB_STOPPED;
			outcome->nr_exits += event == GDB_EXITED;
		}
	}
}

static struct outcome receive(const char *data, size_t size, size_t piece)
{
	struct outcome outcome = { 0 };
	struct gdb_client client;
	const int stub = connect_client(&client);

	for (size_t at = 0; at < size && !outcome.code; at += piece) {
		put(stub, data + at, size - at < piece ? size - at : piece);
		take(&client, false, &outcome);
	}
	shutdown(stub, SHUT_WR);
	take(&client, true, &outcome);
	gdb_close(&client);
	close(stub);
	return outcome;
}

/* As answers to what the client asks for, until one does not fit. */
static void answer(const char *data, size_t size)
{
	struct gdb_registers registers;
	struct gdb_client client;
	struct fpb_err err = { 0 };
	const int stub = connect_client(&client);

	put(stub, data, size);
	shutdown(stub, SHUT_WR);
	if (!gdb_set(&client, "Qqemu.sstep=7", &err) &&
	    !gdb_breakpoint(&client, 0x1000, true, &err))
		while (!gdb_step(&client, &registers, &err))
			;
	if (!err.code || !err.text[0])
		abort();
	gdb_detach(&client);
	close(stub);
}

static void mend_checksums(char *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int sum = 0;

	for (size_t i = 0; i + 2 < size; i++) {
		if (data[i] == '#' && data[i + 1] == '0' && data[i + 2] == '0') {
			data[i + 1] = digits[sum >> 4 & 0xf];
			data[i + 2] = digits[sum & 0xf];
		}
		sum = data[i] == '$' ? 0 : sum + (unsigned char)data[i];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;
	char *mended;

	if (size > MAX_BYTES)
		return 0;
	mended = malloc(size + 1);
	if (!mended)
		abort();
	memcpy(mended, data, size);
	mend_checksums(mended, size);
	whole = receive(mended, size, size + 1);
	pieces = receive(mended, size, 7);
	if (whole.nr_stops != pieces.nr_stops || whole.nr_exits != pieces.nr_exits ||
	    whole.code != pieces.code)
		abort();
	answer(mended, size);
	free(mended);
	return 0;
}
