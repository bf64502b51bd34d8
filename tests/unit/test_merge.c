// SPDX-License-Identifier: MIT
/* test_merge.c - parts of one plan joined, and the contradictions that forbid it. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/debate.h"
#include "bench/report/merge.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

#define SESSION_A "00000000-0000-4000-8000-00000000000a"
#define SESSION_B "00000000-0000-4000-8000-00000000000b"

/* A report that holds nothing yet. */
static struct fpb_report part(const char *session, unsigned runs)
{
	struct fpb_report report = {
		.context = json_object(),
		.environment = json_pack("{s:s}", "engine", "bare"),
		.plan = {
			.session = strdup(session),
			.seed = 1,
			.profile = strdup("quick"),
			.runs = runs,
			.order = strdup("shuffled"),
			.inject = strdup("0"),
			.complete = true,
		},
	};

	return report;
}

static void observe(struct fpb_report *report, unsigned run, const char *name, double value)
{
	struct fpb_observation obs = {
		.run = run,
		.name = strdup(name),
		.substrate = strdup("host"),
		.unit = strdup("cyc"),
		.batches = calloc(1, sizeof(double)),
		.nr_batches = 1,
		.iterations_per_batch = 1,
		.cpu_time_ns = 3,
	};

	assert_non_null(obs.batches);
	obs.batches[0] = value;
	assert_int_equal(fpb_report_add_entry(report, run, "host", name), 0);
	assert_int_equal(fpb_report_add_observation(report, &obs), 0);
}

static void fail_entry(struct fpb_report *report, unsigned run, const char *name, const char *error)
{
	struct fpb_failure failure = { strdup(name), strdup("host"), strdup(error), strdup("x.c") };

	assert_int_equal(fpb_report_add_entry(report, run, "host", name), 0);
	assert_int_equal(fpb_report_add_failure(report, &failure), 0);
}

static void skip_row(struct fpb_report *report, const char *name, const char *reason)
{
	struct fpb_skip record = { strdup(name), strdup("host"), strdup(reason), strdup("why") };

	assert_int_equal(fpb_report_add_skip(report, &record), 0);
}

static void derive(struct fpb_report *report, const char *name, const char *from, double value)
{
	struct fpb_derived record = {
		.name = strdup(name),
		.unit = strdup("cyc"),
		.value = value,
		.nr_from = 1,
	};

	record.from = calloc(1, sizeof(*record.from));
	assert_non_null(record.from);
	record.from[0] = strdup(from);
	assert_int_equal(fpb_report_add_derived(report, &record), 0);
}

static void join(struct fpb_report *into, struct fpb_report *other)
{
	struct fpb_problem problem = { 0 };

	if (fpb_report_merge(into, other, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
	/* Nothing is left of it. */
	assert_null(other->environment);
	assert_int_equal(other->nr_observations, 0);
}

/* The two must not be joined, and the problem must say `word`. */
static void refuse(struct fpb_report *a, struct fpb_report *b, int code, const char *word)
{
	struct fpb_report joined = { 0 };
	struct fpb_problem problem = { 0 };
	int ret;

	join(&joined, a);
	ret = fpb_report_merge(&joined, b, &problem);
	if (ret != code || (!strstr(problem.text, word) && !strstr(problem.where, word)))
		fail_msg("expected %d about '%s', got %d: %s: %s", code, word, ret, problem.where,
			 problem.text);
	fpb_report_clear(&joined);
}

static void check_entry(const struct fpb_report *report, size_t i, const char *expected)
{
	assert_true(i < report->plan.nr_entries);
	assert_string_equal(report->plan.entries[i], expected);
}

static void other_rows_keep_their_runs(void **state)
{
	struct fpb_report a = part(SESSION_A, 2), b = part(SESSION_B, 3), joined = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&a, 1, "t/a", 11);
	observe(&b, 2, "t/b", 20);
	join(&joined, &a);
	join(&joined, &b);
	assert_string_equal(joined.plan.session, SESSION_A);
	assert_int_equal(joined.plan.runs, 3);
	assert_true(joined.plan.complete);
	assert_int_equal(joined.nr_observations, 3);
	assert_int_equal(joined.observations[2].run, 2);
	assert_near(joined.observations[2].cpu_time_ns, 3, 1e-12);
	assert_int_equal(joined.plan.nr_entries, 3);
	check_entry(&joined, 2, "2:host:t/b");
	fpb_report_clear(&joined);
}

static void more_runs_are_numbered_on(void **state)
{
	struct fpb_report a = part(SESSION_A, 2), b = part(SESSION_B, 2), joined = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&a, 1, "t/a", 11);
	/* One row in common is enough for all of the part. */
	observe(&b, 1, "t/a", 10);
	observe(&b, 0, "t/b", 20);
	b.plan.complete = false;
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.plan.runs, 4);
	assert_false(joined.plan.complete);
	assert_int_equal(joined.nr_observations, 4);
	assert_int_equal(joined.observations[2].run, 3);
	assert_int_equal(joined.observations[3].run, 2);
	check_entry(&joined, 2, "3:host:t/a");
	check_entry(&joined, 3, "2:host:t/b");
	fpb_report_clear(&joined);
}

