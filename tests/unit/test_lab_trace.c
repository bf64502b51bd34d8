// SPDX-License-Identifier: MIT
/* test_lab_trace.c - which instructions of a machine are stepped through, and what stops that. */
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

#include "host/lab/trace.h"
#include "tests/unit/fake_gdbstub.h"

#define START	 0x5000
#define BOUNDARY 0x6000

static char folder[] = "/tmp/test_lab_trace.XXXXXX", path[64];

/* The boundary is passed before the start, too: those do not count. */
static const uint64_t program[] = {
	1, BOUNDARY, 2, START, 3, BOUNDARY, 4, BOUNDARY, 5, 6, BOUNDARY, 7, BOUNDARY, 8, 9, 10, 11,
};

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

/* Until it is done, was missed or fails. */
static int run(const struct lab_trace_request *request, struct lab_trace *trace,
	       struct fpb_err *err)
{
	const struct lab_boot boot = { .debug = path };
	int ret = 0;

	lab_trace_begin(request, trace);
	while (!ret && trace->state != LAB_TRACE_DONE && trace->state != LAB_TRACE_MISSED)
		ret = lab_trace_step(trace, &boot, err);
	return ret;
}

static const struct lab_trace_request two_after_one = {
	.start = START,
	.boundary = BOUNDARY,
	.nr_skipped = 1,
	.nr_operations = 2,
	.max_steps = 1000,
};

static void test_trace(void **state)
{
	const uint64_t expected[] = { BOUNDARY, 5, 6, BOUNDARY, 7, BOUNDARY };
	struct fake_gdb_machine machine;
	struct fpb_err err = { 0 };
	struct lab_trace trace;

	(void)state;
	start(&machine, FAKE_GDB_WELL, 0);
	if (run(&two_after_one, &trace, &err))
		fail_msg("%s", err.text);
	assert_int_equal(trace.state, LAB_TRACE_DONE);
	assert_int_equal(trace.nr_steps, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(trace.step[i].pc, expected[i]);
		assert_int_equal(trace.step[i].sp, FAKE_GDB_SP(7 + i));
	}
	/* Let go there, one step behind the last boundary. */
	assert_int_equal(fake_gdbstub_end(), 13);
	lab_trace_clear(&trace);
	lab_trace_clear(&trace);
}

static void test_connects_later(void **state)
{
	const struct lab_boot boot = { .debug = path };
	struct fpb_err err = { 0 };
	struct lab_trace trace;

	(void)state;
	unlink(path);
	lab_trace_begin(&two_after_one, &trace);
	assert_int_equal(lab_trace_step(&trace, &boot, &err), 0);
	assert_int_equal(trace.state, LAB_TRACE_CONNECTING);
	lab_trace_clear(&trace);
}

/* The program inside never gets there: a row that is skipped. */
static void test_missed(void **state)
{
	struct lab_trace_request request = two_after_one;
	struct fake_gdb_machine machine;
	struct fpb_err err = { 0 };
	struct lab_trace trace;

	(void)state;
	request.start = 0x7777;
	start(&machine, FAKE_GDB_WELL, 0);
	assert_int_equal(run(&request, &trace, &err), 0);
	assert_int_equal(trace.state, LAB_TRACE_MISSED);
	assert_int_equal(trace.nr_steps, 0);
	lab_trace_clear(&trace);
	fake_gdbstub_end();

	request = two_after_one;
	request.nr_skipped = 100;
	start(&machine, FAKE_GDB_WELL, 0);
	assert_int_equal(run(&request, &trace, &err), 0);
	assert_int_equal(trace.state, LAB_TRACE_MISSED);
	lab_trace_clear(&trace);
	fake_gdbstub_end();
}

static void test_dies(void **state)
{
	const size_t places[] = { 2, 6, 9 }; /* before the start, before the trace, in it */

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fake_gdb_machine machine;
		struct fpb_err err = { 0 };
		struct lab_trace trace;

		start(&machine, FAKE_GDB_DIES, places[i]);
		assert_int_equal(run(&two_after_one, &trace, &err), -EPIPE);
		assert_non_null(strstr(err.text, "closed"));
		lab_trace_clear(&trace);
		fake_gdbstub_end();
	}
}

static void test_refused(void **state)
{
	struct fake_gdb_machine machine;
	struct fpb_err err = { 0 };
	struct lab_trace trace;

	(void)state;
	start(&machine, FAKE_GDB_REFUSES, 0);
	assert_int_equal(run(&two_after_one, &trace, &err), -EOPNOTSUPP);
	lab_trace_clear(&trace);
	fake_gdbstub_end();
}

static void test_too_long(void **state)
{
	const size_t nr = 2000;
	uint64_t *endless = calloc(nr, sizeof(*endless));
	struct fake_gdb_machine machine = { .pc = endless, .nr = nr };
	struct lab_trace_request request = two_after_one;
	struct fpb_err err = { 0 };
	struct lab_trace trace;

	(void)state;
	assert_non_null(endless);
	for (size_t i = 0; i < nr; i++)
		endless[i] = 0xf0;
	endless[1] = START;
	endless[2] = BOUNDARY;
	request.nr_skipped = 0;
	fake_gdbstub_start(path, &machine);
	assert_int_equal(run(&request, &trace, &err), -ERANGE);
	assert_non_null(strstr(err.text, "more than 1000 steps"));
	assert_non_null(strstr(err.text, "pc 0xf0"));
	lab_trace_clear(&trace);
	fake_gdbstub_end();
	free(endless);
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
		cmocka_unit_test(test_trace),	cmocka_unit_test(test_connects_later),
		cmocka_unit_test(test_missed),	cmocka_unit_test(test_dies),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
