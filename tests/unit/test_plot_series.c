// SPDX-License-Identifier: MIT
/*
 * test_plot_series.c - data files of the figures over builds (path_length, trend), of explanations,
 * of IA32_XFD and of the model.
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

#include "bench/figures/builds.h"
#include "bench/model/break_even.h"
#include "bench/model/workload_presets.h"
#include "bench/report/report_read.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

#define MADE_UP FPB_FIXTURES "/figures/made-up-xfd.json"

/* The report that is being made, and the set it goes into. */
static struct fpb_report report;
static struct fpb_plot_set set;

static int teardown(void **state)
{
	(void)state;
	memory.fail_at = 0;
	fpb_report_clear(&report);
	fpb_plot_set_clear(&set);
	return 0;
}

static void begin(const char *engine, const char *release)
{
	report = (struct fpb_report){ 0 };
	report.environment = json_pack("{s:s, s:s, s:s, s:s}", "engine", engine, "kernel_release",
				       release, "kernel_build_id", "0123456789abcdef", "cpu_model",
				       "a machine");
	assert_non_null(report.environment);
	report.plan.runs = 2;
	report.plan.complete = true;
}

static void observe(unsigned run, const char *name, const char *substrate, const char *unit,
		    double value)
{
	fixture_observe(&report, run, name, substrate, unit, value);
}

/* Counted, the same in both boots. */
static void count(const char *name, double value)
{
	observe(0, name, "guest/ring0", "insn", value);
	observe(1, name, "guest/ring0", "insn", value);
}

