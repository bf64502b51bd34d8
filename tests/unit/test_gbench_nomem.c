// SPDX-License-Identifier: MIT
/*
 * Fails the k-th allocation of the C++ side, for every k: each must come back as -ENOMEM or as an
 * error run, and the next run must work. C++ allocates through the operators defined here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/gbench.h"

static long fail_at; /* the allocation to fail, counting down; 0: none */
static bool has_failed;

void *operator_new(size_t size) __asm__("_Znwm");
void operator_delete(void *p) __asm__("_ZdlPv");
void operator_delete_sized(void *p, size_t size) __asm__("_ZdlPvm");
void throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv") __attribute__((noreturn));

void *operator_new(size_t size)
{
	void *p = NULL;

	if (fail_at && --fail_at == 0)
		has_failed = true;
	else
		p = malloc(size ? size : 1);
	if (!p)
		throw_bad_alloc();
	return p;
}

void operator_delete(void *p)
{
	free(p);
}

void operator_delete_sized(void *p, size_t size)
{
	(void)size;
	free(p);
}

/* Long strings, so that each copy is an allocation. */
#define LONG "a text that is longer than what fits into the object itself"

struct seen {
	int nr_ok, nr_skipped, nr_failed, nr_finish;
	bool has_bad_message;
};

static int count(void *user, const struct gb_result *result)
{
	struct seen *seen = user;

	seen->nr_ok += result->status == GB_OK;
	seen->nr_skipped += result->status == GB_SKIPPED;
	seen->nr_failed += result->status == GB_FAILED;
	if (result->status != GB_OK && strcmp(result->message, "out of memory") != 0 &&
	    (result->status != GB_SKIPPED || strcmp(result->message, LONG) != 0))
		seen->has_bad_message = true;
	return 0;
}

static int look(void *user, const struct gb_context *context)
{
	(void)user;
	return context->nr_cpus > 0 ? 0 : -EPROTO;
}

static void count_finish(void *user, int err)
{
	struct seen *seen = user;

	(void)err;
	seen->nr_finish++;
}

static void works(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		gb_set_iteration_time(st, 1);
	gb_set_counter(st, "counter " LONG, 1, GB_COUNTER_RATE);
	gb_set_label(st, LONG);
}

static void skips(struct gb_state *st, void *user)
{
	(void)user;
	gb_skip(st, LONG);
}

static int set_up_and_run(struct seen *seen)
{
	static const int64_t args[] = { 1, 2 };
	static const char *const names[] = { "first " LONG, "second " LONG };
	struct gb_reporter reporter = { look, count, count_finish, seen };
	struct gb_options opt = { .filter = "wo.*ks|skip",
				  .reporters = &reporter,
				  .nr_reporters = 1 };
	struct gb_benchmark *b;
	int ret;

	ret = gb_context_add("key " LONG, LONG);
	if (!ret)
		ret = gb_register("works " LONG, works, NULL, &b);
	if (!ret)
		ret = gb_bench_arg_names(b, names, 2);
	if (!ret)
		ret = gb_bench_args(b, args, 2);
	if (!ret)
		ret = gb_bench_threads(b, 1);
	if (!ret)
		ret = gb_bench_manual_time(b);
	if (!ret)
		ret = gb_bench_iterations(b, 3);
	if (!ret)
		ret = gb_bench_repetitions(b, 3);
	if (!ret)
		ret = gb_register("skips " LONG, skips, NULL, NULL);
	if (!ret)
		ret = gb_run(&opt);
	return ret;
}

static void test_each_allocation(void **state)
{
	struct seen all = { 0 };
	long k, nr_errors = 0, nr_failed_runs = 0;

	(void)state;
	/* What the library and we compute once per process: not part of the sweep. */
	assert_int_equal(set_up_and_run(&all), 2);
	assert_int_equal(all.nr_ok, 3 + 4);
	assert_int_equal(all.nr_skipped, 1);
	for (k = 1;; k++) {
		struct seen seen = { 0 };
		int ret, err_clear;

		err_clear = gb_clear() | gb_context_clear();
		assert_int_equal(err_clear, 0);
		has_failed = false;
		fail_at = k;
		ret = set_up_and_run(&seen);
		fail_at = 0;
		if (!has_failed)
			break;
		assert_false(seen.has_bad_message);
		assert_in_range(seen.nr_finish, 0, 1);
		if (ret < 0) {
			assert_int_equal(ret, -ENOMEM);
			nr_errors++;
		} else {
			assert_int_equal(ret, 2);
			nr_failed_runs += seen.nr_failed > 0;
		}
	}
	/* The last round failed nothing: all is as in the first. */
	assert_true(k > 50);
	assert_true(nr_errors > 40);
	assert_true(nr_failed_runs > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
