// SPDX-License-Identifier: MIT
/* test_table.c - the text a person sees: figures, layout, and nothing a terminal would obey. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/rows.h"
#include "bench/report/table.h"
#include "bench/report/text.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

static char *table_of(const struct fpb_report *report, unsigned width)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(fpb_table_print(report, out, width), 0);
	fclose(out);
	return text;
}

static void add_row(struct fpb_report *report, unsigned run, const char *name,
		    const char *substrate, const char *unit, const double *batches, size_t nr)
{
	struct fpb_observation obs = { .run = run, .iterations_per_batch = 1 };

	obs.name = strdup(name);
	obs.substrate = strdup(substrate);
	obs.unit = strdup(unit);
	obs.batches = calloc(nr, sizeof(*batches));
	assert_non_null(obs.batches);
	memcpy(obs.batches, batches, nr * sizeof(*batches));
	obs.nr_batches = nr;
	assert_int_equal(fpb_report_add_observation(report, &obs), 0);
}

static void add_value(struct fpb_report *report, unsigned run, const char *name,
		      const char *substrate, const char *unit, double value)
{
	add_row(report, run, name, substrate, unit, &value, 1);
}

static void add_skip(struct fpb_report *report, const char *name, const char *substrate,
		     const char *reason, const char *text)
{
	struct fpb_skip skip = { strdup(name), strdup(substrate), strdup(reason), strdup(text) };

	assert_int_equal(fpb_report_add_skip(report, &skip), 0);
}

static void check_golden(const char *report_name, const char *table_name)
{
	struct fpb_report report;
	size_t length;
	char *expected = fixture_text(table_name, &length), *have;

	fixture_report(report_name, &report);
	have = table_of(&report, 100);
	assert_string_equal(have, expected);
	free(have);
	free(expected);
	fpb_report_clear(&report);
}

static void fixtures_look_as_they_should(void **state)
{
	(void)state;
	check_golden("good-bare.json", "good-bare.txt");
	check_golden("good-no-kvm.json", "good-no-kvm.txt");
}

static void figures_are_over_runs_and_batches(void **state)
{
	/* run values 10, 12, 20; the p99 of all 300 batches lies among the 900s */
	double batches[100];
	const double centre[] = { 10, 12, 20 };
	struct fpb_report report = { .nr_skips = 0 };
	struct fpb_table_row *rows;
	size_t nr;

	(void)state;
	for (unsigned run = 0; run < 3; run++) {
		for (size_t i = 0; i < 100; i++)
			batches[i] = i < 98 ? centre[run] : 900;
		add_row(&report, run, "a/b", "host", "cyc", batches, 100);
	}
	assert_int_equal(fpb_rows_make(&report, &rows, &nr), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(rows[0].nr_runs, 3);
	assert_near(rows[0].median, 12, 1e-9);
	assert_near(rows[0].spread, 5.0 / 12, 1e-9);
	assert_near(rows[0].p99, 900, 1e-9);
	assert_false(rows[0].has_expectation);
	fpb_rows_free(rows, nr);
	fpb_report_clear(&report);
}

/* In whatever order they were measured. */
static void rows_are_sorted(void **state)
{
	static const char *const expected[] = {
		"exit/cpuid host cyc",	    "exit/pio host cyc",
		"exit/pio guest/ring0 cyc", "exit/pio guest/ring0 insn",
		"exit/pio guest/ring3 cyc", "exit/pio/live=avx host cyc",
		"exit/pio_kernel host cyc",
	};
	struct fpb_report report = { .nr_skips = 0 };
	struct fpb_table_row *rows;
	size_t nr;

	(void)state;
	add_value(&report, 0, "exit/pio_kernel", "host", "cyc", 1);
	add_value(&report, 1, "exit/pio", "guest/ring3", "cyc", 1);
	add_value(&report, 0, "exit/pio/live=avx", "host", "cyc", 1);
	add_value(&report, 0, "exit/pio", "guest/ring0", "insn", 1);
	add_value(&report, 0, "exit/pio", "guest/ring0", "cyc", 1);
	add_value(&report, 0, "exit/pio", "host", "cyc", 1);
	add_value(&report, 0, "exit/pio", "guest/ring3", "cyc", 1);
	add_value(&report, 0, "exit/cpuid", "host", "cyc", 1);
	assert_int_equal(fpb_rows_make(&report, &rows, &nr), 0);
	assert_int_equal(nr, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < nr; i++) {
		char id[64];

		snprintf(id, sizeof(id), "%s %s %s", rows[i].name, rows[i].substrate, rows[i].unit);
		assert_string_equal(id, expected[i]);
	}
	fpb_rows_free(rows, nr);
	fpb_report_clear(&report);
}