static void add(const char *path)
{
	struct fpb_problem problem = { .text = "" };

	if (fpb_plot_set_add(&set, path, &report, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static int write_to(FILE *out, const struct fpb_plot *plot, struct fpb_problem *problem)
{
	struct fpb_dat dat = { .out = out };
	const int ret = plot->write(&set, &dat, problem);

	return ret ? ret : dat.ret;
}

/* The data file, for the caller to free. */
static char *written(const struct fpb_plot *plot)
{
	struct fpb_problem problem = { .text = "" };
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(fpb_plot_set_finish(&set), 0);
	if (write_to(out, plot, &problem))
		fail_msg("%s: %s", plot->name, problem.text);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_refused(const struct fpb_plot *plot, int code, const char *words)
{
	struct fpb_problem problem = { .text = "" };
	FILE *out = fopen("/dev/null", "we");

	assert_non_null(out);
	assert_int_equal(fpb_plot_set_finish(&set), 0);
	assert_int_equal(write_to(out, plot, &problem), code);
	fclose(out);
	if (!strstr(problem.text, words))
		fail_msg("'%s' does not say '%s'", problem.text, words);
}

/* The rows of a block, for the caller to free; NULL: there is none. */
static char *block(const char *text, const char *name)
{
	const char *at, *end;
	char *heading;

	assert_true(asprintf(&heading, "# %s\n", name) > 0);
	at = strstr(text, heading);
	if (at)
		at += strlen(heading);
	free(heading);
	if (!at)
		return NULL;
	end = strstr(at, "\n\n\n");
	return end ? strndup(at, (size_t)(end + 1 - at)) : strdup(at);
}

static void check_block(const char *text, const char *name, const char *expected)
{
	char *rows = block(text, name);

	if (expected)
		assert_string_equal(rows ? rows : "(no such block)", expected);
	else
		assert_null(rows);
	free(rows);
}

static void check_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("not in the data: %s\n%s", words, text);
}

static void two_builds(void)
{
	begin("tcg", "6.1-cloud-amd64");
	count("exit/cpuid", 100);
	count("exit/pio", 200);
	count("exit/pio/xcr0=other", 7);
	observe(0, "exit/pio", "host", "insn", 9);
	observe(0, "exit/pio", "guest/ring3", "insn", 199);
	add("a.json");
	begin("tcg", "6.12-cloud-amd64");
	count("exit/cpuid", 110);
	count("exit/pio", 200);
	add("b.json");
}

/*
 * Strips from the bottom up, one scale: 10 instructions are all that changes, and share what the two
 * strips have for lines.
 */
static void path_length(void **state)
{
	char *text;

	(void)state;
	two_builds();
	text = written(&fpb_plot_path_length);
	check_block(text, "layout", "1\t5\t0.2\t2\n");
	check_block(text, "strips", "0.7\t\"exit/cpuid\"\n0\t\"exit/pio\"\n");
	check_block(text, "levels",
		    "0.5\t1.5\t100\t0.3\tNaN\n"
		    "1.5\t2.5\t110\t0.7\t0.3\n"
		    "0.5\t2.5\t200\t0\tNaN\n");
	check_block(text, "values", "1\t0.3\t\"100\"\n2\t0.7\t\"110\"\n1\t0\t\"200\"\n");
	check_block(text, "builds", "1\t\"6.1\"\n2\t\"6.12\"\n");
	check_says(text, "6.12-cloud-amd64: build id 0123456789ab, n = 2 runs");
	check_says(text, "a machine");
	check_says(text, "-cloud-amd64\"");
	free(text);
}

/* A build without the row parts the line; its value is not said again. Boots may differ. */
static void path_length_gaps(void **state)
{
	char *text;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		begin("tcg", (const char[]){ (char)('a' + i), '\0' });
		if (i != 1)
			count("exit/a", 50);
		if (i == 3) {
			observe(0, "exit/b", "guest/ring3", "insn", 7);
			observe(1, "exit/b", "guest/ring3", "insn", 9);
		}
		add("x.json");
	}
	text = written(&fpb_plot_path_length);
	check_block(text, "layout", "0.6\t0\t0\t4\n");
	check_block(text, "levels",
		    "0.5\t1.5\t50\t0.3\tNaN\n"
		    "2.5\t4.5\t50\t0.3\tNaN\n"
		    "3.5\t4.5\t8\t0\tNaN\n");
	check_block(text, "values", "1\t0.3\t\"50\"\n4\t0\t\"~8\"\n");
	check_says(text, "exit/b @guest/ring3");
	check_says(text, "(~: boots differ");
	free(text);
}

static void path_length_refuses(void **state)
{
	(void)state;
	check_refused(&fpb_plot_path_length, -ENODATA, "from reports");
	begin("tcg", "a");
	count("exit/a", 1);
	add("a.json");
	check_refused(&fpb_plot_path_length, -ENODATA, "two kernel builds");
	begin("bare", "b");
	add("b.json");
	check_refused(&fpb_plot_path_length, -EXDEV, "engine");
}

static void path_length_is_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin("bare", "a");
		observe(0, "exit/a", "guest/ring0", "cyc", 1);
		add("bare.json");
	}
	check_refused(&fpb_plot_path_length, -ENODATA, "bare.json is of no engine that counts");
}

static void path_length_without_exits(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin("tcg", "a");
		count("swap/x", 1);
		add("a.json");
	}
	check_refused(&fpb_plot_path_length, -ENODATA, "exit/KIND");
}

/* Largest change first, one row of each operation. */
static void trend(void **state)
{
	static const double small[] = { 100, 100, 101, 101 }, large[] = { 100, 150, 150, 150 };
	char *text;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		begin("tcg", (const char[]){ (char)('a' + i), '\0' });
		count("f/a", small[i]);
		count("f/b", 7);
		count("f/c", large[i]);
		count("f/c/x=y", small[i]);
		add("x.json");
	}
	text = written(&fpb_plot_trend);
	check_block(text, "layout", "1.8\t4\t2\n");
	check_block(text, "strips",
		    "1.46\t\"f/c@guest/ring0 (insn)\"\n"
		    "0.86\t\"f/a@guest/ring0 (insn)\"\n"
		    "0.26\t\"f/b@guest/ring0 (insn)\"\n");
	check_block(text, "ends",
		    "1.2\t\"100\"\n1.46\t\"150\"\n0.6\t\"100\"\n0.86\t\"101\"\n0.13\t\"7\"\n");
	check_block(text, "levels",
		    "0.5\t1.5\t100\t1.2\n1.5\t4.5\t150\t1.46\n"
		    "0.5\t2.5\t100\t0.6\n2.5\t4.5\t101\t0.86\n");
	check_block(text, "changes",
		    "0\t2\t1.2\t0.26\t2\t\"+50%\"\n1\t3\t0.6\t0.26\t3\t\"+1.0%\"\n");
	check_says(text, "3 of 4 series changed");
	check_says(text, "every change is exact");
	free(text);
}

