// SPDX-License-Identifier: MIT
/*
 * test_compare.c - two reports to a comparison, and that into every format.
 *
 * The allocations of the code under test are wrapped by the linker, so that each can fail in turn;
 * not those of jansson, which 2.14 does not survive.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/compare.h"
#include "bench/report/exports.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

static struct fpb_side base, new;

/* The head of a fixture on each side, without what was measured. */
static int setup(void **state)
{
	struct fpb_side *const sides[] = { &base, &new };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fpb_report *report = &sides[i]->report;
		struct fpb_run_values ignored;

		fixture_report("good-bare.json", report);
		assert_int_equal(fpb_run_values_take(report, &ignored, NULL), 0);
		fpb_run_values_clear(&ignored);
		while (report->nr_skips)
			fpb_skip_clear(&report->skips[--report->nr_skips]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fpb_side_clear(&base);
	fpb_side_clear(&new);
	return 0;
}

static void observe(struct fpb_side *side, unsigned run, const char *name, double value)
{
	fixture_observe(&side->report, run, name, "host", "cyc", value);
}

/* Twelve runs that differ by 0.1 % each. */
static void measure(struct fpb_side *side, const char *name, double value)
{
	for (unsigned run = 0; run < 12; run++)
		observe(side, run, name, value * (1 + 0.001 * (run % 3)));
}

static void take_values(void)
{
	assert_int_equal(fpb_run_values_take(&base.report, &base.values, NULL), 0);
	assert_int_equal(fpb_run_values_take(&new.report, &new.values, NULL), 0);
}

static void compare(const struct fpb_compare_request *request, struct fpb_comparison *out)
{
	struct fpb_problem problem = { .text = "" };

	take_values();
	if (fpb_compare(&base, &new, request, out, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static const struct fpb_compare_request nothing_asked = { .delta = NAN };

static void measure_all_verdicts(void)
{
	measure(&base, "a/pass", 1000);
	measure(&new, "a/pass", 1000);
	measure(&base, "b/slower", 1000);
	measure(&new, "b/slower", 1050);
	measure(&base, "c/much-slower", 1000);
	measure(&new, "c/much-slower", 1500);
	measure(&base, "d/faster", 1000);
	measure(&new, "d/faster", 900);
	measure(&base, "e/null", 0);
	measure(&new, "e/null", 0);
	measure(&base, "f/lost", 1000);
	measure(&new, "g/gained", 1000);
}

static void ranks_findings(void **state)
{
	static const char *const names[] = { "c/much-slower", "b/slower", "d/faster", "a/pass",
					     "e/null" };
	struct fpb_comparison comparison;

	(void)state;
	measure_all_verdicts();
	compare(&nothing_asked, &comparison);
	assert_int_equal(comparison.nr_metrics, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(comparison.metric[i].base->name, names[i]);
	assert_int_equal(comparison.nr_verdict[FPB_VERDICT_REGRESSION], 2);
	assert_int_equal(comparison.verdict, FPB_VERDICT_REGRESSION);
	assert_int_equal(comparison.nr_lost, 1);
	assert_string_equal(comparison.lost[0].row->id, "f/lost@host");
	assert_int_equal(comparison.nr_gained, 1);
	assert_near(comparison.metric[1].judgement.ratio, 1.05, 1e-9);
	fpb_comparison_clear(&comparison);
}

static void verdict_of_the_whole(void **state)
{
	const struct {
		double new_value;
		const char *verdict;
	} cases[] = { { 1000, "pass" }, { 1050, "regression" }, { 900, "improvement" } };

	for (size_t i = 0; i < 3; i++) {
		struct fpb_comparison comparison;

		measure(&base, "a", 1000);
		measure(&new, "a", cases[i].new_value);
		compare(&nothing_asked, &comparison);
		assert_string_equal(fpb_comparison_verdict_name(&comparison), cases[i].verdict);
		fpb_comparison_clear(&comparison);
		teardown(state);
		setup(state);
	}
}

/* A row present on both sides, of the same name but another unit, is lost and gained. */
static void unit_is_part_of_a_row(void **state)
{
	struct fpb_comparison comparison;

	(void)state;
	observe(&base, 0, "a", 1);
	observe(&new, 0, "a", 1);
	memcpy(new.report.observations[0].unit, "ns", sizeof("ns"));
	compare(&nothing_asked, &comparison);
	assert_int_equal(comparison.nr_metrics, 0);
	assert_int_equal(comparison.nr_lost, 1);
	assert_int_equal(comparison.nr_gained, 1);
	fpb_comparison_clear(&comparison);
}

static int make_pattern(struct fpb_pattern *pattern, const char *text)
{
	return fpb_pattern_compile(pattern, text, "--filter", NULL);
}

static void filter_counts_skips(void **state)
{
	struct fpb_skip skip = { .name = strdup("only/skipped"),
				 .substrate = strdup("host"),
				 .reason = strdup("profile"),
				 .text = strdup("") };
	struct fpb_pattern filter;
	struct fpb_compare_request request = { .delta = NAN, .filter = &filter };
	struct fpb_comparison comparison;
	struct fpb_problem problem = { .text = "" };

	(void)state;
	measure(&base, "a", 1);
	assert_int_equal(fpb_report_add_skip(&new.report, &skip), 0);
	assert_int_equal(make_pattern(&filter, "^only/"), 0);
	compare(&request, &comparison);
	assert_int_equal(comparison.nr_metrics, 0);
	assert_int_equal(comparison.nr_lost, 0);
	fpb_comparison_clear(&comparison);
	fpb_pattern_clear(&filter);
	assert_int_equal(make_pattern(&filter, "^none/"), 0);
	assert_int_equal(fpb_compare(&base, &new, &request, &comparison, &problem), -ENOENT);
	assert_string_equal(problem.where, "--filter");
	fpb_comparison_clear(&comparison);
	fpb_pattern_clear(&filter);
}

static void refused_environment(void **state)
{
	struct fpb_comparison comparison;

	(void)state;
	measure(&base, "a", 1);
	measure(&new, "a", 1);
	json_object_set_new(new.report.environment, "engine", json_string("tcg"));
	compare(&nothing_asked, &comparison);
	assert_false(fpb_comparison_is_comparable(&comparison));
	assert_string_equal(fpb_comparison_verdict_name(&comparison), "incomparable");
	assert_int_equal(comparison.nr_metrics, 0);
	fpb_comparison_clear(&comparison);
}

static fpb_exporter *const exporters[] = {
	fpb_export_text, fpb_export_json, fpb_export_markdown, fpb_export_junit, fpb_export_github,
};

#define NR_EXPORTERS (sizeof(exporters) / sizeof(*exporters))

/* Returns what the exporter did. */
static int export_to_memory(fpb_exporter *exporter, const struct fpb_comparison *comparison,
			    size_t *bytes)
{
	const struct fpb_export export = { .comparison = comparison, .base = "a", .new = "b" };
	char *text = NULL;
	FILE *out = open_memstream(&text, bytes);
	int ret;

	assert_non_null(out);
	ret = exporter(&export, out);
	assert_int_equal(fclose(out), 0);
	free(text);
	return ret;
}

/* Each allocation fails once: no leak, no crash, and no comparison that lacks something. */
static void memory_runs_out(void **state)
{
	struct fpb_comparison comparison;
	struct fpb_problem problem = { .text = "" };
	int ret = -ENOMEM;

	(void)state;
	measure_all_verdicts();
	take_values();
	for (unsigned k = 1; ret; k++) {
		memory.calls = 0;
		memory.fail_at = k;
		ret = fpb_compare(&base, &new, &nothing_asked, &comparison, &problem);
		memory.fail_at = 0;
		assert_true(ret == 0 || ret == -ENOMEM);
		assert_true(k > 5 || ret);
		if (ret)
			fpb_comparison_clear(&comparison);
	}
	assert_int_equal(comparison.nr_metrics, 5);
	for (size_t i = 0; i < NR_EXPORTERS; i++) {
		size_t bytes = 0;

		ret = -ENOMEM;
		for (unsigned k = 1; ret; k++) {
			memory.calls = 0;
			memory.fail_at = k;
			ret = export_to_memory(exporters[i], &comparison, &bytes);
			memory.fail_at = 0;
			assert_true(ret == 0 || ret == -ENOMEM);
		}
		assert_true(bytes > 100);
	}
	fpb_comparison_clear(&comparison);
}

static void full_disk(void **state)
{
	struct fpb_comparison comparison;
	const struct fpb_export full = { .comparison = &comparison, .base = "a", .new = "b" };

	(void)state;
	measure_all_verdicts();
	compare(&nothing_asked, &comparison);
	for (size_t i = 0; i < NR_EXPORTERS; i++) {
		FILE *out = fopen("/dev/full", "we");

		assert_non_null(out);
		setbuf(out, NULL);
		assert_int_equal(exporters[i](&full, out), -EIO);
		fclose(out);
	}
	fpb_comparison_clear(&comparison);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranks_findings),	   TEST(verdict_of_the_whole), TEST(unit_is_part_of_a_row),
		TEST(filter_counts_skips), TEST(refused_environment),  TEST(memory_runs_out),
		TEST(full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