/* The median column of a table with this one value. */
static void check_value(double value, const char *unit, const char *expected)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *table, median[64];

	add_value(&report, 0, "a/b", "host", unit, value);
	table = table_of(&report, 0);
	assert_int_equal(sscanf(table, "%*[^\n] a/b host %63s", median), 1);
	assert_string_equal(median, expected);
	free(table);
	fpb_report_clear(&report);
}

static void values_have_four_digits(void **state)
{
	(void)state;
	check_value(0, "cyc", "0.000");
	check_value(0.00012, "cyc", "0.000");
	check_value(0.1239, "cyc", "0.124");
	check_value(3, "cyc", "3.000");
	check_value(9.99961, "cyc", "10.00");
	check_value(24.5, "cyc", "24.50");
	check_value(99.996, "cyc", "100.0");
	check_value(706.06, "cyc", "706.1");
	check_value(999.96, "cyc", "1000");
	check_value(12345.6, "cyc", "12346");
	check_value(2846, "insn", "2846");
	check_value(7, "insn", "7");
	check_value(7.5, "insn", "7.500");
	check_value(64, "bytes", "64");
	check_value(1.5e12, "cyc", "1.5e+12");
	check_value(1e308, "cyc", "1e+308");
}

static void one_run_has_no_spread(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *table;

	(void)state;
	add_value(&report, 0, "a/b", "host", "cyc", 5);
	table = table_of(&report, 0);
	assert_non_null(
		strstr(table, "a/b   host            5.000        -     5.000  cyc       -\n"));
	free(table);
	fpb_report_clear(&report);
}

static void a_report_cannot_steer_the_terminal(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	struct fpb_failure failure = { strdup("a/\x1b]0;f\x07"), strdup("host"),
				       strdup("line 1\nline 2\x1b[1m"), strdup("\xff") };
	char *table;

	(void)state;
	add_value(&report, 0, "a/\x1b[2J\xc2\x9b\xe2\x80\xae\xc3\xa9", "ho\rst", "c\x7fyc", 1);
	assert_int_equal(fpb_observation_add_flag(&report.observations[0], "\x1b[5m"), 0);
	assert_int_equal(fpb_report_add_failure(&report, &failure), 0);
	add_skip(&report, "b/\x1b[2J", "host", "hazard\x1b", "\x1b[31m");
	table = table_of(&report, 100);
	for (const char *at = table; *at; at++)
		assert_true(*at == '\n' || (unsigned char)*at >= 0x20);
	assert_null(strchr(table, 0x7f));
	assert_null(strstr(table, "\xc2\x9b"));
	assert_null(strstr(table, "\xe2\x80\xae"));
	assert_null(strstr(table, "\xff"));
	assert_non_null(strstr(table, "a/\\x1b[2J\\x9b\\u202e\xc3\xa9  ho\\x0dst"));
	assert_non_null(strstr(table, "line 1\\nline 2\\x1b[1m (\\xff)"));
	assert_non_null(strstr(table, "hazard\\x1b: \\x1b[31m (1 row)\n    b/\\x1b[2J@host"));
	free(table);
	fpb_report_clear(&report);
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);
		size_t columns = fpb_text_columns(line);

		longest = columns > longest ? columns : longest;
		free(line);
		text += length + (text[length] == '\n');
	}
	return longest;
}

static void long_names_are_cut_in_the_middle(void **state)
{
	static const char name[] = "xsave/xsaveopt/state=avx512/reuse=switch/cache=cold/"
				   "part=something/x=\xc3\xa9t\xc3\xa9";
	struct fpb_report report = { .nr_skips = 0 };
	char *table;

	(void)state;
	add_value(&report, 0, name, "guest/ring3", "core_cyc", 123456789);
	table = table_of(&report, 100);
	assert_true(longest_line(table) <= 100);
	assert_non_null(strstr(table, "xsave/xsaveo..."));
	assert_non_null(strstr(table, "/x=\xc3\xa9t\xc3\xa9  guest/ring3"));
	free(table);
	table = table_of(&report, 0);
	assert_non_null(strstr(table, name));
	free(table);
	fpb_report_clear(&report);
}