/* Noise does not fill a strip; where nothing can be found, it says so, and marks nothing. */
static void trend_of_timed_rows(void **state)
{
	char *text;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin("bare", i ? "b" : "a");
		observe(0, "f/a", "host", "cyc", i ? 1002 : 998);
		observe(1, "f/a", "host", "cyc", i ? 1002 : 998);
		add("x.json");
	}
	text = written(&fpb_plot_trend);
	check_block(text, "ends", "0\t\"950.0\"\n0.26\t\"1050\"\n");
	check_block(text, "points", "0\t1\t998\t0.1248\n0\t2\t1002\t0.1352\n");
	check_block(text, "levels", NULL);
	check_block(text, "changes", NULL);
	check_says(text, "no step, however large");
	free(text);
}

static void trend_refuses(void **state)
{
	(void)state;
	check_refused(&fpb_plot_trend, -ENODATA, "from reports");
	begin("tcg", "a");
	add("a.json");
	check_refused(&fpb_plot_trend, -ENODATA, "two builds");
	begin("tcg", "b");
	add("b.json");
	check_refused(&fpb_plot_trend, -ENODATA, "no row that is judged");
}

static void explain_with(const char *json)
{
	struct fpb_problem problem = { .text = "" };

	set.explanation = calloc(1, sizeof(*set.explanation));
	assert_non_null(set.explanation);
	if (fpb_explain_file_parse(json, strlen(json), set.explanation, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static void explain_two(void **state)
{
	static const char json[] =
		"{\"row\": \"r@host\", \"operations\": 6, \"kernels\": ["
		"{\"kernel\": \"6.1\", \"total\": 30, \"functions\": [{\"function\": \"f\", "
		"\"module\": \"\", \"insn\": 30}], \"nested_guest\": 0, \"user\": 0, "
		"\"disturbed\": 1},"
		"{\"kernel\": \"6.2\", \"total\": 35, \"functions\": [{\"function\": \"f\", "
		"\"module\": \"\", \"insn\": 31}], \"nested_guest\": 0, \"user\": 4, "
		"\"disturbed\": 0}], \"difference\": ["
		"{\"function\": \"same\", \"a\": 3, \"b\": 3},"
		"{\"function\": \"less\", \"a\": 9, \"b\": 7},"
		"{\"function\": \"new\", \"a\": 0, \"b\": 8},"
		"{\"function\": \"gone\", \"a\": 5, \"b\": 0},"
		"{\"function\": \"[user space]\", \"a\": 0, \"b\": 4}]}";
	char *text;

	(void)state;
	explain_with(json);
	begin("tcg", "6.2");
	add("b.json");
	text = written(&fpb_plot_explain);
	check_block(text, "layout", "4\t2\n");
	check_block(text, "bars",
		    "0\t8\t0\t\"new\"\t\"+8 new\"\n"
		    "1\t-5\t0\t\"gone\"\t\"-5 gone\"\n"
		    "2\t4\t1\t\"[user space]\"\t\"+4 new\"\n"
		    "3\t-2\t0\t\"less\"\t\"-2\"\n");
	check_says(text, "r@host: +5 instructions an operation; 4 functions differ.");
	check_says(text, "B: 6.2: 35 instructions; build id 0123456789ab");
	check_says(text, "n = 6 operations stepped through, 1 of them disturbed");
	free(text);
}

/* What does not fit is one line, which has no bar. */
static void explain_many(void **state)
{
	char *json = NULL, *text;
	size_t bytes;
	FILE *out = open_memstream(&json, &bytes);

	(void)state;
	assert_non_null(out);
	fputs("{\"row\": \"r@host\", \"operations\": 3, \"kernels\": [{\"kernel\": \"k\", "
	      "\"total\": 300, \"functions\": [",
	      out);
	for (unsigned i = 0; i < 24; i++)
		fprintf(out, "%s{\"function\": \"f%02u\", \"module\": \"%s\", \"insn\": %u}",
			i ? "," : "", i, i ? "" : "kvm", 24 - i);
	fputs("], \"nested_guest\": 0, \"user\": 0, \"disturbed\": 0}], \"difference\": null}",
	      out);
	assert_int_equal(fclose(out), 0);
	explain_with(json);
	free(json);
	text = written(&fpb_plot_explain);
	check_block(text, "layout", "21\t1\n");
	check_says(text, "\n0\t24\t0\t\"f00 [kvm]\"\t\"24, 8.0%\"\n1\t23\t0\t\"f01\"\t");
	check_says(text, "\n20\t10\t2\t\"4 others together\"\t\"10, 3.3%\"\n");
	check_says(text, "build ids are not in an");
	free(text);
}

static void explain_refuses(void **state)
{
	(void)state;
	check_refused(&fpb_plot_explain, -ENODATA, "explain --format json");
	explain_with("{\"row\": \"r@host\", \"operations\": 6, \"kernels\": ["
		     "{\"kernel\": \"a\", \"total\": 0, \"functions\": [], \"nested_guest\": 0, "
		     "\"user\": 0, \"disturbed\": 0},"
		     "{\"kernel\": \"b\", \"total\": 0, \"functions\": [], \"nested_guest\": 0, "
		     "\"user\": 0, \"disturbed\": 0}], \"difference\": []}");
	check_refused(&fpb_plot_explain, -ENODATA, "differ in no function");
}

static void read_made_up(void)
{
	struct fpb_problem problem = { .text = "" };

	if (fpb_report_read(MADE_UP, &report, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static void xfd_parts(void **state)
{
	const char *value;
	char *text, *tax;

	(void)state;
	read_made_up();
	add("made-up.json");
	text = written(&fpb_plot_xfd_parts);
	check_block(text, "layout", "4\t6\t1\n");
	check_block(text, "exits",
		    "0\t\"exit/cpuid\"\n1\t\"exit/pio\"\n2\t\"exit/wrmsr_tscdeadline\"\n"
		    "3\t\"exit/invd\"\n");
	check_block(text, "parts",
		    "0\t\"total\"\n1\t\"entry\"\n2\t\"rdmsr_err\"\n3\t\"wrmsr_err\"\n"
		    "4\t\"wrmsr_xfd\"\n5\t\"return\"\n");
	/* That of the report's derived figure; the ratio of the same rows is none. */
	assert_string_equal(set.side[0].report.derived[0].name, "rdmsr_tax_per_exit");
	tax = block(text, "tax");
	assert_non_null(tax);
	value = tax + strlen("0\t0\t");
	assert_near(strtod(value, NULL), set.side[0].report.derived[0].value, 1e-9);
	free(tax);
	check_says(text, "MADE UP");
	check_says(text, "\"unit\"\t\"cyc\"");
	free(text);
}

/* One panel alone; that of rows of another unit is none. */
static void xfd_parts_of_nm_alone(void **state)
{
	char *text;

	(void)state;
	begin("bare", "a");
	observe(0, "nm/xfd", "guest/ring0", "cyc", 900);
	observe(0, "nm/xfd/part=return", "guest/ring0", "ns", 100);
	add("a.json");
	text = written(&fpb_plot_xfd_parts);
	check_block(text, "layout", "0\t1\t1\n");
	check_block(text, "tax", NULL);
	check_block(text, "nm", "0\t0\t900\t900\t900\n");
	free(text);
}

static void xfd_parts_says_why_not(void **state)
{
	struct fpb_skip skip = {
		.name = strdup("exit/cpuid/xfd=primed"),
		.substrate = strdup("guest/ring0"),
		.reason = strdup("cpu-lacks"),
		.text = strdup("CPUID.(0xD,1):EAX[4] (XFD) is 0, EAX read 0xf"),
	};

	(void)state;
	begin("bare", "a");
	assert_int_equal(fpb_report_add_skip(&report, &skip), 0);
	add("a.json");
	check_refused(
		&fpb_plot_xfd_parts, -ENODATA,
		"exit/cpuid/xfd=primed@guest/ring0 was skipped: CPUID.(0xD,1):EAX[4] (XFD) is "
		"0, EAX read 0xf (cpu-lacks)");
}

static void xfd_parts_of_other_rows(void **state)
{
	(void)state;
	begin("bare", "a");
	add("a.json");
	check_refused(&fpb_plot_xfd_parts, -ENODATA, "take a processor with XFD");
}

/* By the accounts of both designs, a little below the line and a little above it. */
static void check_point(const struct fpb_costs *costs, double writes, double exits)
{
	const size_t passed = fpb_design_find("upstream");
	const size_t trapped = fpb_design_find("intercept_always");

	for (int side = -1; side <= 1; side += 2) {
		struct fpb_workload workload;
		struct fpb_account a, b;
		struct fpb_amount difference;

		assert_int_equal(fpb_workload_preset("linux_amx", &workload), 0);
		assert_true(fpb_parameter_set(fpb_parameter_find("exits_per_second"),
					      exits * (1 + side * 0.01), &workload));
		assert_true(fpb_parameter_set(fpb_parameter_find("xfd_writes_per_second"), writes,
					      &workload));
		fpb_account_make(&fpb_designs[passed], &workload, &a);
		fpb_account_make(&fpb_designs[trapped], &workload, &b);
		difference = fpb_amount_difference(&a, &b, costs);
		assert_true(side * difference.value > 0);
	}
}

static void break_even_assumed(void **state)
{
	struct fpb_costs costs;
	char *text, *line, *at;
	unsigned nr = 0;

	(void)state;
	begin("bare", "a");
	add("a.json");
	text = written(&fpb_plot_break_even);
	check_says(text, "ALL ASSUMED");
	check_says(text, "Assumed (cyc): rdmsr_xfd 60 [15, 150]");
	fpb_costs_assume(&costs);
	line = block(text, "line");
	assert_non_null(line);
	for (at = line; *at; nr++) {
		const double writes = strtod(at, &at), exits = strtod(at, &at);
		const double low = strtod(at, &at), high = strtod(at, &at);

		assert_int_equal(*at++, '\n');
		check_point(&costs, writes, exits);
		assert_true(low < high || low == 1e6 || high == 1e3);
		/* Both are cut off at the edge of the map. */
		assert_true(low <= fmax(exits, 1e3) && fmin(exits, 1e6) <= high);
	}
	assert_in_range(nr, 50, 100);
	free(line);
	free(text);
}

/* A measured cost takes the place of the assumed one, and moves the line. */
static void break_even_measured(void **state)
{
	char *text, *line;
	double exits;

	(void)state;
	read_made_up();
	add("made-up.json");
	text = written(&fpb_plot_break_even);
	check_says(text, "From the reports (cyc): rdmsr_xfd ");
	check_says(text, "Assumed (cyc): wrmsr_xfd ");
	assert_null(strstr(text, "ALL ASSUMED"));
	line = block(text, "line");
	assert_non_null(line);
	exits = strtod(strchr(line, '\t'), NULL);
	free(line);
	free(text);
	fpb_plot_set_clear(&set);
	begin("bare", "a");
	add("a.json");
	text = written(&fpb_plot_break_even);
	line = block(text, "line");
	assert_non_null(line);
	/* About 33 cycles where 60 were assumed: worth it up to as many more exits. */
	assert_true(exits > 1.5 * strtod(strchr(line, '\t'), NULL));
	free(line);
	free(text);
	fpb_plot_set_clear(&set);
	check_refused(&fpb_plot_break_even, -ENODATA, "from reports");
}

/* With 40 builds there is no room for every label, and in the caption for no more than two. */
static void many_builds(void **state)
{
	char *text;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		char release[32];

		snprintf(release, sizeof(release), "6.%02u-rc+x", i);
		begin("tcg", release);
		count("exit/a", i < 39 ? 100 : 12345);
		add("x.json");
	}
	text = written(&fpb_plot_path_length);
	check_says(text, "\n1\t\"6.00\"\n2\t\" \"\n3\t\" \"\n4\t\"6.03\"\n");
	check_says(text, "40 builds in the order given");
	check_says(text, "6.39-rc+x: build id");
	assert_null(strstr(text, "6.20-rc+x"));
	/* Wider than a build, the value of the last one reaches into the margin. */
	check_says(text, "\"12345\"\n");
	free(text);
}

static void places_of_labels(void **state)
{
	double right = 0, middle = 0;

	(void)state;
	assert_true(fpb_builds_place(&right, 0, 4, 2, &middle));
	assert_near(middle, 1, 1e-9);
	assert_true(fpb_builds_place(&right, 1, 4, 2, &middle));
	assert_near(middle, 2, 1e-9);
	/* 52 builds of 0.05 inches, of a digit each. */
	right = 0;
	assert_true(fpb_builds_place(&right, 10, 4, 52, &middle));
	assert_near(middle, 12.5, 1e-9);
	assert_near(right, 14.5, 1e-9);
	assert_false(fpb_builds_place(&right, 13, 4, 52, &middle));
	assert_true(fpb_builds_place(&right, 14, 4, 52, &middle));
	assert_true(fpb_builds_place(&right, 51, 9, 52, &middle));
	assert_near(right, 56.5, 1e-9);
}

/* Each allocation fails once: an error, and no leak (the sanitizers see it). */
static void check_memory(const struct fpb_plot *plot)
{
	FILE *out = fopen("/dev/null", "we");
	int ret = -ENOMEM;

	assert_non_null(out);
	assert_int_equal(fpb_plot_set_finish(&set), 0);
	for (memory.fail_at = 1; ret; memory.fail_at++) {
		struct fpb_problem problem = { .text = "" };

		memory.calls = 0;
		ret = write_to(out, plot, &problem);
		/* -EINVAL: a run value that there was no memory to find is no number. */
		if (ret && ret != -ENOMEM && ret != -EINVAL)
			fail_msg("%s, allocation %u: %d %s", plot->name, memory.fail_at, ret,
				 problem.text);
		assert_in_range(memory.fail_at, 1, 5000);
	}
	memory.fail_at = 0;
	fclose(out);
}

static void without_memory(void **state)
{
	(void)state;
	two_builds();
	check_memory(&fpb_plot_path_length);
	check_memory(&fpb_plot_trend);
	fpb_plot_set_clear(&set);
	read_made_up();
	add("made-up.json");
	check_memory(&fpb_plot_xfd_parts);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(path_length),
		TEST(path_length_gaps),
		TEST(path_length_refuses),
		TEST(path_length_is_counted),
		TEST(path_length_without_exits),
		TEST(trend),
		TEST(trend_of_timed_rows),
		TEST(trend_refuses),
		TEST(explain_two),
		TEST(explain_many),
		TEST(explain_refuses),
		TEST(xfd_parts),
		TEST(xfd_parts_of_nm_alone),
		TEST(xfd_parts_says_why_not),
		TEST(xfd_parts_of_other_rows),
		TEST(break_even_assumed),
		TEST(break_even_measured),
		TEST(many_builds),
		TEST(places_of_labels),
		TEST(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
