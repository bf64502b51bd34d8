// SPDX-License-Identifier: MIT
/*
 * Benchmark functions and reporters only note what they see: cmocka's asserts leave by longjmp(),
 * which must not cross the library. The test functions judge afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "bench/core/gbench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A result, copied: its own texts last only as long as the callback. */
struct row {
	struct gb_result r;
	char name[128], run_name[128], base_name[64], aggregate_name[16], message[128], label[64];
	struct gb_counter counters[4];
	char counter_names[4][32];
};

struct collector {
	struct row rows[64];
	size_t nr;
	int nr_contexts, nr_finishes, finish_err;
	int stop_at; /* result() returns stop_code for this row, counted from 1 */
	int stop_code;
	int context_code;
	int api_from_reporter; /* what gb_clear() says inside result() */
};

static struct collector seen;

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int collect_context(void *user, const struct gb_context *context)
{
	struct collector *c = user;

	(void)context;
	c->nr_contexts++;
	return c->context_code;
}

static int collect(void *user, const struct gb_result *r)
{
	struct collector *c = user;
	struct row *row = &c->rows[c->nr];

	if (c->nr == ARRAY_SIZE(c->rows) || r->nr_counters > ARRAY_SIZE(row->counters))
		return -E2BIG;
	c->nr++;
	row->r = *r;
	copy_text(row->name, sizeof(row->name), r->name);
	copy_text(row->run_name, sizeof(row->run_name), r->run_name);
	copy_text(row->base_name, sizeof(row->base_name), r->base_name);
	copy_text(row->aggregate_name, sizeof(row->aggregate_name), r->aggregate_name);
	copy_text(row->message, sizeof(row->message), r->message);
	copy_text(row->label, sizeof(row->label), r->label);
	for (size_t i = 0; i < r->nr_counters; i++) {
		row->counters[i] = r->counters[i];
		copy_text(row->counter_names[i], sizeof(row->counter_names[i]),
			  r->counters[i].name);
		row->counters[i].name = row->counter_names[i];
	}
	c->api_from_reporter = gb_clear();
	return (int)c->nr == c->stop_at ? c->stop_code : 0;
}

static void collect_finish(void *user, int err)
{
	struct collector *c = user;

	c->nr_finishes++;
	c->finish_err = err;
}

static const struct gb_reporter collector = { collect_context, collect, collect_finish, &seen };

static int run(const char *filter)
{
	struct gb_options opt = {
		.filter = filter, .min_time_s = 1e-4, .reporters = &collector, .nr_reporters = 1
	};

	memset(&seen, 0, sizeof(seen));
	return gb_run(&opt);
}

static struct gb_benchmark *add(const char *name, gb_function fn, void *user)
{
	struct gb_benchmark *b = NULL;

	assert_int_equal(gb_register(name, fn, user, &b), 0);
	assert_non_null(b);
	return b;
}

static struct gb_benchmark *add_fixed(const char *name, gb_function fn, void *user, int64_t nr)
{
	struct gb_benchmark *b = add(name, fn, user);

	assert_int_equal(gb_bench_iterations(b, nr), 0);
	return b;
}

static const struct gb_counter *counter(const struct row *row, const char *name)
{
	for (size_t i = 0; i < row->r.nr_counters; i++) {
		if (!strcmp(row->counters[i].name, name))
			return &row->counters[i];
	}
	fail_msg("no counter %s in %s", name, row->name);
	return NULL;
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%.17g is not %.17g", value, expected);
}

static int forget(void **state)
{
	(void)state;
	return gb_clear() || gb_context_clear();
}

/* What most benchmarks below are: they loop, and count. */
struct loop {
	int64_t batch; /* 0: gb_keep_running() */
	int64_t nr_calls, nr_done, last_iterations, max_iterations;
	double seconds; /* manual, per iteration */
};

static void loop(struct gb_state *st, void *user)
{
	struct loop *l = user;

	l->nr_calls++;
	l->nr_done = 0;
	l->max_iterations = gb_max_iterations(st);
	while (l->batch ? gb_keep_running_batch(st, l->batch) : gb_keep_running(st)) {
		l->nr_done += l->batch ? l->batch : 1;
		l->last_iterations = gb_iterations(st);
		if (l->seconds > 0)
			gb_set_iteration_time(st, l->seconds * (double)(l->batch ? l->batch : 1));
	}
}

static void test_fixed_iterations(void **state)
{
	struct loop l = { 0 };

	(void)state;
	add_fixed("fixed", loop, &l, 1000);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(l.nr_calls, 1);
	assert_int_equal(l.nr_done, 1000);
	assert_int_equal(l.last_iterations, 1000);
	assert_int_equal(l.max_iterations, 1000);
	assert_int_equal(seen.nr, 1);
	assert_int_equal(seen.nr_contexts, 1);
	assert_int_equal(seen.nr_finishes, 1);
	assert_int_equal(seen.finish_err, 0);
	assert_string_equal(seen.rows[0].name, "fixed/iterations:1000");
	assert_string_equal(seen.rows[0].run_name, "fixed/iterations:1000");
	assert_string_equal(seen.rows[0].base_name, "fixed");
	assert_string_equal(seen.rows[0].aggregate_name, "");
	assert_string_equal(seen.rows[0].message, "");
	assert_string_equal(seen.rows[0].label, "");
	assert_int_equal(seen.rows[0].r.type, GB_ITERATION);
	assert_int_equal(seen.rows[0].r.status, GB_OK);
	assert_int_equal(seen.rows[0].r.iterations, 1000);
	assert_int_equal(seen.rows[0].r.threads, 1);
	assert_int_equal(seen.rows[0].r.repetitions, 1);
	assert_int_equal(seen.rows[0].r.repetition_index, 0);
	assert_int_equal(seen.rows[0].r.unit, GB_NANOSECOND);
	assert_true(seen.rows[0].r.real_s > 0);
	assert_near(seen.rows[0].r.real_time, seen.rows[0].r.real_s * 1e9 / 1000);
	assert_near(seen.rows[0].r.cpu_time, seen.rows[0].r.cpu_s * 1e9 / 1000);
	assert_int_equal(seen.rows[0].r.nr_counters, 0);
}

static void test_batches(void **state)
{
	struct loop even = { .batch = 4 }, odd = { .batch = 4 }, whole = { .batch = 1 << 20 };

	(void)state;
	add_fixed("even", loop, &even, 12);
	add_fixed("odd", loop, &odd, 10);
	add_fixed("whole", loop, &whole, 1 << 20);
	assert_int_equal(run(NULL), 3);
	assert_int_equal(even.nr_done, 12);
	assert_int_equal(seen.rows[0].r.iterations, 12);
	assert_int_equal(odd.nr_done, 12);
	assert_int_equal(odd.last_iterations, 12);
	assert_int_equal(odd.max_iterations, 10);
	assert_int_equal(seen.rows[1].r.iterations, 12);
	assert_int_equal(whole.nr_done, 1 << 20);
	assert_int_equal(seen.rows[2].r.iterations, 1 << 20);
}

static void test_search_for_iterations(void **state)
{
	struct loop l = { 0 };
	struct gb_benchmark *b = add("search", loop, &l);

	(void)state;
	assert_int_equal(gb_bench_min_time(b, 0.005), 0);
	assert_int_equal(gb_bench_real_time(b), 0);
	assert_int_equal(run(NULL), 1);
	assert_true(l.nr_calls > 1);
	assert_true(seen.rows[0].r.iterations > 1000);
	assert_int_equal(seen.rows[0].r.iterations, l.nr_done);
	assert_true(seen.rows[0].r.real_s >= 0.005);
	assert_string_equal(seen.rows[0].name, "search/min_time:0.005/real_time");
}

