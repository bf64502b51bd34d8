// SPDX-License-Identifier: MIT
/*
 * test_plots.c - reports to the data files of figures: what is drawn, what is left out, and how
 * texts get through. The allocations of the code under test can fail, each in turn.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/figures/plot.h"
#include "bench/figures/scripts.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/report_fixture.h"

static struct fpb_plot_set set;
static struct fpb_report report;
static struct fpb_problem problem;
static char *text; /* what the last figure wrote */

static int teardown(void **state)
{
	(void)state;
	memory = (struct failing_memory){ 0 };
	fpb_plot_set_clear(&set);
	fpb_report_clear(&report);
	free(text);
	text = NULL;
	problem = (struct fpb_problem){ .text = "" };
	return 0;
}

static char *copy_of(const char *from)
{
	char *copy = strdup(from);

	assert_non_null(copy);
	return copy;
}

static void begin(const char *engine, const char *release)
{
	report = (struct fpb_report){ 0 };
	report.environment = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:i, s:i}, {s:i, s:i}]}",
				       "engine", engine, "kernel_release", release,
				       "kernel_build_id", "0123456789abcdef", "cpu_model",
				       "A processor", "kvm_backend", "kvm_amd", "cpuid_0xd",
				       "index", 2, "eax", 256, "index", 9, "eax", 8);
	assert_non_null(report.environment);
	report.plan.session = copy_of("a");
	report.plan.order = copy_of("shuffled");
	report.plan.inject = copy_of("0");
	report.plan.runs = 2;
	report.plan.complete = true;
}

/* In as many runs as there are values, in this order in the plan. */
static void observe(const char *name, const char *substrate, double value, double second)
{
	const double values[] = { value, second };

	for (unsigned run = 0; run < 2; run++) {
		fixture_observe(&report, run, name, substrate, "cyc", values[run]);
		assert_int_equal(fpb_report_add_entry(&report, run, substrate, name), 0);
	}
}

static void evidence(const char *key, json_int_t value)
{
	for (size_t i = report.nr_observations - 2; i < report.nr_observations; i++)
		assert_int_equal(fpb_observation_add_evidence(&report.observations[i], key, value),
				 0);
}

static void end(void)
{
	assert_int_equal(fpb_plot_set_add(&set, "report.json", &report, &problem), 0);
	assert_int_equal(fpb_plot_set_finish(&set), 0);
}

static int draw(const struct fpb_plot *plot)
{
	struct fpb_dat dat = { 0 };
	size_t bytes;
	int ret;

	free(text);
	text = NULL;
	problem = (struct fpb_problem){ .text = "" };
	dat.out = open_memstream(&text, &bytes);
	assert_non_null(dat.out);
	ret = plot->write(&set, &dat, &problem);
	assert_int_equal(fclose(dat.out), 0);
	return ret ? ret : dat.ret;
}

static void expect(const struct fpb_plot *plot, const char *words)
{
	const int ret = draw(plot);

	if (ret)
		fail_msg("%s: %d, %s", plot->name, ret, problem.text);
	if (!strstr(text, words))
		fail_msg("%s: no '%s' in\n%s", plot->name, words, text);
}

static void refuse(const struct fpb_plot *plot, int error, const char *words)
{
	assert_int_equal(draw(plot), -error);
	if (!strstr(problem.text, words))
		fail_msg("%s: '%s' is not in '%s'", plot->name, words, problem.text);
}

/* The block of that name begins so. */
static void expect_block(const char *name, const char *rows)
{
	char *begins;

	assert_true(asprintf(&begins, "# %s\n%s", name, rows) > 0);
	if (!strstr(text, begins))
		fail_msg("no '%s' in\n%s", begins, text);
	free(begins);
}

static void test_every_figure_has_a_script(void **state)
{
	(void)state;
	assert_non_null(fpb_plot_script("style"));
	assert_null(fpb_plot_script("nothing"));
	assert_null(fpb_plot_find("style"));
	for (size_t i = 0; fpb_plots[i]; i++) {
		assert_non_null(fpb_plot_script(fpb_plots[i]->name));
		assert_ptr_equal(fpb_plot_find(fpb_plots[i]->name), fpb_plots[i]);
		assert_true(!i || strcmp(fpb_plots[i - 1]->name, fpb_plots[i]->name) < 0);
	}
}