static void one_session_keeps_everything_once(void **state)
{
	struct fpb_report a = part(SESSION_A, 4), b = part(SESSION_A, 4), joined = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&a, 1, "t/a", 11);
	fail_entry(&a, 1, "t/f", "it fails");
	skip_row(&a, "t/s", "cpu-lacks");
	observe(&b, 1, "t/a", 11);
	fail_entry(&b, 1, "t/f", "it fails");
	fail_entry(&b, 2, "t/f", "it fails otherwise");
	observe(&b, 2, "t/a", 12);
	skip_row(&b, "t/s", "cpu-lacks");
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.plan.runs, 4);
	assert_int_equal(joined.nr_observations, 3);
	assert_int_equal(joined.nr_failures, 2);
	assert_int_equal(joined.nr_skips, 1);
	assert_int_equal(joined.plan.nr_entries, 5);
	check_entry(&joined, 3, "2:host:t/f");
	check_entry(&joined, 4, "2:host:t/a");
	fpb_report_clear(&joined);
}

static void failures_of_other_sessions_all_count(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1), joined = { 0 };

	(void)state;
	fail_entry(&a, 0, "t/f", "it fails");
	fail_entry(&b, 0, "t/f", "it fails");
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.nr_failures, 2);
	/* A row that failed is a row in common too. */
	check_entry(&joined, 1, "1:host:t/f");
	fpb_report_clear(&joined);
}

static void a_report_with_itself_is_itself(void **state)
{
	struct fpb_report a, b, expected, joined = { 0 };

	(void)state;
	fixture_report("good-bare.json", &a);
	fixture_report("good-bare.json", &b);
	fixture_report("good-bare.json", &expected);
	assert_int_equal(fpb_debate_derive(&expected), 0);
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.nr_observations, expected.nr_observations);
	assert_int_equal(joined.plan.nr_entries, expected.plan.nr_entries);
	assert_int_equal(joined.plan.runs, expected.plan.runs);
	assert_int_equal(joined.nr_skips, expected.nr_skips);
	assert_int_equal(joined.nr_failures, expected.nr_failures);
	assert_int_equal(joined.nr_derived, expected.nr_derived);
	assert_int_equal(joined.nr_noise_floor, expected.nr_noise_floor);
	assert_string_equal(joined.suite.commit, expected.suite.commit);
	assert_true(json_equal(joined.environment, expected.environment));
	fpb_report_clear(&joined);
	fpb_report_clear(&expected);
}

