// SPDX-License-Identifier: MIT
/* ctxsw/pipe and ctxsw/futex: the state of both threads is read back, batch by batch. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/executor.h"
#include "guest/x86/xstate.h"
#include "tests/unit/host_caps.h"

#define NR_OPERATIONS 32
#define NR_BATCHES    ABI_NR_COPIES

static struct fpb_capabilities caps;
static struct fpb_rows rows;

/* On one CPU, as the harness runs it. */
static int make(void **state)
{
	struct fpb_err err = { 0 };
	cpu_set_t one;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET((unsigned int)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -1;
	host_caps(&caps);
	return fpb_rows_create(&rows, &err);
}

static int clear(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

static const struct fpb_row *find(const char *name)
{
	for (size_t i = 0; i < rows.nr; i++) {
		if (rows.row[i].substrate == FPB_HOST && strcmp(rows.row[i].name, name) == 0)
			return &rows.row[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

static void expect_read_back(struct fpb_executor *ex, uint64_t live)
{
	static const enum abi_evidence_id ids[] = { ABI_EVIDENCE_XSTATE_BV,
						    ABI_EVIDENCE_PARTNER_XSTATE_BV };
	struct abi_evidence evidence[ABI_NR_EVIDENCE];

	fpb_executor_evidence(ex, evidence);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_true(evidence[ids[i]].is_set && evidence[ids[i]].has_expected);
		assert_int_equal(evidence[ids[i]].expected, live);
		assert_int_equal(evidence[ids[i]].value, live);
	}
	assert_int_equal(evidence[ABI_EVIDENCE_SWITCHES].expected, NR_OPERATIONS);
	assert_int_equal(evidence[ABI_EVIDENCE_SWITCHES].value, NR_OPERATIONS);
}

static void check_row(const char *name, uint64_t live)
{
	uint64_t ticks[NR_BATCHES];
	struct fpb_executor ex;
	struct fpb_err err = { 0 };

	if ((caps.on[FPB_HOST].xfeatures & live) != live || !caps.on[FPB_HOST].xfeatures)
		return; /* this processor has no such row */
	if (fpb_executor_create(find(name), &caps, &ex, &err))
		fail_msg("%s: %s", name, err.text);
	/* Twice: what was read back once must be live again. */
	for (unsigned int i = 0; i < 2; i++) {
		if (fpb_executor_start_counting(&ex, &err) ||
		    fpb_executor_run(&ex, ABI_COMMAND_RUN, NR_OPERATIONS, 0, NR_BATCHES, ticks,
				     &err))
			fail_msg("%s: %s", name, err.text);
		expect_read_back(&ex, live);
	}
	fpb_executor_destroy(&ex);
}

static void test_pipe(void **state)
{
	(void)state;
	check_row("ctxsw/pipe", 0);
	check_row("ctxsw/pipe/live=sse", XFEATURE_SSE);
	check_row("ctxsw/pipe/live=avx", XFEATURE_AVX);
	check_row("ctxsw/pipe/live=avx512", XFEATURE_AVX512);
}

static void test_futex(void **state)
{
	(void)state;
	check_row("ctxsw/futex", 0);
	check_row("ctxsw/futex/live=sse", XFEATURE_SSE);
	check_row("ctxsw/futex/live=avx", XFEATURE_AVX);
	check_row("ctxsw/futex/live=avx512", XFEATURE_AVX512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_futex),
	};

	return cmocka_run_group_tests_name("ctxsw", tests, make, clear);
}
