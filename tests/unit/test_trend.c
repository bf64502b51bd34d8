// SPDX-License-Identifier: MIT
/*
 * test_trend.c - reports to series, series to changes, these to text and JSON.
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

#include "bench/report/text.h"
#include "bench/report/trend_exports.h"
#include "tests/unit/draw.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

/* The report that is being made, and the trend it goes into. */
static struct fpb_side side;
static struct fpb_trend trend;

static int setup(void **state)
{
	(void)state;
	fpb_trend_init(&trend, NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fpb_side_clear(&side);
	fpb_trend_clear(&trend);
	return 0;
}

static void begin(const char *engine, const char *release, const char *build_id)
{
	side = (struct fpb_side){ 0 };
	side.report.environment = json_pack("{s:s, s:s?, s:s?}", "engine", engine, "kernel_release",
					    release, "kernel_build_id", build_id);
	assert_non_null(side.report.environment);
}

static void observe(unsigned run, const char *name, double value)
{
	fixture_observe(&side.report, run, name, "host", "cyc", value);
}

/* Whether it could be added; refused ones are not. */
static bool add(void)
{
	struct fpb_differences differences = { 0 };
	struct fpb_problem problem = { .text = "" };
	bool is_added;

	assert_int_equal(fpb_run_values_take(&side.report, &side.values, &problem), 0);
	assert_int_equal(fpb_trend_add(&trend, &side, &differences, &problem), 0);
	is_added = !differences.nr_refused;
	fpb_differences_clear(&differences);
	fpb_side_clear(&side);
	return is_added;
}

/* A build of one row, measured once. */
static void add_value(const char *engine, const char *release, double value)
{
	begin(engine, release, NULL);
	observe(0, "row", value);
	assert_true(add());
}

static void search(void)
{
	struct fpb_problem problem = { .text = "" };

	if (fpb_trend_search(&trend, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static char *exported(fpb_trend_exporter *export, unsigned width)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(export(&trend, out, width), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_text(const char *expected)
{
	char *text = exported(fpb_trend_export_text, 0);

	assert_string_equal(text, expected);
	free(text);
}

static void check_change(const struct fpb_trend_series *series, size_t i, size_t index,
			 double before, double after)
{
	assert_in_range(i + 1, 1, series->nr_changes);
	assert_int_equal(series->change[i].index, index);
	assert_near(series->change[i].before, before, 0);
	assert_near(series->change[i].after, after, 0);
}

/* Every difference, the one at the last build too, and nothing else. */
static void counted(void **state)
{
	static const double values[] = { 2790, 2787, 2787, 2786, 2790 };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add_value("tcg", (const char[]){ (char)('a' + i), '\0' }, values[i]);
	search();
	assert_int_equal(trend.nr_series, 1);
	assert_true(trend.series[0].is_exact);
	assert_int_equal(trend.nr_searched, 0);
	assert_int_equal(trend.series[0].nr_changes, 3);
	check_change(&trend.series[0], 0, 1, 2790, 2787);
	check_change(&trend.series[0], 1, 3, 2787, 2786);
	check_change(&trend.series[0], 2, 4, 2786, 2790);
	assert_true(isnan(trend.series[0].change[2].p));
	assert_true(fpb_trend_can_find(&trend));
}

static void between_two_counted_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin("bochs", i ? "b" : "a", NULL);
		for (unsigned run = 0; run < 2; run++) {
			observe(run, "changed", i ? 101 : 100);
			observe(run, "null", i ? 1 : 0);
			observe(run, "same", 100);
		}
		assert_true(add());
	}
	search();
	check_text("   1  a\n"
		   "   2  b\n"
		   "\n"
		   "changed@host (cyc)\n"
		   "   2  b                     100.0 ->     101.0  ratio 1.0100  exactly\n"
		   "\n"
		   "null@host (cyc)\n"
		   "   2  b                     0.000 ->     1.000  exactly\n"
		   "\n"
		   "3 series counted, and the same in all boots of each build: compared exactly\n"
		   "2 builds, 3 series: 2 changed, 1 did not\n");
}

/* One boot that differs: from then on it is a matter of tests. */
static void boots_that_differ(void **state)
{
	(void)state;
	add_value("tcg", "a", 100);
	begin("tcg", "b", NULL);
	observe(0, "row", 100);
	observe(1, "row", 102);
	assert_true(add());
	add_value("tcg", "c", 200);
	search();
	assert_false(trend.series[0].is_exact);
	assert_near(trend.series[0].point[1].value, 101, 0);
	assert_int_equal(trend.series[0].nr_changes, 0);
	assert_int_equal(trend.nr_searched, 1);
	assert_false(fpb_trend_can_find(&trend));
}

/* Values that are the same by chance are exact nowhere but on an engine that counts. */
static void timed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 20; i++)
		add_value("bare", "k", i < 10 ? 1000 : 1001);
	search();
	assert_false(trend.series[0].is_exact);
	assert_int_equal(trend.series[0].nr_changes, 1);
	check_change(&trend.series[0], 0, 10, 1000, 1001);
	assert_in_range(trend.series[0].change[0].p * 1e6, 1, 50000);
	assert_near(trend.level, 0.05, 0);
}

static void median_over_runs(void **state)
{
	(void)state;
	begin("bare", "a", NULL);
	observe(0, "row", 10);
	observe(1, "row", 1000);
	observe(2, "row", 20);
	assert_true(add());
	search();
	assert_near(trend.series[0].point[0].value, 20, 0);
	assert_int_equal(trend.series[0].fewest_runs, 3);
}

/* The first of two rows makes a step after the fourth of nr reports; the second is in seven. */
static void add_step(size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		begin("bare", "k", "0");
		observe(0, "a", i < 4 ? 1000 : 9000);
		if (i < 7)
			observe(0, "b", 1000);
		assert_true(add());
	}
	search();
	assert_near(trend.level, 0.025, 0);
}