static void test_no_report(void **state)
{
	(void)state;
	for (size_t i = 0; fpb_plots[i]; i++) {
		if (strcmp(fpb_plots[i]->name, "break_even") != 0)
			refuse(fpb_plots[i], ENODATA, "");
	}
}

static void print_text(const char *from, size_t columns)
{
	struct fpb_dat dat = { 0 };
	size_t bytes;

	free(text);
	dat.out = open_memstream(&text, &bytes);
	assert_non_null(dat.out);
	fpb_dat_text(&dat, from, columns);
	assert_int_equal(dat.ret, 0);
	assert_int_equal(fclose(dat.out), 0);
}

static void test_texts(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "plain", "\"plain\"" },
		{ "", "\" \"" },
		{ "a\"b", "\"a\\042b\"" },
		/* Octal digits behind one would belong to it. */
		{ "\"078\"1", "\"\\042\\060\\0678\\042\\061\"" },
		{ "a\\nb", "\"a\\\\nb\"" },
		{ "a\nb\tc", "\"a\\\\nb\\\\tc\"" },
		{ "\x1b[2J", "\"\\\\x1b[2J\"" },
		{ "`x` $x @x %s #", "\"`x` $x @x %s #\"" },
		{ "12345678901234567890", "\"12345...1234567890\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_text(cases[i].from, 18);
		assert_string_equal(text, cases[i].to);
	}
}

static void expect_caption(const char *from, const char *to)
{
	struct fpb_dat dat = { 0 };
	size_t bytes;

	free(text);
	dat.out = open_memstream(&text, &bytes);
	assert_non_null(dat.out);
	fpb_dat_caption(&dat, "%s", from);
	assert_int_equal(fclose(dat.out), 0);
	assert_string_equal(text, to);
}

#define X10 "xxxxxxxxxx"
#define M10 "MMMMMMMMMM"
#define I10 "iiiiiiiiii"

static void test_caption_is_wrapped(void **state)
{
	(void)state;
	expect_caption("one line", "\"caption\"\t\"one line\"\n");
	expect_caption(X10 X10 X10 X10 X10 "xx second line",
		       "\"caption\"\t\"" X10 X10 X10 X10 X10
		       "xx second\"\n\"caption\"\t\"line\"\n");
	/* What has no blank is cut anywhere; wide letters fill a line sooner than narrow ones. */
	expect_caption(M10 M10 M10 M10, "\"caption\"\t\"" M10 M10 M10 "MMMMMMMMM\"\n"
					"\"caption\"\t\"M\"\n");
	expect_caption(I10 I10 I10 I10 I10 I10 I10 I10 I10,
		       "\"caption\"\t\"" I10 I10 I10 I10 I10 I10 I10 I10 I10 "\"\n");
}

static void test_exit_cost(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("exit/pio", "guest/ring3", 300, 310);
	observe("exit/cpuid", "guest/ring3", 100, 110);
	observe("exit/cpuid/xcr0=other", "guest/ring3", 120, 120);
	observe("null/loop", "host", 1, 1);
	end();
	begin("bare", "6.2");
	observe("exit/cpuid", "guest/ring3", 90, 90);
	end();
	expect(&fpb_plot_exit_cost, "label2\"\t\"6.2\"");
	expect_block("kinds", "0\t\"cpuid\"\n1\t\"pio\"\n\n");
	expect_block("points",
		     "0\t0\t105\t100\t110\t2\n1\t0\t305\t300\t310\t2\n0\t1\t90\t90\t90\t2\n\n");
	assert_non_null(strstr(text, "Left out of exit/*: 1 "));
	assert_non_null(strstr(text, "6.1: build id 0123456789ab, n = 2 runs"));
	assert_non_null(strstr(text, "whiskers: lowest and highest run"));
}

static void test_exit_cost_refuses(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("exit/cpuid/xcr0=other", "guest/ring3", 120, 120);
	end();
	refuse(&fpb_plot_exit_cost, ENODATA, "exit/KIND");
	begin("tcg", "6.2");
	observe("exit/cpuid", "guest/ring3", 90, 90);
	end();
	refuse(&fpb_plot_exit_cost, EXDEV, "engine");
	refuse(&fpb_plot_forest, EXDEV, "engine");
	refuse(&fpb_plot_ecdf, EXDEV, "engine");
}

