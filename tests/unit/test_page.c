// SPDX-License-Identifier: MIT
/* test_page.c - a page of reports: what is in it can be had back, and ends no element of it. */
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
#include "bench/report/html/page.h"
#include "bench/report/words.h"
#include "tests/unit/report_fixture.h"

/* Whatever could end or open something in HTML, JSON or JavaScript. */
#define HOSTILE "</script><!--<script>&\"'`\\\n\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae]]>${x}"

static void make_side(struct fpb_side *side, const char *fixture)
{
	*side = (struct fpb_side){ 0 };
	fixture_report(fixture, &side->report);
	assert_int_equal(fpb_run_values_of(&side->report, &side->values, NULL), 0);
}

/* The text of the page, for the caller to free. */
static char *written(const struct fpb_page *page)
{
	struct fpb_problem problem = { 0 };
	char *directory = make_directory(), *path = path_in(directory, "page.html"), *text;
	size_t length;

	if (fpb_page_write(page, path, &problem))
		fail_msg("%s", problem.text);
	text = file_text(path, &length);
	free(path);
	remove_directory(directory);
	return text;
}

/* The JSON of the <script> of that id; it reaches to the first "</script", as for a browser. */
static json_t *data_of(const char *page, const char *id)
{
	char *mark;
	const char *begin, *end;
	json_t *json;

	assert_true(asprintf(&mark, "<script type=\"application/json\" id=\"%s\">", id) > 0);
	begin = strstr(page, mark);
	assert_non_null(begin);
	begin += strlen(mark);
	end = strstr(begin, "</script");
	assert_non_null(end);
	assert_null(memchr(begin, '<', (size_t)(end - begin)));
	for (const char *c = begin; c < end; c++)
		assert_in_range(*c, 0x20, 0x7e);
	json = json_loadb(begin, (size_t)(end - begin), JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	free(mark);
	return json;
}

static json_t *at(const json_t *json, const char *key, size_t i)
{
	json_t *item = json_array_get(json_object_get(json, key), i);

	assert_non_null(item);
	return item;
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	assert_non_null(text);
	return text;
}

static void add_report(struct fpb_page *page, const struct fpb_side *side, const char *text,
		       size_t length)
{
	const struct fpb_page_source source = {
		.path = "a/report.json",
		.label = "6.1",
		.side = side,
		.text = text,
		.length = length,
	};

	assert_int_equal(fpb_page_add_report(page, &source), 0);
}

static void check_row(const json_t *row, const struct fpb_value_row *expected)
{
	const json_t *values = json_object_get(row, "values"), *runs = json_object_get(row, "runs");

	assert_string_equal(text_of(row, "name"), expected->name);
	assert_string_equal(text_of(row, "substrate"), expected->substrate);
	assert_string_equal(text_of(row, "unit"), expected->unit);
	assert_int_equal(json_is_true(json_object_get(row, "gated")), expected->is_gated);
	assert_int_equal(json_array_size(values), expected->nr);
	assert_int_equal(json_array_size(runs), expected->nr);
	for (size_t i = 0; i < expected->nr; i++) {
		assert_true(json_real_value(json_array_get(values, i)) == expected->value[i]);
		assert_int_equal(json_integer_value(json_array_get(runs, i)), expected->run[i]);
	}
}

static void values_per_run_are_there(void **state)
{
	struct fpb_page page = { 0 };
	struct fpb_side side;
	json_t *data, *report;
	char *text;

	(void)state;
	make_side(&side, "good-bare.json");
	add_report(&page, &side, NULL, 0);
	text = written(&page);
	data = data_of(text, "data");
	report = at(data, "reports", 0);
	assert_int_equal(json_array_size(json_object_get(report, "rows")), side.values.nr);
	assert_true(side.values.nr > 1);
	for (size_t i = 0; i < side.values.nr; i++)
		check_row(at(report, "rows", i), &side.values.row[i]);
	assert_int_equal(json_array_size(json_object_get(report, "skips")), side.report.nr_skips);
	assert_int_equal(json_array_size(json_object_get(report, "failures")),
			 side.report.nr_failures);
	assert_true(json_equal(json_object_get(report, "environment"), side.report.environment));
	assert_true(json_is_false(json_object_get(report, "embedded")));
	assert_null(strstr(text, "\"batches\""));
	assert_null(strstr(text, "id=\"report-0\""));
	json_decref(data);
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

/* 2^53 + 1 is none of the numbers that JavaScript has. The report keeps its own. */
static void large_integers_keep_their_digits(void **state)
{
	struct fpb_page page = { 0 };
	struct fpb_side side;
	json_t *data, *report, *xcr0;
	char *text;

	(void)state;
	make_side(&side, "good-bare.json");
	side.report.plan.seed = (1ULL << 53) + 1;
	assert_int_equal(json_object_set_new(side.report.environment, "xcr0",
					     json_pack("[I, I]", (json_int_t) - (1LL << 53) - 1,
						       (json_int_t)1 << 53)),
			 0);
	add_report(&page, &side, NULL, 0);
	text = written(&page);
	data = data_of(text, "data");
	report = at(data, "reports", 0);
	assert_string_equal(text_of(json_object_get(report, "plan"), "seed"), "9007199254740993");
	xcr0 = json_object_get(json_object_get(report, "environment"), "xcr0");
	assert_string_equal(json_string_value(json_array_get(xcr0, 0)), "-9007199254740993");
	assert_int_equal(json_integer_value(json_array_get(xcr0, 1)), (json_int_t)1 << 53);
	xcr0 = json_object_get(side.report.environment, "xcr0");
	assert_true(json_is_integer(json_array_get(xcr0, 0)));
	json_decref(data);
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

static void the_very_report_is_there(void **state)
{
	struct fpb_page page = { 0 };
	struct fpb_side side;
	json_t *data, *embedded;
	size_t length;
	char *report = fixture_text("good-bare.json", &length), *text;

	(void)state;
	make_side(&side, "good-bare.json");
	add_report(&page, &side, report, length);
	text = written(&page);
	data = data_of(text, "data");
	embedded = data_of(text, "report-0");
	assert_true(json_is_true(json_object_get(at(data, "reports", 0), "embedded")));
	assert_int_equal(json_string_length(embedded), length);
	assert_memory_equal(json_string_value(embedded), report, length);
	json_decref(data);
	json_decref(embedded);
	free(report);
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

/* 5 MB together: the second is not too long, but too much. */
static void long_reports_stay_out(void **state)
{
	const size_t lengths[] = { FPB_PAGE_MAX_REPORT_BYTES + 1, FPB_PAGE_MAX_REPORT_BYTES - 9, 10,
				   9 };
	const bool embedded[] = { false, true, false, true };
	struct fpb_page page = { 0 };
	struct fpb_side side;
	json_t *data;
	char *blanks = malloc(lengths[0]), *text;

	(void)state;
	assert_non_null(blanks);
	memset(blanks, ' ', lengths[0]);
	make_side(&side, "good-no-kvm.json");
	for (size_t i = 0; i < 4; i++)
		add_report(&page, &side, blanks, lengths[i]);
	text = written(&page);
	data = data_of(text, "data");
	for (size_t i = 0; i < 4; i++) {
		const json_t *report = at(data, "reports", i);
		char id[40];

		snprintf(id, sizeof(id), "id=\"report-%zu\"", i);
		assert_int_equal(json_is_true(json_object_get(report, "embedded")), embedded[i]);
		assert_int_equal(json_integer_value(json_object_get(report, "bytes")), lengths[i]);
		assert_int_equal(strstr(text, id) != NULL, embedded[i]);
	}
	json_decref(data);
	free(blanks);
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

/* data_of() fails where a text could end its element. */
static void hostile_texts_stay_texts(void **state)
{
	struct fpb_page page = { 0 };
	struct fpb_side side = { 0 };
	struct fpb_skip skip = { strdup(HOSTILE), strdup("host"), strdup("profile"),
				 strdup(HOSTILE) };
	json_t *data, *report;
	char *text;

	(void)state;
	fixture_report("good-bare.json", &side.report);
	fixture_observe(&side.report, 0, HOSTILE, HOSTILE, HOSTILE, 5);
	assert_int_equal(fpb_report_add_skip(&side.report, &skip), 0);
	assert_int_equal(fpb_run_values_of(&side.report, &side.values, NULL), 0);
	add_report(&page, &side, HOSTILE, strlen(HOSTILE));
	assert_int_equal(fpb_page_add_missing_figure(&page, "drift", HOSTILE), 0);
	assert_int_equal(fpb_page_set_figures_problem(&page, HOSTILE), 0);
	text = written(&page);
	data = data_of(text, "data");
	report = at(data, "reports", 0);
	assert_string_equal(text_of(at(report, "skips", side.report.nr_skips - 1), "text"),
			    HOSTILE);
	assert_string_equal(text_of(at(report, "rows", 0), "name"), HOSTILE);
	assert_string_equal(text_of(at(data, "missing_figures", 0), "reason"), HOSTILE);
	assert_string_equal(text_of(data, "figures_problem"), HOSTILE);
	json_decref(data);
	data = data_of(text, "report-0");
	assert_string_equal(json_string_value(data), HOSTILE);
	json_decref(data);
	/* Two of data, the program, and nothing besides. */
	assert_null(
		strstr(strstr(strstr(strstr(text, "<script") + 1, "<script") + 1, "<script") + 1,
		       "<script"));
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

static void a_comparison_has_its_words(void **state)
{
	const struct fpb_compare_request request = { .delta = NAN };
	struct fpb_comparison comparison;
	struct fpb_page page = { 0 };
	struct fpb_side sides[2];
	json_t *data, *json;
	char *text, *words;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		make_side(&sides[i], "good-bare.json");
		fpb_run_values_clear(&sides[i].values);
		fixture_observe(&sides[i].report, 0, i ? "made/gained" : "made/lost", "host", "cyc",
				7);
		assert_int_equal(fpb_run_values_of(&sides[i].report, &sides[i].values, NULL), 0);
		add_report(&page, &sides[i], NULL, 0);
	}
	assert_int_equal(fpb_compare(&sides[0], &sides[1], &request, &comparison, NULL), 0);
	assert_int_equal(fpb_page_add_comparison(&page, 1, &comparison), 0);
	text = written(&page);
	data = data_of(text, "data");
	json = at(data, "comparisons", 0);
	assert_int_equal(json_integer_value(json_object_get(json, "new")), 1);
	assert_string_equal(text_of(json, "verdict"), "regression");
	assert_non_null(strstr(text_of(json, "words"), "1 lost"));
	words = fpb_words_of_metric(&comparison.metric[0]);
	assert_non_null(words);
	assert_string_equal(text_of(at(json, "metrics", 0), "words"), words);
	free(words);
	assert_string_equal(text_of(at(json, "lost", 0), "name"), "made/lost");
	assert_string_equal(text_of(at(json, "lost", 0), "words"), "lost: not measured");
	assert_string_equal(text_of(at(json, "gained", 0), "name"), "made/gained");
	json_decref(data);
	free(text);
	fpb_comparison_clear(&comparison);
	fpb_page_clear(&page);
	fpb_side_clear(&sides[0]);
	fpb_side_clear(&sides[1]);
}

static void figures_are_inline(void **state)
{
	struct fpb_problem problem = { 0 };
	struct fpb_page page = { 0 };
	struct fpb_side side;
	char *text;

	(void)state;
	make_side(&side, "good-no-kvm.json");
	add_report(&page, &side, NULL, 0);
	assert_int_equal(fpb_page_add_figure(&page, "drift", "a < b", "<svg><g id='x'/></svg>",
					     &problem),
			 0);
	assert_string_equal(problem.text, "");
	assert_int_equal(fpb_page_add_figure(&page, "ecdf", "b", "<svg><g>", &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "ecdf"));
	text = written(&page);
	assert_non_null(strstr(text, "<figcaption>a &lt; b</figcaption>"));
	assert_non_null(strstr(text, "<g id=\"svg-drift-x\"/></svg>"));
	assert_null(strstr(text, "figure-ecdf"));
	free(text);
	fpb_page_clear(&page);
	fpb_side_clear(&side);
}

static void failed_writes_leave_nothing(void **state)
{
	struct fpb_problem problem = { 0 };
	struct fpb_page page = { 0 };
	char *directory = make_directory(), *path = path_in(directory, "not/there.html");

	(void)state;
	assert_int_equal(fpb_page_write(&page, path, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, path));
	assert_int_equal(nr_files_in(directory), 0);
	free(path);
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_per_run_are_there),
		cmocka_unit_test(large_integers_keep_their_digits),
		cmocka_unit_test(the_very_report_is_there),
		cmocka_unit_test(long_reports_stay_out),
		cmocka_unit_test(hostile_texts_stay_texts),
		cmocka_unit_test(a_comparison_has_its_words),
		cmocka_unit_test(figures_are_inline),
		cmocka_unit_test(failed_writes_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