static void elision_keeps_code_points_whole(void **state)
{
	char text[64], whole[] = "12345678";

	(void)state;
	for (size_t columns = 8; columns < 20; columns++) {
		strcpy(text, "\xc3\xa9\xc3\xa9\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9\xc3\xa9"
			     "\xc3\xa9\xe2\x82\xac\xc3\xa9\xc3\xa9\xc3\xa9");
		fpb_text_elide(text, columns);
		assert_int_equal(fpb_text_columns(text), columns < 12 ? columns : 12);
		for (const char *at = text; *at; at += fpb_utf8_sequence(at))
			assert_true(fpb_utf8_sequence(at) > 0);
	}
	fpb_text_elide(whole, 8);
	assert_string_equal(whole, "12345678");
}

static void printable_text_fits_its_buffer(void **state)
{
	static const char text[] = "a\x01\xc3\xa9\xe2\x80\xae\xff"
				   "b";
	char buf[64];

	(void)state;
	for (size_t size = 1; size <= sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		assert_true(fpb_text_printable(text, buf, size) < size);
		assert_non_null(memchr(buf, '\0', size));
		if (size < sizeof(buf))
			assert_int_equal(buf[size], '#');
	}
	assert_string_equal(buf, "a\\x01\xc3\xa9\\u202e\\xffb");
}

static void utf8_is_that_of_rfc_3629(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} sequences[] = {
		{ "a", 1 },
		{ "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xee\x80\x80", 3 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		/* overlong, surrogates, beyond U+10FFFF, cut short, no lead */
		{ "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xe2\x82", 0 },
		{ "\xc3", 0 },
		{ "\x80", 0 },
		{ "\xff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++)
		assert_int_equal(fpb_utf8_sequence(sequences[i].text), sequences[i].length);
}

static void skips_are_grouped(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *table;

	(void)state;
	add_skip(&report, "xsave/xsaves/state=avx", "guest/ring0", "cpu-lacks",
		 "XSAVES: EAX[3] is 0");
	add_skip(&report, "exit/invd", "guest/ring0", "backend-cannot", "ring 0");
	add_skip(&report, "xsave/xsaves", "guest/ring0", "cpu-lacks", "XSAVES: EAX[3] is 0");
	add_skip(&report, "xsave/xsaves/state=sse", "guest/ring0", "cpu-lacks",
		 "XSAVES: EAX[3] is 0");
	add_skip(&report, "xsave/xrstors", "guest/ring0", "cpu-lacks", "XSAVES: EAX[3] is 0");
	add_skip(&report, "xsave/xsave_x", "host", "cpu-lacks", "AVX: ECX[28] is 0");
	report.plan.runs = 3;
	table = table_of(&report, 100);
	assert_string_equal(table,
			    "skipped:\n"
			    "  backend-cannot: ring 0 (1 row)\n"
			    "    exit/invd@guest/ring0\n"
			    "  cpu-lacks: AVX: ECX[28] is 0 (1 row)\n"
			    "    xsave/xsave_x@host\n"
			    "  cpu-lacks: XSAVES: EAX[3] is 0 (4 rows)\n"
			    "    xsave/xrstors@guest/ring0, xsave/xsaves@guest/ring0 (3 rows)\n"
			    "\n"
			    "0 rows x 3 runs, 6 skipped, 0 failed; incomplete\n");
	free(table);
	fpb_report_clear(&report);
}

static void lists_of_rows_wrap(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *table;

	(void)state;
	for (int i = 0; i < 40; i++) {
		char name[32];

		snprintf(name, sizeof(name), "family/operation%02d", i);
		add_skip(&report, name, "guest/ring0", "no-kvm", "x");
	}
	table = table_of(&report, 80);
	assert_true(longest_line(table) <= 80);
	assert_non_null(strstr(table, "operation39@guest/ring0\n"));
	free(table);
	fpb_report_clear(&report);
}

static void a_full_device_is_an_error(void **state)
{
	struct fpb_report report;
	FILE *full = fopen("/dev/full", "we");

	(void)state;
	assert_non_null(full);
	fixture_report("good-bare.json", &report);
	assert_int_equal(fpb_table_print(&report, full, 0), -EIO);
	fclose(full);
	fpb_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_look_as_they_should),
		cmocka_unit_test(figures_are_over_runs_and_batches),
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(values_have_four_digits),
		cmocka_unit_test(one_run_has_no_spread),
		cmocka_unit_test(a_report_cannot_steer_the_terminal),
		cmocka_unit_test(long_names_are_cut_in_the_middle),
		cmocka_unit_test(elision_keeps_code_points_whole),
		cmocka_unit_test(printable_text_fits_its_buffer),
		cmocka_unit_test(utf8_is_that_of_rfc_3629),
		cmocka_unit_test(skips_are_grouped),
		cmocka_unit_test(lists_of_rows_wrap),
		cmocka_unit_test(a_full_device_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