static void test_many_builds(void **state)
{
	(void)state;
	for (int i = 0; i < 9; i++) {
		char release[16];

		snprintf(release, sizeof(release), "6.%d", i);
		begin("bare", release);
		observe("exit/cpuid", "guest/ring3", 100 + i, 100 + i);
		end();
	}
	expect(&fpb_plot_exit_cost, "Not shown: 3 of 9 reports");
	assert_non_null(strstr(text, "\"label1\"\t\"6.0\"\n"));
	assert_non_null(strstr(text, "\"label6\"\t\"6.8\"\n"));
	assert_null(strstr(text, "label7"));
	assert_non_null(strstr(text, "Points: the same in every run"));
}

static void test_xsave_bytes(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("xsave/xsavec/state=avx/reuse=switch", "host", 100, 100);
	evidence("xstate_bv", 6);
	observe("xsave/xrstor/reuse=switch", "host", 50, 50);
	evidence("xstate_bv", 0);
	observe("xsave/xsave/state=avx", "host", 10, 10);
	evidence("xstate_bv", 6);
	/* The sizes do not tell of component 5. */
	observe("xsave/xsave/state=avx512/reuse=switch", "host", 10, 10);
	evidence("xstate_bv", 0xe6);
	observe("xsave/xsave/state=avx/reuse=switch/cache=cold", "host", 10, 10);
	evidence("xstate_bv", 6);
	observe("xsave/xsavec/state=sse/reuse=switch", "guest/ring3", 7, 7);
	evidence("xstate_bv", 2);
	end();
	expect(&fpb_plot_xsave_bytes, "on host;");
	/* Header 64, SSE 256, AVX 256. */
	expect_block("points", "1\t0\t576\t100\t100\t100\t2\n4\t1\t64\t50\t50\t50\t2\n\n");
	expect_block("states", "576\t\"avx 0x6\"\n64\t\"init 0\"\n\n");
}

static void test_xsave_bytes_refuses(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("xsave/xsavec/state=avx/reuse=switch", "host", 100, 100);
	end();
	refuse(&fpb_plot_xsave_bytes, ENODATA, "XSTATE_BV");
	begin("tcg", "6.1");
	observe("xsave/xsavec/state=avx/reuse=switch", "host", 100, 100);
	evidence("xstate_bv", 6);
	end();
	refuse(&fpb_plot_xsave_bytes, ENODATA, "counts instructions");
}

static void test_drift(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("exit/pio", "guest/ring3", 90, 110);
	observe("exit/cpuid", "host", 200, 200);
	observe("null/loop", "host", -1, 1);
	end();
	expect(&fpb_plot_drift, "the 2 judged rows");
	/* Places 1 and 2 of the plan are the first row's, 3 and 4 the second's. */
	expect_block("points", "1\t0\t2\t-10\t0\n2\t1\t2\t10\t0\n3\t0\t0\t0\t0\n4\t1\t0\t0\t0\n\n");
	expect_block("runs", "0\t1\t1\n1\t2\t2\n");
}

static void test_drift_refuses(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("exit/pio", "guest/ring3", 100, 100);
	end();
	refuse(&fpb_plot_drift, ENODATA, "counts the same");
	begin("bare", "6.1");
	fixture_observe(&report, 0, "exit/pio", "host", "cyc", 5);
	end();
	refuse(&fpb_plot_drift, ENODATA, "two runs");
}

static void test_forest(void **state)
{
	(void)state;
	begin("tcg", "6.1");
	observe("exit/pio", "guest/ring3", 100, 100);
	observe("exit/cpuid", "guest/ring3", 200, 200);
	observe("null/loop", "host", 0, 0);
	end();
	refuse(&fpb_plot_forest, ENODATA, "two reports");
	begin("tcg", "6.2");
	observe("exit/pio", "guest/ring3", 125, 125);
	observe("exit/cpuid", "guest/ring3", 200, 200);
	observe("null/loop", "host", 0, 0);
	end();
	expect(&fpb_plot_forest, "compared exactly: 2 rows");
	expect_block("rows", "0\t\"exit/pio@guest/ring3\"\t25\tNaN\tNaN\t0\t1\t\" \"\n"
			     "1\t\"exit/cpuid@guest/ring3\"\t0\tNaN\tNaN\t0\t0\t\" \"\n\n");
}