static void test_manual_time(void **state)
{
	struct loop one = { .seconds = 0.25 }, batch = { .seconds = 0.5, .batch = 5 };
	struct gb_benchmark *b;

	(void)state;
	b = add_fixed("one", loop, &one, 4);
	assert_int_equal(gb_bench_manual_time(b), 0);
	b = add_fixed("batch", loop, &batch, 10);
	assert_int_equal(gb_bench_manual_time(b), 0);
	assert_int_equal(gb_bench_unit(b, GB_MILLISECOND), 0);
	add_fixed("not_manual", loop, &one, 4);
	assert_int_equal(run(NULL), 3);
	assert_string_equal(seen.rows[0].name, "one/iterations:4/manual_time");
	assert_near(seen.rows[0].r.real_s, 1);
	assert_near(seen.rows[0].r.real_time, 0.25e9);
	assert_true(seen.rows[0].r.cpu_s < 0.5);
	assert_int_equal(seen.rows[1].r.unit, GB_MILLISECOND);
	assert_near(seen.rows[1].r.real_s, 5);
	assert_near(seen.rows[1].r.real_time, 500);
	assert_int_equal(seen.rows[2].r.status, GB_FAILED);
	assert_string_equal(seen.rows[2].message,
			    "gb_set_iteration_time: not registered for manual time");
}

static void set_bad_times(struct gb_state *st, void *user)
{
	double *seconds = user;

	while (gb_keep_running(st))
		gb_set_iteration_time(st, *seconds);
}

static void test_bad_manual_times(void **state)
{
	double bad[] = { -1e-9, NAN, INFINITY };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct gb_benchmark *b = add_fixed("bad", set_bad_times, &bad[i], 2);

		assert_int_equal(gb_bench_manual_time(b), 0);
	}
	assert_int_equal(run(NULL), ARRAY_SIZE(bad));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_string_equal(seen.rows[i].message, "gb_set_iteration_time: not a time");
}

static void sleep_s(double s)
{
	struct timespec ts = { .tv_nsec = (long)(s * 1e9) };

	nanosleep(&ts, NULL);
}

static void sleep_paused(struct gb_state *st, void *user)
{
	bool *resume = user;

	while (gb_keep_running(st)) {
		sleep_s(0.002);
		gb_pause_timing(st);
		sleep_s(0.1);
		if (*resume)
			gb_resume_timing(st);
	}
}

static void test_pause(void **state)
{
	bool yes = true, no = false;
	struct gb_benchmark *b;

	(void)state;
	b = add_fixed("paused", sleep_paused, &yes, 2);
	assert_int_equal(gb_bench_real_time(b), 0);
	b = add_fixed("ends_paused", sleep_paused, &no, 1);
	assert_int_equal(gb_bench_real_time(b), 0);
	assert_int_equal(run(NULL), 2);
	assert_int_equal(seen.rows[0].r.status, GB_OK);
	assert_true(seen.rows[0].r.real_s >= 0.004);
	assert_true(seen.rows[0].r.real_s < 0.2);
	assert_int_equal(seen.rows[1].r.status, GB_OK);
	assert_true(seen.rows[1].r.real_s >= 0.002);
	assert_true(seen.rows[1].r.real_s < 0.1);
}

/* One misuse each; the run must end as an error run, not as an abort or an endless loop. */
static int misuse_ret;

static void pause_outside(struct gb_state *st, void *user)
{
	(void)user;
	misuse_ret = gb_pause_timing(st);
	while (gb_keep_running(st))
		;
}

static void pause_twice(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st)) {
		gb_pause_timing(st);
		misuse_ret = gb_pause_timing(st);
	}
}

static void resume_running(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		misuse_ret = gb_resume_timing(st);
}

static void resume_after_end(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_resume_timing(st);
}

static void batch_of_zero(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running_batch(st, 0))
		;
	misuse_ret = -EINVAL;
}

static void batch_below_zero(struct gb_state *st, void *user)
{
	(void)user;
	gb_keep_running_batch(st, 5);
	while (gb_keep_running_batch(st, INT64_MIN))
		;
	misuse_ret = -EINVAL;
}

static void batch_of_too_many(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running_batch(st, INT64_MAX))
		;
	misuse_ret = -EINVAL;
}

static void never_loops(struct gb_state *st, void *user)
{
	(void)st;
	(void)user;
	misuse_ret = -EINVAL;
}

static void leaves_early(struct gb_state *st, void *user)
{
	(void)user;
	gb_keep_running(st);
	gb_pause_timing(st);
	misuse_ret = -EINVAL;
}

static void leaves_at_the_last(struct gb_state *st, void *user)
{
	(void)user;
	for (int64_t i = 0; i < gb_max_iterations(st); i++)
		gb_keep_running(st);
	misuse_ret = -EINVAL;
}

static void no_such_argument(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_range(st, 1) == 0 ? -EINVAL : 0;
}

static void no_reason(struct gb_state *st, void *user)
{
	(void)user;
	misuse_ret = gb_skip(st, NULL);
}

static void no_message(struct gb_state *st, void *user)
{
	(void)user;
	misuse_ret = gb_skip_with_error(st, NULL);
}

static void no_label(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_set_label(st, NULL);
}

static void no_counter_name(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_set_counter(st, "", 1, 0);
}

static void unknown_counter_flag(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_set_counter(st, "c", 1, 1u << 6);
}

static void other_counter_flags(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	gb_set_counter(st, "c", 1, GB_COUNTER_RATE);
	misuse_ret = gb_set_counter(st, "c", 1, GB_COUNTER_PLAIN);
}

static void negative_items(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_set_items_processed(st, -1);
}

static void negative_bytes(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		;
	misuse_ret = gb_set_bytes_processed(st, -1);
}

