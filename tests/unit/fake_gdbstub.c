// SPDX-License-Identifier: MIT
#include "tests/unit/fake_gdbstub.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NR_REGISTERS	17
#define MAX_BREAKPOINTS 4

static pid_t stub;
static bool is_hanging;

struct stub_state {
	const struct fake_gdb_machine *machine;
	int fd;
	size_t at;
	uint64_t breakpoint[MAX_BREAKPOINTS];
};

static _Noreturn void end(const struct stub_state *s)
{
	_exit((int)(s->at & 0xff));
}

static void put(const struct stub_state *s, const char *text, size_t bytes)
{
	if (send(s->fd, text, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
		end(s);
}

static void reply_with(const struct stub_state *s, const char *text, unsigned int error)
{
	char packet[1024];
	unsigned int sum = error;

	for (const char *c = text; *c; c++)
		sum += (unsigned char)*c;
	put(s, packet, (size_t)snprintf(packet, sizeof(packet), "+$%s#%02x", text, sum & 0xff));
}

static void reply(const struct stub_state *s, const char *text)
{
	reply_with(s, text, 0);
}

static void print_register(char *to, uint64_t value)
{
	for (int byte = 0; byte < 8; byte++)
		to += sprintf(to, "%02x", (unsigned int)(value >> 8 * byte & 0xff));
}

static void send_registers(const struct stub_state *s)
{
	char text[16 * NR_REGISTERS + 1];

	for (int i = 0; i < NR_REGISTERS; i++)
		print_register(text + 16 * i, 0x1111111111111111ull * (unsigned int)(i % 15));
	print_register(text + 16 * 7, FAKE_GDB_SP(s->at));
	print_register(text + 16 * 16, s->machine->pc[s->at]);
	/* print_register() ends each with a NUL. */
	for (int i = 1; i < NR_REGISTERS; i++)
		if (!text[16 * i])
			text[16 * i] = '0';
	if (s->machine->mood == FAKE_GDB_SHORT)
		text[16 * 16] = '\0';
	if (s->machine->mood == FAKE_GDB_NO_HEX)
		text[16 * 16 + 3] = 'x';
	reply_with(s, text, s->machine->mood == FAKE_GDB_CHECKSUM);
}

static bool is_at_breakpoint(const struct stub_state *s)
{
	for (int i = 0; i < MAX_BREAKPOINTS; i++)
		if (s->breakpoint[i] == s->machine->pc[s->at])
			return true;
	return false;
}

/* Executes the instruction it stands at. */
static void execute(struct stub_state *s)
{
	if (s->at == s->machine->at && s->machine->mood == FAKE_GDB_DIES)
		end(s);
	if (s->at == s->machine->at && s->machine->mood == FAKE_GDB_HANGS)
		for (;;)
			pause();
	if (++s->at == s->machine->nr) {
		reply(s, "W00");
		end(s);
	}
}

static void set_breakpoint(struct stub_state *s, const char *request)
{
	const uint64_t address = strtoull(request + 3, NULL, 16);

	if (s->machine->mood == FAKE_GDB_REFUSES) {
		reply(s, "E22");
		return;
	}
	for (int i = 0; i < MAX_BREAKPOINTS; i++) {
		if (s->breakpoint[i] == (request[0] == 'Z' ? 0 : address)) {
			s->breakpoint[i] = request[0] == 'Z' ? address : 0;
			reply(s, "OK");
			return;
		}
	}
	reply(s, "E01");
}

/* As QEMU's TCG: looks for a breakpoint before it executes, the instruction it stands at included. */
static void run_freely(struct stub_state *s)
{
	while (!is_at_breakpoint(s))
		execute(s);
}

static void obey(struct stub_state *s, const char *request)
{
	const bool is_old = s->machine->mood == FAKE_GDB_OLD;

	if (!strcmp(request, "QStartNoAckMode") || !strncmp(request, "Qqemu.sstep=", 12)) {
		reply(s, is_old ? "" : "OK");
	} else if (request[0] == 'Z' || request[0] == 'z') {
		set_breakpoint(s, request);
	} else if (!strcmp(request, "c")) {
		run_freely(s);
		reply(s, "T05thread:01;");
	} else if (!strcmp(request, "s")) {
		execute(s);
		reply(s, "T05thread:01;");
	} else if (!strcmp(request, "g")) {
		send_registers(s);
	} else if (!strcmp(request, "D")) {
		reply(s, "OK");
		end(s);
	} else {
		reply(s, "");
	}
}

static void misbehave(const struct stub_state *s)
{
	char rubbish[4096];

	memset(rubbish, 'a', sizeof(rubbish));
	if (s->machine->mood == FAKE_GDB_FLOODS) {
		put(s, "$", 1);
		for (;;)
			put(s, rubbish, sizeof(rubbish));
	}
	if (s->machine->mood == FAKE_GDB_GARBAGE)
		put(s, rubbish, sizeof(rubbish));
	memset(rubbish, '+', sizeof(rubbish));
	while (s->machine->mood == FAKE_GDB_ACKS)
		put(s, rubbish, sizeof(rubbish));
}

static _Noreturn void serve(int listening, const struct fake_gdb_machine *machine)
{
	struct stub_state s = { .machine = machine, .fd = accept(listening, NULL, NULL) };
	char request[256];
	FILE *in = fdopen(s.fd, "r");
	int c;

	misbehave(&s);
	while (in && (c = getc(in)) != EOF) {
		size_t length = 0;

		if (c != '$')
			continue;
		while ((c = getc(in)) != '#' && c != EOF && length < sizeof(request) - 1)
			request[length++] = (char)c;
		request[length] = '\0';
		(void)getc(in);
		(void)getc(in);
		if (machine->mood != FAKE_GDB_MUTE)
			obey(&s, request);
	}
	end(&s);
}

void fake_gdbstub_start(const char *path, const struct fake_gdb_machine *machine)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	is_hanging = machine->mood == FAKE_GDB_HANGS;
	unlink(path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	stub = fork();
	assert_true(stub >= 0);
	if (stub == 0)
		serve(fd, machine);
	close(fd);
}

int fake_gdbstub_end(void)
{
	int status;

	/* The others see that their debugger is gone. */
	if (is_hanging)
		kill(stub, SIGTERM);
	assert_int_equal(waitpid(stub, &status, 0), stub);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
