// SPDX-License-Identifier: MIT
/* test_gdb_client.c - the client of the debugger's protocol against a stub of every temper. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/gdb_client.h"
#include "tests/unit/fake_gdbstub.h"

#define PATIENCE_MS 300

static char folder[] = "/tmp/test_gdb_client.XXXXXX", path[64];
static const uint64_t program[] = { 0x1000, 0x1002, 0xffffffff81000010, 0x1007, 0x100a };

static void start(struct fake_gdb_machine *machine, enum fake_gdb_mood mood, size_t at)
{
	*machine = (struct fake_gdb_machine){
		.pc = program,
		.nr = sizeof(program) / sizeof(program[0]),
		.mood = mood,
		.at = at,
	};
	fake_gdbstub_start(path, machine);
}

static void connect_to(struct gdb_client *client)
{
	struct fpb_err err = { 0 };

	if (gdb_connect(path, PATIENCE_MS, client, &err))
		fail_msg("%s", err.text);
}

static void step_well(struct gdb_client *client, size_t i)
{
	struct gdb_registers registers;
	struct fpb_err err = { 0 };

	if (gdb_step(client, &registers, &err))
		fail_msg("%s", err.text);
	assert_int_equal(registers.pc, program[i]);
	assert_int_equal(registers.sp, FAKE_GDB_SP(i));
}

static void test_steps(void **state)
{
	const enum fake_gdb_mood moods[] = { FAKE_GDB_WELL, FAKE_GDB_OLD };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake_gdb_machine machine;
		struct gdb_client client;
		struct fpb_err err = { 0 };

		start(&machine, moods[i], 0);
		connect_to(&client);
		assert_int_equal(gdb_set(&client, "Qqemu.sstep=7", &err), 0);
		for (size_t step = 0; step < 4; step++)
			step_well(&client, step);
		gdb_detach(&client);
		assert_int_equal(client.fd, -1);
		assert_int_equal(fake_gdbstub_end(), 4);
		/* Once more, of one that is closed. */
		gdb_detach(&client);
	}
}

static void wait_for(struct gdb_client *client, enum gdb_event expected)
{
	struct fpb_err err = { 0 };
	enum gdb_event event;

	if (gdb_wait(client, PATIENCE_MS, &event, &err))
		fail_msg("%s", err.text);
	assert_int_equal(event, expected);
}

static void test_breakpoints(void **state)
{
	struct fake_gdb_machine machine;
	struct gdb_client client;
	struct fpb_err err = { 0 };

	(void)state;
	start(&machine, FAKE_GDB_WELL, 0);
	connect_to(&client);
	assert_int_equal(gdb_breakpoint(&client, program[2], true, &err), 0);
	assert_int_equal(gdb_continue(&client, &err), 0);
	wait_for(&client, GDB_STOPPED);
	wait_for(&client, GDB_NOTHING);
	/* It stands on the breakpoint, and only a step gets it off. */
	assert_int_equal(gdb_continue(&client, &err), 0);
	wait_for(&client, GDB_STOPPED);
	step_well(&client, 2);
	/* Taken away it stops nobody; the machine goes off. */
	assert_int_equal(gdb_breakpoint(&client, program[2], false, &err), 0);
	assert_int_equal(gdb_continue(&client, &err), 0);
	wait_for(&client, GDB_EXITED);
	gdb_close(&client);
	fake_gdbstub_end();
}

static void expect_refused_connection(enum fake_gdb_mood mood, int code, const char *words)
{
	struct fake_gdb_machine machine;
	struct gdb_client client;
	struct fpb_err err = { 0 };

	start(&machine, mood, 0);
	assert_int_equal(gdb_connect(path, PATIENCE_MS, &client, &err), code);
	assert_int_equal(client.fd, -1);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
	fake_gdbstub_end();
}

static void test_no_stub(void **state)
{
	struct gdb_client client;
	struct fpb_err err = { 0 };
	char long_path[200];

	(void)state;
	unlink(path);
	assert_int_equal(gdb_connect(path, PATIENCE_MS, &client, &err), -ENOENT);
	assert_int_equal(err.code, 0);
	memset(long_path, 'x', sizeof(long_path));
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(gdb_connect(long_path, PATIENCE_MS, &client, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "TMPDIR"));
	expect_refused_connection(FAKE_GDB_MUTE, -ETIMEDOUT, "did not answer");
	expect_refused_connection(FAKE_GDB_FLOODS, -EBADMSG, "more than 16384 bytes");
	expect_refused_connection(FAKE_GDB_GARBAGE, -EBADMSG, "byte 0x61");
	expect_refused_connection(FAKE_GDB_ACKS, -ETIMEDOUT, "did not answer");
}

static void expect_step_fails(enum fake_gdb_mood mood, size_t at, int code, const char *words)
{
	struct fake_gdb_machine machine;
	struct gdb_registers registers;
	struct gdb_client client;
	struct fpb_err err = { 0 };

	start(&machine, mood, at);
	connect_to(&client);
	for (size_t i = 0; i < at; i++)
		step_well(&client, i);
	assert_int_equal(gdb_step(&client, &registers, &err), code);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
	gdb_close(&client);
	fake_gdbstub_end();
}

static void test_steps_that_fail(void **state)
{
	(void)state;
	expect_step_fails(FAKE_GDB_DIES, 2, -EPIPE, "closed");
	expect_step_fails(FAKE_GDB_HANGS, 3, -ETIMEDOUT, "at pc 0x1007");
	expect_step_fails(FAKE_GDB_WELL, 4, -EPIPE, "went off");
	expect_step_fails(FAKE_GDB_CHECKSUM, 0, -EBADMSG, "checksum");
	expect_step_fails(FAKE_GDB_SHORT, 0, -EBADMSG, "registers");
	expect_step_fails(FAKE_GDB_NO_HEX, 0, -EBADMSG, "registers");
}

static void test_refused_breakpoint(void **state)
{
	struct fake_gdb_machine machine;
	struct gdb_client client;
	struct fpb_err err = { 0 };

	(void)state;
	start(&machine, FAKE_GDB_REFUSES, 0);
	connect_to(&client);
	assert_int_equal(gdb_breakpoint(&client, 0xabc, true, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "Z1,abc,1"));
	gdb_close(&client);
	fake_gdbstub_end();
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/gdb", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_breakpoints),
		cmocka_unit_test(test_no_stub),
		cmocka_unit_test(test_steps_that_fail),
		cmocka_unit_test(test_refused_breakpoint),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