static void test_misuse(void **state)
{
	static const struct {
		gb_function fn;
		const char *message;
	} cases[] = {
		{ pause_outside, "gb_pause_timing: " },
		{ pause_twice, "gb_pause_timing: " },
		{ resume_running, "gb_resume_timing: " },
		{ resume_after_end, "gb_resume_timing: " },
		{ batch_of_zero, "gb_keep_running_batch: " },
		{ batch_below_zero, "gb_keep_running_batch: " },
		{ batch_of_too_many, "gb_keep_running_batch: " },
		{ never_loops, "returned before " },
		{ leaves_early, "returned before " },
		{ leaves_at_the_last, "returned before " },
		{ no_such_argument, "gb_range: " },
		{ no_reason, "gb_skip: " },
		{ no_message, "gb_skip_with_error: " },
		{ no_label, "gb_set_label: " },
		{ no_counter_name, "gb_set_counter: " },
		{ unknown_counter_flag, "gb_set_counter: " },
		{ other_counter_flags, "gb_set_counter: " },
		{ negative_items, "gb_set_items_processed: " },
		{ negative_bytes, "gb_set_bytes_processed: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t arg = 7;
		struct gb_benchmark *b = add_fixed("misuse", cases[i].fn, NULL, 10);

		assert_int_equal(gb_bench_args(b, &arg, 1), 0);
		misuse_ret = 0;
		assert_int_equal(run(NULL), 1);
		assert_int_equal(misuse_ret, -EINVAL);
		assert_int_equal(seen.nr, 1);
		assert_int_equal(seen.rows[0].r.status, GB_FAILED);
		if (strncmp(seen.rows[0].message, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("case %zu: \"%s\"", i, seen.rows[0].message);
		assert_int_equal(gb_clear(), 0);
	}
}

enum skip_when { BEFORE_LOOP, IN_LOOP, BREAKING, AFTER_LOOP };

struct skip {
	int (*how)(struct gb_state *st, const char *reason);
	enum skip_when when;
	const char *reason;
	int nr_calls, nr_iterations;
};

static void skip_somehow(struct gb_state *st, void *user)
{
	struct skip *s = user;

	s->nr_calls++;
	s->nr_iterations = 0;
	if (s->when == BEFORE_LOOP) {
		s->how(st, s->reason);
		return;
	}
	while (gb_keep_running(st)) {
		s->nr_iterations++;
		if (s->when == AFTER_LOOP)
			continue;
		s->how(st, s->reason);
		if (s->when == BREAKING)
			break;
	}
	s->how(st, s->reason);
	gb_skip_with_error(st, "a later reason");
}

static void test_skip_and_error(void **state)
{
	struct skip cases[] = {
		{ .how = gb_skip, .when = BEFORE_LOOP, .reason = "no AMX" },
		{ .how = gb_skip, .when = IN_LOOP, .reason = "" },
		{ .how = gb_skip, .when = BREAKING, .reason = "\036Ereason" },
		{ .how = gb_skip, .when = AFTER_LOOP, .reason = "too late" },
		{ .how = gb_skip_with_error, .when = BEFORE_LOOP, .reason = "\036Sreason" },
		{ .how = gb_skip_with_error, .when = IN_LOOP, .reason = "SKIPPED: not" },
		{ .how = gb_skip_with_error, .when = BREAKING, .reason = "broken" },
		{ .how = gb_skip_with_error, .when = AFTER_LOOP, .reason = "wrong result" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		add_fixed("skip", skip_somehow, &cases[i], 100);
	assert_int_equal(run(NULL), ARRAY_SIZE(cases));
	assert_int_equal(seen.nr, ARRAY_SIZE(cases));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static const int iterations[] = { 0, 1, 1, 100 };

		assert_int_equal(seen.rows[i].r.status,
				 cases[i].how == gb_skip ? GB_SKIPPED : GB_FAILED);
		assert_string_equal(seen.rows[i].message, cases[i].reason);
		assert_int_equal(cases[i].nr_calls, 1);
		assert_int_equal(cases[i].nr_iterations, iterations[cases[i].when]);
	}
}

static void test_filter(void **state)
{
	struct loop l = { 0 };

	(void)state;
	add_fixed("xsave/init", loop, &l, 1);
	add_fixed("xsave/avx", loop, &l, 1);
	add_fixed("exit/pio", loop, &l, 1);
	assert_int_equal(run("^xsave/"), 2);
	assert_string_equal(seen.rows[0].base_name, "xsave/init");
	assert_string_equal(seen.rows[1].base_name, "xsave/avx");
	assert_int_equal(seen.rows[1].r.family_index, 1);
	assert_int_equal(run("-avx|pio"), 1);
	assert_string_equal(seen.rows[0].base_name, "xsave/init");
	assert_int_equal(run("all"), 3);
	assert_int_equal(run(""), 3);
	assert_int_equal(run("no such benchmark"), 0);
	assert_int_equal(seen.nr_contexts + seen.nr_finishes + (int)seen.nr, 0);
}

static void test_bad_filter(void **state)
{
	static const char *const bad[] = { "(", "[", "-(", "a{2,1}", "[[:nothing:]]" };
	struct loop l = { 0 };

	(void)state;
	add_fixed("a", loop, &l, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(run(bad[i]), -EINVAL);
		assert_int_equal(seen.nr_contexts + seen.nr_finishes + (int)seen.nr, 0);
	}
	assert_int_equal(l.nr_calls, 0);
	assert_int_equal(run("a"), 1);
}

/* Repetition i takes i + 1 seconds per iteration. */
static void slower_each_time(struct gb_state *st, void *user)
{
	int *nr_calls = user;
	double seconds = ++*nr_calls;

	while (gb_keep_running(st))
		gb_set_iteration_time(st, seconds);
	gb_set_counter(st, "calls", seconds, GB_COUNTER_PLAIN);
	gb_set_label(st, "same");
}

static void test_repetitions(void **state)
{
	static const struct {
		const char *name;
		double value; /* of 1, 2, 3 */
		bool is_ratio;
	} aggregates[] = { { "mean", 2, false },
			   { "median", 2, false },
			   { "stddev", 1, false },
			   { "cv", 0.5, true } };
	int nr_calls = 0;
	struct gb_benchmark *b = add_fixed("r", slower_each_time, &nr_calls, 10);

	(void)state;
	assert_int_equal(gb_bench_manual_time(b), 0);
	assert_int_equal(gb_bench_repetitions(b, 3), 0);
	assert_int_equal(gb_bench_unit(b, GB_SECOND), 0);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(nr_calls, 3);
	assert_int_equal(seen.nr, 3 + 4);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen.rows[i].r.type, GB_ITERATION);
		assert_int_equal(seen.rows[i].r.repetition_index, i);
		assert_int_equal(seen.rows[i].r.repetitions, 3);
		assert_near(seen.rows[i].r.real_time, i + 1);
		assert_near(seen.rows[i].r.real_s, 10 * (i + 1));
	}
	for (int i = 0; i < 4; i++) {
		const struct row *row = &seen.rows[3 + i];
		char name[64];

		snprintf(name, sizeof(name), "r/iterations:10/repeats:3/manual_time_%s",
			 aggregates[i].name);
		assert_string_equal(row->name, name);
		assert_string_equal(row->run_name, "r/iterations:10/repeats:3/manual_time");
		assert_string_equal(row->aggregate_name, aggregates[i].name);
		assert_string_equal(row->label, "same");
		assert_int_equal(row->r.type, GB_AGGREGATE);
		assert_int_equal(row->r.repetition_index, -1);
		assert_int_equal(row->r.iterations, 3);
		assert_int_equal(row->r.is_ratio, aggregates[i].is_ratio);
		assert_near(row->r.real_time, aggregates[i].value);
		assert_near(counter(row, "calls")->value, aggregates[i].value);
		assert_true(row->r.real_s == 0);
	}
}

static void test_run_options(void **state)
{
	struct loop l = { 0 };
	struct gb_options opt = { .repetitions = 3,
				  .unit = GB_MICROSECOND,
				  .random_interleaving = true,
				  .reporters = &collector,
				  .nr_reporters = 1 };
	struct gb_benchmark *own;

	(void)state;
	add_fixed("a", loop, &l, 5);
	own = add_fixed("b", loop, &l, 5);
	assert_int_equal(gb_bench_repetitions(own, 1), 0);
	assert_int_equal(gb_bench_unit(own, GB_SECOND), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(gb_run(&opt), 2);
	assert_int_equal(l.nr_calls, 4);
	assert_int_equal(seen.nr, 3 + 4 + 1);
	for (size_t i = 0; i < seen.nr; i++) {
		bool is_own = seen.rows[i].base_name[0] == 'b';

		assert_int_equal(seen.rows[i].r.unit, is_own ? GB_SECOND : GB_MICROSECOND);
	}
	opt.aggregates_only = true;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(gb_run(&opt), 2);
	assert_int_equal(seen.nr, 4 + 1);
	assert_int_equal(gb_clear(), 0);

	own = add_fixed("c", loop, &l, 5);
	assert_int_equal(gb_bench_repetitions(own, 2), 0);
	assert_int_equal(gb_bench_aggregates_only(own, true), 0);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(seen.nr, 4);
	assert_int_equal(gb_clear(), 0);

	/* Warming up: extra calls before the one that is reported. */
	add("d", loop, &l);
	l.nr_calls = 0;
	opt = (struct gb_options){ .min_time_s = 1e-9, .reporters = &collector, .nr_reporters = 1 };
	assert_int_equal(gb_run(&opt), 1);
	assert_int_equal(l.nr_calls, 1);
	l.nr_calls = 0;
	opt.min_warmup_time_s = 1e-3;
	assert_int_equal(gb_run(&opt), 1);
	assert_true(l.nr_calls > 2);
}

/* Which of the benchmarks below was called, call by call. */
static int call_order[8 * 4];
static size_t nr_calls_seen;

static void note_call(struct gb_state *st, void *user)
{
	while (gb_keep_running(st))
		;
	if (nr_calls_seen < ARRAY_SIZE(call_order))
		call_order[nr_calls_seen++] = *(int *)user;
}

static bool is_in_order(void)
{
	for (size_t i = 1; i < nr_calls_seen; i++) {
		if (call_order[i - 1] > call_order[i])
			return false;
	}
	return true;
}

/* A shuffle leaves 32 calls in order once in 1e24 or so. */
static void test_random_interleaving(void **state)
{
	static int numbers[8];
	struct gb_options opt = { .repetitions = 4 };

	(void)state;
	for (int i = 0; i < 8; i++) {
		numbers[i] = i;
		add_fixed("n", note_call, &numbers[i], 1);
	}
	nr_calls_seen = 0;
	assert_int_equal(gb_run(&opt), 8);
	assert_int_equal(nr_calls_seen, ARRAY_SIZE(call_order));
	assert_true(is_in_order());
	nr_calls_seen = 0;
	opt.random_interleaving = true;
	assert_int_equal(gb_run(&opt), 8);
	assert_int_equal(nr_calls_seen, ARRAY_SIZE(call_order));
	assert_false(is_in_order());
}

static void test_bad_options(void **state)
{
	static const struct gb_output no_sink = { .format = GB_JSON };
	static const struct gb_output color_json = { .format = GB_JSON, .flags = GB_OUTPUT_COLOR };
	static const struct gb_options bad[] = {
		{ .repetitions = -1 },
		{ .min_time_s = -1 },
		{ .min_time_s = NAN },
		{ .min_warmup_time_s = INFINITY },
		{ .unit = (enum gb_unit)4 },
		{ .nr_reporters = 1 },
		{ .nr_outputs = 1 },
		{ .nr_outputs = 1, .outputs = &no_sink },
		{ .nr_outputs = 1, .outputs = &color_json },
	};
	struct gb_output format = { .format = (enum gb_format)3, .file = stdout };
	struct gb_options opt = { .outputs = &format, .nr_outputs = 1 };
	struct loop l = { 0 };

	(void)state;
	add_fixed("a", loop, &l, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(gb_run(&bad[i]), -EINVAL);
	assert_int_equal(gb_run(&opt), -EINVAL);
	assert_int_equal(l.nr_calls, 0);
}

/* Fails in calls first to last, counted from 1; else loops by batches of the call's size. */
struct unreliable {
	int nr_calls, first, last;
	bool in_loop;
	const int *batches;
};

static void unreliable(struct gb_state *st, void *user)
{
	struct unreliable *u = user;
	bool fails = ++u->nr_calls >= u->first && u->nr_calls <= u->last;

	if (fails && !u->in_loop) {
		gb_skip_with_error(st, "broke");
		return;
	}
	while (gb_keep_running_batch(st, u->batches[u->nr_calls - 1])) {
		if (fails)
			gb_skip(st, "gave up");
	}
}

/*
 * Each of these ends the library itself: repetitions it compares must have equal iterations, and
 * the first must not have failed.
 */
static void test_repetitions_that_fail(void **state)
{
	static const int fours[] = { 4, 4, 4, 4 }, to_five[] = { 4, 4, 5, 4 },
			 to_one[] = { 4, 4, 1, 4 }, from_one[] = { 1, 1, 4, 1 };
	static const struct {
		struct unreliable u;
		enum gb_status status[4];
		int nr_calls;
		const char *message;
	} cases[] = {
		{ { .first = 1, .last = 1, .batches = fours },
		  { GB_FAILED, GB_FAILED, GB_FAILED, GB_FAILED },
		  1,
		  "broke" },
		{ { .first = 3, .last = 3, .batches = fours },
		  { GB_OK, GB_OK, GB_FAILED, GB_FAILED },
		  3,
		  "broke" },
		{ { .first = 3, .last = 3, .in_loop = true, .batches = fours },
		  { GB_OK, GB_OK, GB_SKIPPED, GB_SKIPPED },
		  3,
		  "gave up" },
		{ { .batches = to_five },
		  { GB_OK, GB_OK, GB_FAILED, GB_FAILED },
		  3,
		  "gb_keep_running_batch: not the iterations of the first repetition" },
		{ { .batches = to_one },
		  { GB_OK, GB_OK, GB_FAILED, GB_FAILED },
		  3,
		  "gb_keep_running_batch: not the iterations of the first repetition" },
		{ { .batches = from_one },
		  { GB_OK, GB_OK, GB_FAILED, GB_FAILED },
		  3,
		  "gb_keep_running_batch: not the iterations of the first repetition" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct unreliable u = cases[i].u;
		struct gb_benchmark *b = add_fixed("unreliable", unreliable, &u, 10);
		bool has_aggregates = cases[i].status[1] == GB_OK;

		assert_int_equal(gb_bench_repetitions(b, 4), 0);
		for (int round = 0; round < 2; round++) {
			u.nr_calls = 0;
			assert_int_equal(run(NULL), 1);
			assert_int_equal(u.nr_calls, cases[i].nr_calls);
			assert_int_equal(seen.nr, has_aggregates ? 8 : 4);
			for (int r = 0; r < 4; r++) {
				bool ok = cases[i].status[r] == GB_OK;

				assert_int_equal(seen.rows[r].r.status, cases[i].status[r]);
				assert_string_equal(seen.rows[r].message,
						    ok ? "" : cases[i].message);
			}
		}
		assert_int_equal(gb_clear(), 0);
	}
}

static void count_things(struct gb_state *st, void *user)
{
	unsigned int *flags = user;

	while (gb_keep_running(st))
		gb_set_iteration_time(st, 0.5);
	gb_set_counter(st, "c", 60, *flags);
}

static void test_counters(void **state)
{
	/* Of 60 in 4 iterations of 0.5 s, by one thread. */
	static struct {
		unsigned int flags;
		double value;
	} cases[] = {
		{ GB_COUNTER_PLAIN, 60 },
		{ GB_COUNTER_RATE, 30 },
		{ GB_COUNTER_AVG_THREADS, 60 },
		{ GB_COUNTER_PER_ITERATION, 240 },
		{ GB_COUNTER_AVG_ITERATIONS, 15 },
		{ GB_COUNTER_AVG_ITERATIONS | GB_COUNTER_RATE, 7.5 },
		{ GB_COUNTER_PER_ITERATION | GB_COUNTER_RATE, 120 },
		{ GB_COUNTER_INVERT, 1. / 60 },
		{ GB_COUNTER_RATE | GB_COUNTER_INVERT | GB_COUNTER_1024, 1. / 30 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gb_benchmark *b = add_fixed("c", count_things, &cases[i].flags, 4);

		assert_int_equal(gb_bench_manual_time(b), 0);
	}
	assert_int_equal(run(NULL), ARRAY_SIZE(cases));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gb_counter *c = counter(&seen.rows[i], "c");

		assert_near(c->value, cases[i].value);
		assert_int_equal(c->flags, cases[i].flags);
	}
}

static void process(struct gb_state *st, void *user)
{
	(void)user;
	while (gb_keep_running(st))
		gb_set_iteration_time(st, 0.5);
	gb_set_items_processed(st, 3 * gb_iterations(st));
	gb_set_bytes_processed(st, 4096);
	gb_set_label(st, "first");
	gb_set_label(st, "last");
}

static void test_items_bytes_and_label(void **state)
{
	struct gb_benchmark *b = add_fixed("p", process, NULL, 4);
	const struct gb_counter *bytes;

	(void)state;
	assert_int_equal(gb_bench_manual_time(b), 0);
	assert_int_equal(run(NULL), 1);
	assert_near(counter(&seen.rows[0], "items_per_second")->value, 6);
	bytes = counter(&seen.rows[0], "bytes_per_second");
	assert_near(bytes->value, 2048);
	assert_int_equal(bytes->flags, GB_COUNTER_RATE | GB_COUNTER_1024);
	assert_string_equal(seen.rows[0].label, "last");
}

static void echo_arguments(struct gb_state *st, void *user)
{
	size_t *nr = user;

	while (gb_keep_running(st))
		;
	gb_set_counter(st, "arg0", (double)gb_range(st, 0), GB_COUNTER_PLAIN);
	if (*nr > 1)
		gb_set_counter(st, "arg1", (double)gb_range(st, 1), GB_COUNTER_PLAIN);
}

static void test_arguments(void **state)
{
	static const int64_t args[][2] = { { 8, -1 }, { 16, INT64_C(1) << 40 } };
	static const char *const names[] = { "size", "" };
	static const char *const no_name[] = { "size", NULL };
	static const double range[] = { -4, -2, 0, 2, 4, 8 }, dense[] = { 1, 4, 7 };
	size_t one = 1, two = 2;
	struct gb_benchmark *b;

	(void)state;
	b = add_fixed("a", echo_arguments, &two, 1);
	assert_int_equal(gb_bench_args(b, args[0], 2), 0);
	assert_int_equal(gb_bench_args(b, args[1], 2), 0);
	assert_int_equal(gb_bench_args(b, args[0], 1), -EINVAL);
	assert_int_equal(gb_bench_range(b, 0, 1, 2), -EINVAL);
	assert_int_equal(gb_bench_dense_range(b, 0, 1, 1), -EINVAL);
	assert_int_equal(gb_bench_arg_names(b, names, 1), -EINVAL);
	assert_int_equal(gb_bench_arg_names(b, no_name, 2), -EINVAL);
	assert_int_equal(gb_bench_arg_names(b, names, 2), 0);
	assert_int_equal(run(NULL), 2);
	assert_string_equal(seen.rows[0].run_name, "a/size:8/-1/iterations:1");
	assert_near(counter(&seen.rows[0], "arg0")->value, 8);
	assert_near(counter(&seen.rows[0], "arg1")->value, -1);
	assert_string_equal(seen.rows[1].run_name, "a/size:16/1099511627776/iterations:1");
	assert_near(counter(&seen.rows[1], "arg1")->value, 1099511627776.);
	assert_int_equal(seen.rows[1].r.family_index, 0);
	assert_int_equal(seen.rows[1].r.instance_index, 1);
	assert_int_equal(gb_clear(), 0);

	b = add_fixed("r", echo_arguments, &one, 1);
	assert_int_equal(gb_bench_range(b, -4, 8, 2), 0);
	assert_int_equal(run(NULL), 8);
	for (size_t i = 0, j = 0; i < seen.nr; i++) {
		/* The powers include -1 and 1. */
		double arg = counter(&seen.rows[i], "arg0")->value;

		if (fabs(arg) != 1)
			assert_near(arg, range[j++]);
	}
	assert_int_equal(gb_clear(), 0);

	b = add_fixed("d", echo_arguments, &one, 1);
	assert_int_equal(gb_bench_dense_range(b, 1, 9, 3), 0);
	assert_int_equal(run(NULL), 3);
	for (size_t i = 0; i < ARRAY_SIZE(dense); i++)
		assert_near(counter(&seen.rows[i], "arg0")->value, dense[i]);
}

static void test_bad_settings(void **state)
{
	struct loop l = { 0 };
	struct gb_benchmark *b, *fixed, *timed;
	int64_t arg = 1;

	(void)state;
	assert_int_equal(gb_register(NULL, loop, &l, NULL), -EINVAL);
	assert_int_equal(gb_register("", loop, &l, NULL), -EINVAL);
	assert_int_equal(gb_register("a", NULL, &l, NULL), -EINVAL);
	b = add("a", loop, &l);
	fixed = add_fixed("b", loop, &l, 1);
	timed = add("c", loop, &l);
	assert_int_equal(gb_bench_min_time(timed, 1e-6), 0);

	assert_int_equal(gb_bench_args(NULL, &arg, 1), -EINVAL);
	assert_int_equal(gb_bench_args(b, NULL, 1), -EINVAL);
	assert_int_equal(gb_bench_args(b, &arg, 0), -EINVAL);
	assert_int_equal(gb_bench_arg_names(b, NULL, 1), -EINVAL);
	assert_int_equal(gb_bench_range(b, 2, 1, 2), -EINVAL);
	assert_int_equal(gb_bench_range(b, 1, 2, 1), -EINVAL);
	assert_int_equal(gb_bench_dense_range(b, 2, 1, 1), -EINVAL);
	assert_int_equal(gb_bench_dense_range(b, 1, 2, 0), -EINVAL);
	assert_int_equal(gb_bench_dense_range(b, 1, INT64_MAX, 1), -EINVAL);
	assert_int_equal(gb_bench_iterations(b, 0), -EINVAL);
	assert_int_equal(gb_bench_iterations(b, -1), -EINVAL);
	assert_int_equal(gb_bench_iterations(timed, 1), -EINVAL);
	assert_int_equal(gb_bench_min_time(b, 0), -EINVAL);
	assert_int_equal(gb_bench_min_time(b, NAN), -EINVAL);
	assert_int_equal(gb_bench_min_time(fixed, 1), -EINVAL);
	assert_int_equal(gb_bench_min_warmup_time(b, -1), -EINVAL);
	assert_int_equal(gb_bench_min_warmup_time(fixed, 1), -EINVAL);
	assert_int_equal(gb_bench_repetitions(b, 0), -EINVAL);
	assert_int_equal(gb_bench_repetitions(b, -1), -EINVAL);
	assert_int_equal(gb_bench_unit(b, (enum gb_unit)4), -EINVAL);
	assert_int_equal(gb_bench_threads(b, 0), -EINVAL);
	assert_int_equal(gb_bench_real_time(b), 0);
	assert_int_equal(gb_bench_manual_time(b), -EINVAL);
	assert_int_equal(gb_bench_manual_time(fixed), 0);
	assert_int_equal(gb_bench_real_time(fixed), -EINVAL);
	assert_int_equal(gb_bench_aggregates_only(NULL, true), -EINVAL);
	assert_int_equal(gb_bench_process_cpu_time(NULL), -EINVAL);
	assert_string_equal(gb_unit_name(GB_MICROSECOND), "us");
	assert_string_equal(gb_unit_name((enum gb_unit) - 1), "?");
}

struct threaded {
	int skip_in; /* thread; -1: none */
};

static void threaded(struct gb_state *st, void *user)
{
	const struct threaded *t = user;

	if (gb_thread_index(st) == t->skip_in) {
		gb_skip(st, "this thread cannot");
		return;
	}
	while (gb_keep_running(st))
		;
	gb_set_counter(st, "sum", 1 + gb_thread_index(st), GB_COUNTER_PLAIN);
	gb_set_counter(st, "threads", gb_threads(st), GB_COUNTER_AVG_THREADS);
}

static void test_threads(void **state)
{
	struct threaded all = { .skip_in = -1 }, not_second = { .skip_in = 1 };
	struct gb_benchmark *b;

	(void)state;
	b = add_fixed("t", threaded, &all, 100);
	assert_int_equal(gb_bench_threads(b, 1), 0);
	assert_int_equal(gb_bench_threads(b, 3), 0);
	b = add_fixed("s", threaded, &not_second, 100);
	assert_int_equal(gb_bench_threads(b, 3), 0);
	assert_int_equal(gb_bench_repetitions(b, 2), 0);
	assert_int_equal(run(NULL), 3);
	assert_int_equal(seen.nr, 4);
	assert_string_equal(seen.rows[0].name, "t/iterations:100/threads:1");
	assert_int_equal(seen.rows[0].r.iterations, 100);
	assert_int_equal(seen.rows[1].r.threads, 3);
	assert_int_equal(seen.rows[1].r.iterations, 300);
	assert_near(counter(&seen.rows[1], "sum")->value, 1 + 2 + 3);
	assert_near(counter(&seen.rows[1], "threads")->value, 3);
	for (int i = 2; i < 4; i++) {
		assert_int_equal(seen.rows[i].r.status, GB_SKIPPED);
		assert_string_equal(seen.rows[i].message, "this thread cannot");
	}
}

static void test_process_cpu_time(void **state)
{
	struct loop l = { 0 };
	struct gb_benchmark *b = add_fixed("p", loop, &l, 10);

	(void)state;
	assert_int_equal(gb_bench_process_cpu_time(b), 0);
	assert_int_equal(run(NULL), 1);
	assert_string_equal(seen.rows[0].name, "p/iterations:10/process_time");
}

struct context_copy {
	char version[32], build_type[32], executable[64], first_key[32], first_value[32];
	bool has_host, has_cpus, has_caches;
	size_t nr_custom;
	int ret;
};

static int copy_context(void *user, const struct gb_context *c)
{
	struct context_copy *copy = user;

	copy_text(copy->version, sizeof(copy->version), c->library_version);
	copy_text(copy->build_type, sizeof(copy->build_type), c->library_build_type);
	copy_text(copy->executable, sizeof(copy->executable), c->executable);
	copy->has_host = c->host_name && *c->host_name;
	copy->has_cpus = c->nr_cpus > 0 && c->cycles_per_second > 1e6 && c->nr_load_avg <= 3;
	copy->has_caches = true;
	for (size_t i = 0; i < c->nr_caches; i++) {
		if (c->caches[i].level < 1 || c->caches[i].size_bytes < 1024 ||
		    !c->caches[i].type[0])
			copy->has_caches = false;
	}
	copy->nr_custom = c->nr_custom;
	if (c->nr_custom) {
		copy_text(copy->first_key, sizeof(copy->first_key), c->custom[0].key);
		copy_text(copy->first_value, sizeof(copy->first_value), c->custom[0].value);
	}
	copy->ret = gb_context_add("from", "reporter");
	return 0;
}

static void test_context(void **state)
{
	struct context_copy copy = { .ret = 1 };
	struct gb_reporter reporter = { .context = copy_context, .user = &copy };
	struct gb_options opt = { .executable = "a name",
				  .reporters = &reporter,
				  .nr_reporters = 1 };
	struct loop l = { 0 };

	(void)state;
	add_fixed("a", loop, &l, 1);
	assert_int_equal(gb_context_add(NULL, "v"), -EINVAL);
	assert_int_equal(gb_context_add("k", NULL), -EINVAL);
	assert_int_equal(gb_context_add("kernel", "6.1"), 0);
	assert_int_equal(gb_context_add("engine", "kvm"), 0);
	assert_int_equal(gb_context_add("kernel", "6.2"), -EEXIST);
	assert_int_equal(gb_run(&opt), 1);
	assert_string_equal(copy.version, gb_library_version());
	assert_memory_equal(copy.version, "1.7.", 4);
	assert_true(!strcmp(copy.build_type, "debug") || !strcmp(copy.build_type, "release"));
	assert_string_equal(copy.executable, "a name");
	assert_true(copy.has_host);
	assert_true(copy.has_cpus);
	assert_true(copy.has_caches);
	assert_int_equal(copy.nr_custom, 2);
	assert_string_equal(copy.first_key, "engine");
	assert_string_equal(copy.first_value, "kvm");
	assert_int_equal(copy.ret, -EBUSY);

	assert_int_equal(gb_context_clear(), 0);
	assert_int_equal(gb_context_clear(), 0);
	opt.executable = NULL;
	assert_int_equal(gb_run(&opt), 1);
	assert_int_equal(copy.nr_custom, 0);
	assert_string_equal(copy.executable, program_invocation_name);
	assert_int_equal(gb_context_add("kernel", "6.2"), 0);
}

/* Who was told what, in order: "1c" for reporter 1's context, r, f likewise. */
static char events[256];

static void note(const void *user, char what)
{
	size_t len = strlen(events);

	if (len + 3 < sizeof(events)) {
		events[len] = (char)('0' + *(const int *)user);
		events[len + 1] = what;
		events[len + 2] = ' ';
		events[len + 3] = '\0';
	}
}

static int note_context(void *user, const struct gb_context *c)
{
	(void)c;
	note(user, 'c');
	return 0;
}

static int note_result(void *user, const struct gb_result *r)
{
	note(user, r->type == GB_AGGREGATE ? 'a' : 'r');
	return 0;
}

static void note_finish(void *user, int err)
{
	note(user, err ? 'e' : 'f');
}

static void test_reporter_order(void **state)
{
	static int one = 1, two = 2, three = 3;
	static const struct gb_reporter reporters[] = {
		{ note_context, note_result, note_finish, &one },
		{ .result = note_result, .user = &two },
		{ note_context, note_result, note_finish, &three },
	};
	struct gb_options opt = { .reporters = reporters, .nr_reporters = 3 };
	struct loop l = { 0 };
	struct gb_benchmark *b;

	(void)state;
	b = add_fixed("a", loop, &l, 1);
	assert_int_equal(gb_bench_repetitions(b, 2), 0);
	assert_int_equal(gb_bench_aggregates_only(b, true), 0);
	add_fixed("b", loop, &l, 1);
	events[0] = '\0';
	assert_int_equal(gb_run(&opt), 2);
	assert_string_equal(events, "1c 3c "
				    "1a 2a 3a 1a 2a 3a 1a 2a 3a 1a 2a 3a "
				    "1r 2r 3r "
				    "1f 3f ");
}

static int write_text(void *user, const char *text, size_t len)
{
	FILE *f = user;

	return fwrite(text, 1, len, f) == len ? 0 : -EIO;
}

static void test_stopping(void **state)
{
	struct loop l = { 0 };
	struct gb_options opt = { .reporters = &collector, .nr_reporters = 1 };

	(void)state;
	for (int i = 0; i < 4; i++)
		add_fixed("a", loop, &l, 1);

	memset(&seen, 0, sizeof(seen));
	seen.context_code = -EXDEV;
	assert_int_equal(gb_run(&opt), -EXDEV);
	assert_int_equal(l.nr_calls, 0);
	assert_int_equal(seen.nr, 0);
	assert_int_equal(seen.nr_finishes, 1);
	assert_int_equal(seen.finish_err, -EXDEV);

	memset(&seen, 0, sizeof(seen));
	seen.stop_at = 2;
	seen.stop_code = -ENOSPC;
	assert_int_equal(gb_run(&opt), -ENOSPC);
	assert_int_equal(l.nr_calls, 2);
	assert_int_equal(seen.nr, 2);
	assert_int_equal(seen.nr_finishes, 1);
	assert_int_equal(seen.finish_err, -ENOSPC);

	memset(&seen, 0, sizeof(seen));
	seen.stop_at = 1;
	seen.stop_code = 5;
	assert_int_equal(gb_run(&opt), -ECANCELED);
	assert_int_equal(seen.nr, 1);

	assert_int_equal(run(NULL), 4);
}

/* Counters that only every other benchmark has, and texts that want escaping. */
static void varied(struct gb_state *st, void *user)
{
	int *which = user;

	while (gb_keep_running(st))
		gb_set_iteration_time(st, 2);
	if (*which == 1)
		gb_set_counter(st, "alpha", 7, GB_COUNTER_RATE);
	else
		gb_set_counter(st, "beta", 9, GB_COUNTER_PLAIN);
	gb_set_label(st, "a \"label\"\\\n");
}

static void add_varied(void)
{
	static int which[] = { 1, 2 };
	static struct skip skips = { .how = gb_skip, .reason = "why \"not\"" };
	static struct skip fails = { .how = gb_skip_with_error, .reason = "broken" };

	for (size_t i = 0; i < 2; i++) {
		struct gb_benchmark *b = add_fixed("varied", varied, &which[i], 4);

		assert_int_equal(gb_bench_manual_time(b), 0);
	}
	add_fixed("skips", skip_somehow, &skips, 4);
	add_fixed("fails", skip_somehow, &fails, 4);
}

static json_t *benchmark(json_t *root, size_t i)
{
	return json_array_get(json_object_get(root, "benchmarks"), i);
}

static void test_outputs(void **state)
{
	char *json = NULL, *csv = NULL, *console = NULL;
	size_t json_len, csv_len, console_len;
	FILE *files[] = { open_memstream(&json, &json_len), open_memstream(&csv, &csv_len),
			  open_memstream(&console, &console_len) };
	struct gb_output outputs[] = {
		{ .format = GB_JSON, .write = write_text, .user = files[0] },
		{ .format = GB_CSV, .file = files[1] },
		{ .format = GB_CONSOLE, .flags = GB_OUTPUT_TABULAR, .file = files[2] },
	};
	struct gb_options opt = { .reporters = &collector,
				  .nr_reporters = 1,
				  .outputs = outputs,
				  .nr_outputs = ARRAY_SIZE(outputs) };
	json_error_t error;
	json_t *root;

	(void)state;
	add_varied();
	assert_int_equal(gb_context_add("key", "the \"value\""), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(gb_run(&opt), 4);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		fclose(files[i]);

	/* The reporter and each format were given the same. */
	assert_string_equal(seen.rows[2].message, "why \"not\"");
	root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(root, "context"), "key")),
		"the \"value\"");
	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 4);
	assert_near(json_real_value(json_object_get(benchmark(root, 0), "real_time")), 2e9);
	assert_near(json_real_value(json_object_get(benchmark(root, 0), "alpha")), 7. / 8);
	assert_null(json_object_get(benchmark(root, 1), "alpha"));
	assert_near(json_real_value(json_object_get(benchmark(root, 1), "beta")), 9);
	assert_string_equal(json_string_value(json_object_get(benchmark(root, 1), "label")),
			    "a \"label\"\\\n");
	assert_true(json_is_true(json_object_get(benchmark(root, 2), "error_occurred")));
	assert_string_equal(json_string_value(json_object_get(benchmark(root, 2), "error_message")),
			    "SKIPPED: why \"not\"");
	assert_string_equal(json_string_value(json_object_get(benchmark(root, 3), "error_message")),
			    "broken");
	json_decref(root);

	assert_memory_equal(csv, "name,iterations,", 16);
	assert_non_null(strstr(csv, ",\"alpha\",\"beta\"\n"));
	assert_non_null(strstr(csv, "true,\"SKIPPED: why \"\"not\"\"\"\n"));

	assert_non_null(strstr(console, "key: the \"value\"\n"));
	assert_non_null(strstr(console, "ERROR OCCURRED: 'SKIPPED: why \"not\"'"));
	assert_null(strchr(console, '\033'));
	free(json);
	free(csv);
	free(console);

	/* The rest of the console's flags. */
	files[0] = open_memstream(&console, &console_len);
	outputs[0] = (struct gb_output){ .format = GB_CONSOLE,
					 .flags = GB_OUTPUT_COLOR | GB_OUTPUT_NO_CONTEXT,
					 .file = files[0] };
	opt.nr_outputs = 1;
	assert_int_equal(gb_run(&opt), 4);
	fclose(files[0]);
	assert_null(strstr(console, "key: "));
	assert_non_null(strchr(console, '\033'));
	free(console);
}

struct full_disk {
	size_t room;
	int nr_calls;
};

static int write_to_full_disk(void *user, const char *text, size_t len)
{
	struct full_disk *disk = user;

	(void)text;
	disk->nr_calls++;
	if (len > disk->room)
		return -ENOSPC;
	disk->room -= len;
	return 0;
}

static void test_output_errors(void **state)
{
	struct full_disk disk = { .room = 2000 };
	struct gb_output output = { .format = GB_JSON, .write = write_to_full_disk, .user = &disk };
	struct gb_options opt = {
		.reporters = &collector, .nr_reporters = 1, .outputs = &output, .nr_outputs = 1
	};
	struct loop l = { 0 };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	for (int i = 0; i < 20; i++)
		add_fixed("a", loop, &l, 1);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(gb_run(&opt), -ENOSPC);
	assert_in_range(l.nr_calls, 1, 19);
	assert_int_equal(seen.nr, l.nr_calls);
	assert_int_equal(seen.finish_err, -ENOSPC);
	/* One for the context, one for each benchmark; none after the one that failed. */
	assert_int_equal(disk.nr_calls, 1 + l.nr_calls);

	assert_non_null(full);
	output = (struct gb_output){ .format = GB_CONSOLE, .file = full };
	l.nr_calls = 0;
	assert_int_equal(gb_run(&opt), -ENOSPC);
	assert_int_equal(l.nr_calls, 0);
	fclose(full);
}

struct nested {
	int run, reg, clear, context_add, context_clear, setting;
	struct gb_benchmark *self;
};

static void use_api_inside(struct gb_state *st, void *user)
{
	struct nested *n = user;

	while (gb_keep_running(st))
		;
	n->run = gb_run(NULL);
	n->reg = gb_register("inner", use_api_inside, n, NULL);
	n->clear = gb_clear();
	n->context_add = gb_context_add("a", "b");
	n->context_clear = gb_context_clear();
	n->setting = gb_bench_iterations(n->self, 2);
}

static void test_busy(void **state)
{
	struct nested n = { 0 };

	(void)state;
	n.self = add_fixed("outer", use_api_inside, &n, 1);
	assert_int_equal(run(NULL), 1);
	assert_int_equal(n.run, -EBUSY);
	assert_int_equal(n.reg, -EBUSY);
	assert_int_equal(n.clear, -EBUSY);
	assert_int_equal(n.context_add, -EBUSY);
	assert_int_equal(n.context_clear, -EBUSY);
	assert_int_equal(n.setting, -EBUSY);
	assert_int_equal(seen.api_from_reporter, -EBUSY);
	assert_int_equal(gb_bench_iterations(n.self, 2), 0);
}

static void test_names(void **state)
{
	struct loop l = { 0 };

	(void)state;
	add_fixed("same", loop, &l, 1);
	add_fixed("same", loop, &l, 1);
	add_fixed("DISABLED_x", loop, &l, 1);
	assert_int_equal(run(NULL), 2);
	assert_int_equal(l.nr_calls, 2);
	assert_int_equal(seen.rows[0].r.family_index, 0);
	assert_int_equal(seen.rows[1].r.family_index, 1);
	assert_int_equal(gb_clear(), 0);
	assert_int_equal(run(NULL), 0);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* One benchmark at a time, hundreds per process: how the suite's runner uses this. */
static void test_many_runs_are_cheap(void **state)
{
	enum { NR = 500 };
	double start;

	(void)state;
	assert_int_equal(run(NULL), 0);
	start = now_s();
	for (int i = 0; i < NR; i++) {
		struct loop l = { .batch = 1000, .seconds = 1e-6 * (i + 1) };
		struct gb_benchmark *b;
		char name[32];

		snprintf(name, sizeof(name), "row/%d", i);
		b = add_fixed(name, loop, &l, 1000);
		assert_int_equal(gb_bench_manual_time(b), 0);
		assert_int_equal(run(NULL), 1);
		assert_int_equal(seen.nr, 1);
		assert_string_equal(seen.rows[0].base_name, name);
		assert_int_equal(seen.rows[0].r.iterations, 1000);
		assert_near(seen.rows[0].r.real_s, 1e-3 * (i + 1));
		assert_int_equal(l.nr_calls, 1);
		assert_int_equal(gb_clear(), 0);
	}
	assert_true(now_s() - start < NR * 1e-3);
}

/* All that appears on descriptors 1 and 2 meanwhile goes to a file, whose size is returned. */
static off_t size_of_noise(void (*noisy)(void))
{
	char path[] = "/tmp/test_gbench.XXXXXX";
	int fd = mkstemp(path), out = dup(1), err = dup(2);
	off_t size;

	assert_true(fd >= 0 && out >= 0 && err >= 0);
	unlink(path);
	fflush(NULL);
	dup2(fd, 1);
	dup2(fd, 2);
	noisy();
	fflush(NULL);
	dup2(out, 1);
	dup2(err, 2);
	size = lseek(fd, 0, SEEK_END);
	close(fd);
	close(out);
	close(err);
	return size;
}

static int noise_ret[6];

static void run_quietly(void)
{
	struct gb_options plain = { 0 };

	noise_ret[0] = gb_run(&plain);
	noise_ret[1] = run("-many");
	noise_ret[2] = run("(");
	noise_ret[3] = run("nothing");
	noise_ret[4] = gb_context_add("k", "v");
	noise_ret[5] = gb_context_add("k", "v");
}

static void run_aloud(void)
{
	noise_ret[0] = gb_run(NULL);
}

static void test_quiet(void **state)
{
	struct loop l = { 0 };
	struct gb_benchmark *b;

	(void)state;
	add_varied();
	/* More than 100 inputs: the library has something to say about that. */
	b = add_fixed("many", loop, &l, 1);
	assert_int_equal(gb_bench_dense_range(b, 1, 101, 1), 0);
	assert_int_equal(size_of_noise(run_quietly), 0);
	assert_int_equal(noise_ret[0], 4 + 101);
	assert_int_equal(noise_ret[1], 4);
	assert_int_equal(noise_ret[2], -EINVAL);
	assert_int_equal(noise_ret[3], 0);
	assert_int_equal(noise_ret[4], 0);
	assert_int_equal(noise_ret[5], -EEXIST);
	assert_true(size_of_noise(run_aloud) > 0);
	assert_int_equal(noise_ret[0], 4 + 101);
}

struct large {
	long a, b, c;
};

/*
 * Without the clobbers an optimising compiler may fold the first value; constraints that do not
 * suit a type lose its value at any level.
 */
static void test_compiler_helpers(void **state)
{
	struct large s = { 1, 2, 3 };
	char c = 5;
	int i = 3, *volatile hidden = &i;
	float f = 2.5f;
	double d = 1.5;

	(void)state;
	gb_escape(&i);
	*hidden = 4;
	gb_clobber_memory();
	assert_int_equal(i, 4);
	gb_do_not_optimize(i);
	gb_do_not_optimize(d);
	gb_do_not_optimize(d + 1);
	gb_do_not_optimize(s);
	gb_do_not_optimize(3);
	gb_launder(i);
	gb_launder(c);
	gb_launder(f);
	gb_launder(d);
	gb_launder(s);
	assert_int_equal(i, 4);
	assert_int_equal(c, 5);
	assert_near(f, 2.5);
	assert_near(d, 1.5);
	assert_int_equal(s.a + 10 * s.b + 100 * s.c, 321);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, forget, forget)

/* The library has ways to end the process with exit(0). */
static bool is_over;

static void fail_unless_over(void)
{
	if (!is_over)
		_exit(EXIT_FAILURE);
}

int main(void)
{
	int nr_failed;
	const struct CMUnitTest tests[] = {
		TEST(test_fixed_iterations),
		TEST(test_batches),
		TEST(test_search_for_iterations),
		TEST(test_manual_time),
		TEST(test_bad_manual_times),
		TEST(test_pause),
		TEST(test_misuse),
		TEST(test_skip_and_error),
		TEST(test_filter),
		TEST(test_bad_filter),
		TEST(test_repetitions),
		TEST(test_run_options),
		TEST(test_random_interleaving),
		TEST(test_bad_options),
		TEST(test_repetitions_that_fail),
		TEST(test_counters),
		TEST(test_items_bytes_and_label),
		TEST(test_arguments),
		TEST(test_bad_settings),
		TEST(test_threads),
		TEST(test_process_cpu_time),
		TEST(test_context),
		TEST(test_reporter_order),
		TEST(test_stopping),
		TEST(test_outputs),
		TEST(test_output_errors),
		TEST(test_busy),
		TEST(test_names),
		TEST(test_many_runs_are_cheap),
		TEST(test_quiet),
		TEST(test_compiler_helpers),
	};

	atexit(fail_unless_over);
	nr_failed = cmocka_run_group_tests(tests, NULL, NULL);
	is_over = true;
	return nr_failed;
}