static void contradictions_are_refused(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_A, 1);

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&b, 0, "t/a", 10.5);
	refuse(&a, &b, -EXDEV, "t/a@host, run 0");

	a = part(SESSION_A, 1), b = part(SESSION_A, 1);
	observe(&a, 0, "t/a", 10);
	fail_entry(&b, 0, "t/a", "it fails");
	refuse(&a, &b, -EXDEV, "0:host:t/a");

	a = part(SESSION_A, 1), b = part(SESSION_A, 1);
	fail_entry(&a, 0, "t/a", "it fails");
	observe(&b, 0, "t/a", 10);
	refuse(&a, &b, -EXDEV, "0:host:t/a");

	a = part(SESSION_A, 1), b = part(SESSION_B, 1);
	free(b.plan.profile);
	b.plan.profile = strdup("standard");
	refuse(&a, &b, -EXDEV, "plan.profile");

	a = part(SESSION_A, 1), b = part(SESSION_A, 1);
	free(b.plan.order);
	b.plan.order = strdup("abba");
	refuse(&a, &b, -EXDEV, "plan.order");

	/* Another session in ABBA order: its pairs would be torn apart. */
	a = part(SESSION_A, 1), b = part(SESSION_B, 1);
	free(a.plan.order);
	free(b.plan.order);
	a.plan.order = strdup("abba");
	b.plan.order = strdup("abba");
	refuse(&a, &b, -EXDEV, "plan.session");
}

static void a_part_may_contradict_itself(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), joined = { 0 };
	struct fpb_problem problem = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&a, 0, "t/a", 11);
	assert_int_equal(fpb_report_merge(&joined, &a, &problem), -EXDEV);
	fpb_report_clear(&joined);
}

static void malformed_entries_are_refused(void **state)
{
	static const char *const entries[] = { "",	 "host:t/a", "x:host:t/a",
					       "0:host", "0::t/a",   "99999999999:host:t/a" };

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1);

		observe(&b, 0, "t/a", 10);
		free(b.plan.entries[0]);
		b.plan.entries[0] = strdup(entries[i]);
		refuse(&a, &b, -EINVAL, "plan.entries");
	}
}

static void runs_do_not_overflow(void **state)
{
	struct fpb_report a = part(SESSION_A, 2), b = part(SESSION_B, INT_MAX);

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&b, 0, "t/a", 10);
	refuse(&a, &b, -ERANGE, "plan.runs");
}

/* In both directions, since parts come in any order. */
static void what_ran_is_no_skip(void **state)
{
	static const char *const of_the_part[] = { "no-kvm",	  "no-permission", "no-pmu",
						   "no-emulator", "hazard",	   "profile" };
	static const char *const of_the_machine[] = { "cpu-lacks", "kvm-lacks", "os-lacks",
						      "backend-cannot" };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(of_the_part) / sizeof(*of_the_part); i++) {
		struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1), joined = { 0 };

		observe(&a, 0, "t/a", 10);
		skip_row(&b, "t/a", of_the_part[i / 2]);
		skip_row(&b, "t/b", "cpu-lacks");
		join(&joined, i % 2 ? &a : &b);
		join(&joined, i % 2 ? &b : &a);
		assert_int_equal(joined.nr_skips, 1);
		assert_string_equal(joined.skips[0].name, "t/b");
		fpb_report_clear(&joined);
	}
	for (size_t i = 0; i < 2 * sizeof(of_the_machine) / sizeof(*of_the_machine); i++) {
		struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1);

		observe(&a, 0, "t/a", 10);
		skip_row(&b, "t/a", of_the_machine[i / 2]);
		refuse(i % 2 ? &a : &b, i % 2 ? &b : &a, -EXDEV, "t/a@host");
	}
}

static void skips_are_united(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1), joined = { 0 };

	(void)state;
	skip_row(&a, "t/a", "no-pmu");
	skip_row(&b, "t/b", "no-kvm");
	skip_row(&b, "t/a", "cpu-lacks");
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.nr_skips, 2);
	assert_string_equal(joined.skips[0].reason, "no-pmu");
	assert_string_equal(joined.skips[1].name, "t/b");
	fpb_report_clear(&joined);
}