static void check_words_of_search(const char *expected)
{
	char *words = fpb_trend_words_of_search(&trend), *text;

	assert_string_equal(words, expected);
	text = exported(fpb_trend_export_text, 0);
	assert_non_null(strstr(text, words));
	free(text);
	free(words);
}

static void too_few(void **state)
{
	(void)state;
	add_step(8);
	assert_int_equal(trend.series[0].nr_changes, 0);
	assert_false(fpb_trend_can_find(&trend));
	check_words_of_search("2 series searched at a level of 0.025, which is 0.05 over their "
			      "number: in 8 reports no step, however large, can be found; it takes "
			      "at least 9");
}

static void just_enough(void **state)
{
	(void)state;
	add_step(9);
	assert_int_equal(trend.series[0].nr_changes, 1);
	check_change(&trend.series[0], 0, 4, 1000, 9000);
	assert_true(fpb_trend_can_find(&trend));
	check_words_of_search("2 series searched at a level of 0.025, which is 0.05 over their "
			      "number: a step can be found once 3 reports of 9 lie on either side "
			      "of it; 1 of them has too few points for any");
}

/* A row may come late, go early, or be out for a while. */
static void gaps(void **state)
{
	static const char *const rows[] = { "ab", "a", "ac", "abc" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin("tcg", "k", NULL);
		for (const char *row = rows[i]; *row; row++)
			observe(0, (const char[]){ *row, '\0' }, *row == 'b' ? (double)i : 7);
		assert_true(add());
	}
	search();
	assert_int_equal(trend.nr_series, 3);
	assert_int_equal(trend.series[0].nr_points, 4);
	assert_int_equal(trend.series[1].nr_points, 2);
	assert_int_equal(trend.series[1].point[1].build, 3);
	check_change(&trend.series[1], 0, 1, 0, 3);
	assert_int_equal(trend.series[2].point[0].build, 2);
	check_text("   1  k#1\n"
		   "   2  k#2\n"
		   "   3  k#3\n"
		   "   4  k#4\n"
		   "\n"
		   "b@host (cyc)\n"
		   "   4  k#4                   0.000 ->     3.000  exactly\n"
		   "\n"
		   "not in every report, and searched where they are: 2 series\n"
		   "    b@host (not in 2, 3), c@host (not in 1, 2)\n"
		   "\n"
		   "3 series counted, and the same in all boots of each build: compared exactly; "
		   "3 of them from one boot of some build\n"
		   "4 builds, 3 series: 1 changed, 2 did not\n");
}

static void many_gaps(void **state)
{
	char *text;

	(void)state;
	for (size_t i = 0; i < 11; i++) {
		begin("tcg", "k", NULL);
		observe(0, "all", 1);
		if (i > 8)
			observe(0, "late", 1);
		assert_true(add());
	}
	search();
	text = exported(fpb_trend_export_text, 0);
	assert_non_null(strstr(text, "late@host (not in 9 of 11)"));
	free(text);
}

/* Units are part of a row. */
static void units(void **state)
{
	(void)state;
	begin("tcg", "a", NULL);
	observe(0, "row", 1);
	assert_true(add());
	begin("tcg", "b", NULL);
	fixture_observe(&side.report, 0, "row", "host", "ns", 2);
	assert_true(add());
	search();
	assert_int_equal(trend.nr_series, 2);
	assert_int_equal(trend.series[0].nr_changes + trend.series[1].nr_changes, 0);
}

