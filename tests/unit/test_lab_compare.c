// SPDX-License-Identifier: MIT
/* test_lab_compare.c - the comparison that the lab leaves beside its reports. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/cli/lab.h"
#include "bench/report/compare.h"
#include "bench/report/exports.h"
#include "tests/unit/report_fixture.h"

#define NR_BUILDS 3
#define SESSION	  "00000000-0000-4000-8000-000000000001"

static struct lab_build builds[NR_BUILDS];
static struct lab lab;
static char *path;

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	assert_non_null(*field);
}

/* The head of a fixture, as of a lab by tcg, without what was measured. */
static void make_report(struct fpb_report *report)
{
	struct fpb_run_values ignored;

	fixture_report("good-bare.json", report);
	assert_int_equal(fpb_run_values_take(report, &ignored, NULL), 0);
	fpb_run_values_clear(&ignored);
	while (report->nr_skips)
		fpb_skip_clear(&report->skips[--report->nr_skips]);
	json_object_set_new(report->environment, "engine", json_string("tcg"));
	set_text(&report->plan.session, SESSION);
	set_text(&report->plan.order, "abba");
}

/* Two boots that agree. */
static void measure(unsigned int build, const char *name, double value)
{
	for (unsigned int run = 0; run < 2; run++)
		fixture_observe(&builds[build].report, run, name, "host", "insn", value);
}

/* Of three kernels the second has one instruction more, the third lacks a row. */
static int setup(void **state)
{
	(void)state;
	lab = (struct lab){ .build = builds, .nr_builds = NR_BUILDS, .out = make_directory() };
	path = path_in(lab.out, "compare.json");
	for (unsigned int i = 0; i < NR_BUILDS; i++) {
		builds[i] = (struct lab_build){ 0 };
		assert_true(asprintf(&builds[i].folder, "%s/%u-6.%u", lab.out, i + 1, i) > 0);
		make_report(&builds[i].report);
	}
	measure(0, "exit/cpuid", 2807);
	measure(1, "exit/cpuid", 2808);
	measure(2, "exit/cpuid", 2807);
	measure(0, "exit/pio", 950);
	measure(1, "exit/pio", 950);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_BUILDS; i++) {
		fpb_report_clear(&builds[i].report);
		free(builds[i].folder);
	}
	remove_directory(lab.out);
	free(path);
	return 0;
}

/* What is in the file; nothing but it is left there. */
static json_t *written(void)
{
	json_t *json;

	assert_int_equal(lab_compare_write(&lab), EXIT_FINE);
	assert_int_equal(nr_files_in(lab.out), 1);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	assert_non_null(text);
	return text;
}

/* Of the builds 0 and `other`, as `compare --format json` prints it; takes their reports. */
static char *exported(unsigned int other)
{
	struct fpb_side base = { .report = builds[0].report };
	struct fpb_side new = { .report = builds[other].report };
	const struct fpb_compare_request request = { .delta = __builtin_nan("") };
	struct fpb_comparison comparison;
	const struct fpb_export export = { .comparison = &comparison };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	builds[0].report = builds[other].report = (struct fpb_report){ 0 };
	assert_int_equal(fpb_run_values_take(&base.report, &base.values, NULL), 0);
	assert_int_equal(fpb_run_values_take(&new.report, &new.values, NULL), 0);
	assert_int_equal(fpb_compare(&base, &new, &request, &comparison, NULL), 0);
	assert_int_equal(fpb_export_json(&export, out), 0);
	fclose(out);
	fpb_comparison_clear(&comparison);
	fpb_side_clear(&base);
	fpb_side_clear(&new);
	return text;
}

static void two_kernels_are_what_compare_prints(void **state)
{
	size_t length;
	char *text, *expected;

	lab.nr_builds = 2;
	json_decref(written());
	text = file_text(path, &length);
	assert_int_equal(teardown(state), 0);

	assert_int_equal(setup(state), 0);
	expected = exported(1);
	assert_string_equal(text, expected);
	assert_non_null(strstr(text, "\"regression\""));
	free(text);
	free(expected);
}

static void others_follow_in_the_order_given(void **state)
{
	json_t *document = written(), *others = json_object_get(document, "others");
	json_t *other;

	(void)state;
	assert_string_equal(text_of(document, "verdict"), "regression");
	assert_int_equal(json_array_size(json_object_get(document, "metrics")), 2);
	assert_int_equal(json_array_size(others), 1);
	other = json_array_get(others, 0);
	assert_string_equal(text_of(other, "new"), "3-6.2/report.json");
	assert_string_equal(json_string_value(json_array_get(json_object_get(other, "lost"), 0)),
			    "exit/pio@host");
	/* Both are whole comparisons. */
	for (void *i = json_object_iter(document); i; i = json_object_iter_next(document, i)) {
		const char *key = json_object_iter_key(i);

		assert_true(!strcmp(key, "others") || json_object_get(other, key));
	}
	assert_int_equal(json_object_size(other), json_object_size(document));
	json_decref(document);
}

static void the_filter_judges_what_it_matches(void **state)
{
	json_t *document, *metric;

	(void)state;
	for (size_t i = 0; i < NR_BUILDS; i++) {
		for (size_t k = 0; k < builds[i].report.nr_observations; k++)
			builds[i].report.observations[k].gated = false;
	}
	lab.nr_builds = 2;
	lab.options.filter = "cpuid";
	document = written();
	assert_int_equal(json_array_size(json_object_get(document, "metrics")), 1);
	metric = json_array_get(json_object_get(document, "metrics"), 0);
	assert_true(json_is_true(json_object_get(metric, "gated")));
	assert_string_equal(text_of(metric, "verdict"), "regression");
	json_decref(document);
}

/* As after Ctrl-C, or where neither boots. */
static void kernels_without_rows_are_no_error(void **state)
{
	json_t *document;

	(void)state;
	for (unsigned int i = 0; i < NR_BUILDS; i++) {
		fpb_report_clear(&builds[i].report);
		make_report(&builds[i].report);
	}
	lab.options.filter = "^exit/";
	document = written();
	assert_string_equal(text_of(document, "verdict"), "inconclusive");
	json_decref(document);
}

static void machines_that_differ_are_incomparable(void **state)
{
	json_t *document;

	(void)state;
	json_object_set_new(builds[1].report.environment, "hypervisor", json_string("other"));
	document = written();
	assert_string_equal(text_of(document, "verdict"), "incomparable");
	json_decref(document);
}

static void an_older_one_is_forgotten(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(lab_compare_forget(&lab, &err), 0);
	json_decref(written());
	assert_int_equal(lab_compare_forget(&lab, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void what_cannot_be_replaced_is_named(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_not_equal(lab_compare_forget(&lab, &err), 0);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(lab_compare_write(&lab), EXIT_UNFIT);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_kernels_are_what_compare_prints, setup,
						teardown),
		cmocka_unit_test_setup_teardown(others_follow_in_the_order_given, setup, teardown),
		cmocka_unit_test_setup_teardown(the_filter_judges_what_it_matches, setup, teardown),
		cmocka_unit_test_setup_teardown(kernels_without_rows_are_no_error, setup, teardown),
		cmocka_unit_test_setup_teardown(machines_that_differ_are_incomparable, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_older_one_is_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_replaced_is_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