static void derived_figures_follow_or_go(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1), joined = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 10);
	observe(&a, 0, "t/c", 10);
	observe(&b, 0, "t/b", 10);
	observe(&b, 0, "t/c", 12);
	derive(&a, "of a", "t/a@host", 1);
	derive(&b, "of b", "t/b@host", 2);
	derive(&a, "of c", "t/c@host", 3);
	derive(&b, "of c", "t/c@host", 4);
	join(&joined, &a);
	assert_int_equal(joined.nr_derived, 2);
	join(&joined, &b);
	assert_int_equal(joined.nr_derived, 2);
	assert_string_equal(joined.derived[0].name, "of a");
	assert_string_equal(joined.derived[1].name, "of b");
	fpb_report_clear(&joined);
}

static void floors_are_of_all_runs(void **state)
{
	struct fpb_report a = part(SESSION_A, 2), b = part(SESSION_B, 2), joined = { 0 };

	(void)state;
	observe(&a, 0, "t/a", 100);
	observe(&a, 1, "t/a", 102);
	observe(&b, 0, "t/a", 104);
	observe(&b, 0, "t/b", 7);
	observe(&b, 1, "t/b", 8);
	assert_int_equal(fpb_report_add_noise_floor(&a, "t/a@host", 0.5), 0);
	assert_int_equal(fpb_report_add_noise_floor(&a, "t/gone@host", 0.01), 0);
	assert_int_equal(fpb_report_add_noise_floor(&b, "t/gone@host", 0.02), 0);
	join(&joined, &a);
	join(&joined, &b);
	/* t/b has none in any part and gets none. */
	assert_int_equal(joined.nr_noise_floor, 2);
	assert_string_equal(joined.noise_floor[0].row, "t/a@host");
	assert_near(joined.noise_floor[0].fraction, 1.4826 * 2 / 102, 1e-12);
	assert_string_equal(joined.noise_floor[1].row, "t/gone@host");
	assert_near(joined.noise_floor[1].fraction, 0.02, 1e-12);
	fpb_report_clear(&joined);
}

/* Runs of two parts make one figure, over all of them. */
static void figures_of_the_debate_are_made_anew(void **state)
{
	struct fpb_report a = part(SESSION_A, 1), b = part(SESSION_B, 1), joined = { 0 };

	(void)state;
	observe(&a, 0, "xgetbv/xinuse", 30);
	assert_int_equal(fpb_debate_derive(&a), 0);
	observe(&b, 0, "xgetbv/xinuse", 50);
	assert_int_equal(fpb_debate_derive(&b), 0);
	join(&joined, &a);
	join(&joined, &b);
	assert_int_equal(joined.nr_derived, 1);
	assert_string_equal(joined.derived[0].name, "xgetbv_host");
	assert_near(joined.derived[0].value, 40, 1e-9);
	assert_near(joined.derived[0].low, 30, 1e-9);
	fpb_report_clear(&joined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_rows_keep_their_runs),
		cmocka_unit_test(more_runs_are_numbered_on),
		cmocka_unit_test(one_session_keeps_everything_once),
		cmocka_unit_test(failures_of_other_sessions_all_count),
		cmocka_unit_test(a_report_with_itself_is_itself),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(a_part_may_contradict_itself),
		cmocka_unit_test(malformed_entries_are_refused),
		cmocka_unit_test(runs_do_not_overflow),
		cmocka_unit_test(what_ran_is_no_skip),
		cmocka_unit_test(skips_are_united),
		cmocka_unit_test(derived_figures_follow_or_go),
		cmocka_unit_test(figures_of_the_debate_are_made_anew),
		cmocka_unit_test(floors_are_of_all_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