static void labels(void **state)
{
	struct fpb_trend_build build[] = {
		{ .release = (char[]){ "6.1" }, .build_id = (char[]){ "0123456789abcdef" } },
		{ .release = (char[]){ "6.2" }, .build_id = (char[]){ "0123456789abcdef" } },
		{ .release = (char[]){ "6.2" }, .build_id = (char[]){ "fedcba9876543210" } },
		{ .release = (char[]){ "6.3" }, .build_id = (char[]){ "" } },
		{ .release = (char[]){ "6.2" }, .build_id = (char[]){ "fedcba9876543210" } },
		{ .release = (char[]){ "6.3" }, .build_id = (char[]){ "" } },
	};
	static const char *const expected[] = {
		"6.1",	 "6.2-0123456789ab",   "6.2-fedcba987654#1",
		"6.3#1", "6.2-fedcba987654#2", "6.3#2",
	};

	(void)state;
	/* Twice, as when a trend is searched again. */
	for (size_t round = 0; round < 2; round++) {
		assert_int_equal(fpb_trend_label(build, 6), 0);
		for (size_t i = 0; i < 6; i++)
			assert_string_equal(build[i].label, expected[i]);
	}
	for (size_t i = 0; i < 6; i++)
		free(build[i].label);
}

static void unknown_kernel(void **state)
{
	(void)state;
	begin("bare", NULL, NULL);
	assert_true(add());
	search();
	assert_string_equal(trend.build[0].label, "unknown");
}

static void other_environment(void **state)
{
	(void)state;
	add_value("tcg", "a", 1);
	begin("bochs", "b", NULL);
	observe(0, "row", 2);
	assert_false(add());
	assert_int_equal(trend.nr_builds, 1);
	assert_int_equal(trend.series[0].nr_points, 1);
	/* The kernel is what is being compared. */
	add_value("tcg", "c", 2);
}

static void add_tagged_and_not(void)
{
	begin("tcg", "a", NULL);
	observe(0, "gated", 1);
	observe(0, "informational", 1);
	side.report.observations[1].gated = false;
	assert_true(add());
}

static void what_is_judged(void **state)
{
	(void)state;
	add_tagged_and_not();
	search();
	assert_int_equal(trend.nr_series, 1);
	assert_int_equal(trend.nr_informational, 1);
	assert_string_equal(trend.series[0].name, "gated");
}

static void filter(void **state)
{
	struct fpb_pattern pattern;
	struct fpb_problem problem = { .text = "" };

	(void)state;
	assert_int_equal(fpb_pattern_compile(&pattern, "^info.*@host$", "--filter", &problem), 0);
	fpb_trend_init(&trend, &pattern, NULL);
	add_tagged_and_not();
	search();
	assert_int_equal(trend.nr_series, 1);
	assert_string_equal(trend.series[0].name, "informational");
	fpb_pattern_clear(&pattern);
	fpb_trend_clear(&trend);

	assert_int_equal(fpb_pattern_compile(&pattern, "nothing", "--filter", &problem), 0);
	fpb_trend_init(&trend, &pattern, NULL);
	add_tagged_and_not();
	assert_int_equal(fpb_trend_search(&trend, &problem), -ENOENT);
	assert_string_equal(problem.where, "--filter");
	fpb_pattern_clear(&pattern);
}

static void too_far_apart(void **state)
{
	static const double values[] = { -1.7e308, 1.7e308, -1.7e308, 1.7e308 };
	struct fpb_problem problem = { .text = "" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		add_value("bare", "k", fabs(values[i]));
	for (size_t i = 0; i < 4; i++)
		trend.series[0].point[i].value = values[i];
	assert_int_equal(fpb_trend_search(&trend, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "row@host"));
}

static void hostile_names(void **state)
{
	static const char hostile[] = "a\x1b[2J\n\"\xe2\x80\xae\xff/x";
	json_t *json, *series;
	char *text;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin("tcg", "\xe2\x80\xae\n\x1b]0;x", "\x1b");
		fixture_observe(&side.report, 0, hostile, "\x1b[H\xff", "\x07", (double)i + 1);
		assert_true(add());
	}
	search();
	text = exported(fpb_trend_export_text, 80);
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\x07'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	for (const char *at = text; *at;) {
		const size_t bytes = fpb_utf8_sequence(at);

		assert_in_range(bytes, 1, 4);
		at += bytes;
	}
	free(text);
	text = exported(fpb_trend_export_json, 80);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	series = json_array_get(json_object_get(json, "series"), 0);
	assert_string_equal(json_string_value(json_object_get(series, "substrate")),
			    "\x1b[H\xef\xbf\xbd");
	json_decref(json);
	free(text);
}