/* One row that is ten times another build's leaves room for the others. */
static void test_forest_ends_its_axis(void **state)
{
	double low, high;

	(void)state;
	for (int build = 0; build < 2; build++) {
		begin("tcg", build ? "6.2" : "6.1");
		for (int i = 0; i < 9; i++) {
			char name[32];

			snprintf(name, sizeof(name), "exit/kind%d", i);
			observe(name, "host", 100 + build * (i ? 10 : 900),
				100 + build * (i ? 10 : 900));
		}
		end();
	}
	expect(&fpb_plot_forest, "\"+900 %\"");
	/* 1.08 times three times 10 %; a sixth of it the other way. */
	assert_int_equal(sscanf(strstr(text, "# axis\n"), "# axis\n%lf %lf", &low, &high), 2);
	assert_float_equal(low, -5.4, 1e-9);
	assert_float_equal(high, 32.4, 1e-9);
}

static void test_ecdf(void **state)
{
	(void)state;
	begin("bare", "6.1");
	observe("exit/cpuid", "guest/ring3", 200, 200);
	observe("exit/pio", "guest/ring3", 100, 120);
	end();
	expect(&fpb_plot_ecdf, "share of all batches");
	expect_block("panels", "0\t\"exit/pio@guest/ring3\"\t\"cyc\"\t99.2");
	expect_block("runs", "0\t0\t100\t0.5\n0\t0\t120\t1\n\n");
	begin("bare", "6.2");
	observe("exit/cpuid", "guest/ring3", 201, 201);
	end();
	/* The one row that both have is the same in all batches of each. */
	refuse(&fpb_plot_ecdf, ENODATA, "no distribution");
}

static void test_contradiction(void **state)
{
	(void)state;
	begin("bare", "6.1");
	fixture_observe(&report, 0, "exit/pio", "host", "cyc", 5);
	fixture_observe(&report, 0, "exit/pio", "host", "cyc", 6);
	assert_int_equal(fpb_plot_set_add(&set, "report.json", &report, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "twice"));
}

static void make_pair(void)
{
	for (int build = 0; build < 2; build++) {
		begin("bare", build ? "6.2" : "6.1");
		observe("exit/cpuid", "guest/ring3", 200 + build, 202);
		observe("exit/pio", "guest/ring3", 100 + build, 120);
		observe("xsave/xsavec/state=avx/reuse=switch", "host", 100, 101);
		evidence("xstate_bv", 6);
		end();
	}
}

static void test_without_memory(void **state)
{
	static const struct fpb_plot *const plots[] = { &fpb_plot_drift,       &fpb_plot_ecdf,
							&fpb_plot_exit_cost,   &fpb_plot_forest,
							&fpb_plot_xsave_bytes, NULL };

	(void)state;
	make_pair();
	for (size_t i = 0; plots[i]; i++) {
		unsigned fail_at = 1;
		int ret = -ENOMEM;

		for (; ret == -ENOMEM; fail_at++) {
			memory = (struct failing_memory){ .fail_at = fail_at };
			ret = draw(plots[i]);
			memory = (struct failing_memory){ 0 };
		}
		if (ret)
			fail_msg("%s: %d", plots[i]->name, ret);
		assert_in_range(fail_at, 10, 2000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_figure_has_a_script, teardown),
		cmocka_unit_test_teardown(test_no_report, teardown),
		cmocka_unit_test_teardown(test_texts, teardown),
		cmocka_unit_test_teardown(test_caption_is_wrapped, teardown),
		cmocka_unit_test_teardown(test_exit_cost, teardown),
		cmocka_unit_test_teardown(test_exit_cost_refuses, teardown),
		cmocka_unit_test_teardown(test_many_builds, teardown),
		cmocka_unit_test_teardown(test_xsave_bytes, teardown),
		cmocka_unit_test_teardown(test_xsave_bytes_refuses, teardown),
		cmocka_unit_test_teardown(test_drift, teardown),
		cmocka_unit_test_teardown(test_drift_refuses, teardown),
		cmocka_unit_test_teardown(test_forest, teardown),
		cmocka_unit_test_teardown(test_forest_ends_its_axis, teardown),
		cmocka_unit_test_teardown(test_ecdf, teardown),
		cmocka_unit_test_teardown(test_contradiction, teardown),
		cmocka_unit_test_teardown(test_without_memory, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