/* A label that does not fit is cut in its middle, on a terminal only. */
static void narrow_terminals(void **state)
{
	static const char release[] = "6.12.117+deb12-a-very-long-flavour-of-its-own-amd64";
	const char *line;
	char *text;

	(void)state;
	add_value("tcg", release, 1);
	add_value("tcg", release, 2);
	search();
	text = exported(fpb_trend_export_text, 80);
	line = strstr(text, "row@host");
	line = strchr(line, '\n') + 1;
	assert_in_range(strcspn(line, "\n"), 1, 80);
	assert_memory_equal(line, "   2  6.12.1", 12);
	assert_non_null(strstr(line, "..."));
	free(text);
	text = exported(fpb_trend_export_text, 0);
	assert_null(strstr(text, "..."));
	free(text);
}

/*
 * Trends of ten series of white noise: at most one in 20 shows a change in any of them, within 4
 * standard errors. Heavy tails make no more of them.
 */
static void false_alarms(void **state)
{
	enum { TRENDS = 200, SERIES = 10, BUILDS = 20 };
	static const char *const names[SERIES] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"
	};
	uint64_t seed = 34;
	double alarms[2] = { 0 };

	(void)state;
	for (size_t round = 0; round < 2 * TRENDS; round++) {
		const bool is_heavy = round % 2;
		size_t nr_changed = 0;

		fpb_trend_clear(&trend);
		for (size_t build = 0; build < BUILDS; build++) {
			begin("bare", "k", NULL);
			for (size_t i = 0; i < SERIES; i++)
				observe(0, names[i],
					is_heavy ? draw_heavy_run(&seed, 0.01)
						 : draw_run(&seed, 0.01));
			assert_true(add());
		}
		search();
		for (size_t i = 0; i < SERIES; i++)
			nr_changed += trend.series[i].nr_changes > 0;
		alarms[is_heavy] += nr_changed > 0;
	}
	print_message("trends with a false alarm: %.3f, heavy tails %.3f\n", alarms[0] / TRENDS,
		      alarms[1] / TRENDS);
	for (size_t i = 0; i < 2; i++)
		assert_near(alarms[i] / TRENDS, 0.05, 4 * sqrt(0.05 * 0.95 / TRENDS));
}

/* Two reports, one row of each in the other, and what is found in them. */
static int trend_of(struct fpb_side sides[2])
{
	struct fpb_problem problem = { .text = "" };
	int ret = 0;

	for (size_t i = 0; i < 2 && !ret; i++) {
		struct fpb_differences differences = { 0 };

		ret = fpb_trend_add(&trend, &sides[i], &differences, &problem);
		fpb_differences_clear(&differences);
	}
	return ret ? ret : fpb_trend_search(&trend, &problem);
}

static void without_memory(void **state)
{
	unsigned fail_at = 1;
	int ret = -ENOMEM;

	(void)state;
	for (; ret == -ENOMEM; fail_at++) {
		struct fpb_side sides[2];

		for (size_t i = 0; i < 2; i++) {
			begin("tcg", "k", "0");
			observe(0, i ? "b" : "a", 1);
			observe(0, i ? "c" : "b", 2);
			assert_int_equal(fpb_run_values_take(&side.report, &side.values, NULL), 0);
			sides[i] = side;
		}
		side = (struct fpb_side){ 0 };
		fpb_trend_clear(&trend);
		memory = (struct failing_memory){ .fail_at = fail_at };
		ret = trend_of(sides);
		memory = (struct failing_memory){ 0 };
		fpb_side_clear(&sides[0]);
		fpb_side_clear(&sides[1]);
	}
	assert_int_equal(ret, 0);
	assert_in_range(fail_at, 15, 200);
	assert_int_equal(trend.nr_series, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counted, setup, teardown),
		cmocka_unit_test_setup_teardown(between_two_counted_reports, setup, teardown),
		cmocka_unit_test_setup_teardown(boots_that_differ, setup, teardown),
		cmocka_unit_test_setup_teardown(timed, setup, teardown),
		cmocka_unit_test_setup_teardown(median_over_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(too_few, setup, teardown),
		cmocka_unit_test_setup_teardown(just_enough, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(many_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(units, setup, teardown),
		cmocka_unit_test_setup_teardown(labels, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(other_environment, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(filter, setup, teardown),
		cmocka_unit_test_setup_teardown(too_far_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_names, setup, teardown),
		cmocka_unit_test_setup_teardown(narrow_terminals, setup, teardown),
		cmocka_unit_test_setup_teardown(false_alarms, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
