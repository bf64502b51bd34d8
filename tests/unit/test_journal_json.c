// SPDX-License-Identifier: MIT
/* test_journal_json.c - a journal back into a report: whole, torn at every byte, or malformed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/journal_json.h"
#include "tests/unit/report_fixture.h"

/* The lines of a journal, each without its newline. */
struct lines {
	char *text[8];
	size_t nr;
};

static void add_line(struct lines *lines, json_t *json)
{
	assert_non_null(json);
	lines->text[lines->nr++] = json_dumps(json, JSON_COMPACT);
	json_decref(json);
}

static void free_lines(struct lines *lines)
{
	while (lines->nr)
		free(lines->text[--lines->nr]);
}

static char *join(const struct lines *lines, size_t *length)
{
	char *text;
	FILE *out = open_memstream(&text, length);

	assert_non_null(out);
	for (size_t i = 0; i < lines->nr; i++)
		fprintf(out, "%s\n", lines->text[i]);
	fclose(out);
	return text;
}

#define NR_PLANNED 4
static const char *const planned[NR_PLANNED] = {
	"0:guest/ring3:exit/cpuid",
	"0:host:exit/hypercall",
	"1:guest/ring3:exit/pio/live=avx",
	"1:host:null/loop",
};

/* A plan of four entries, of which an observation, a failure and an observation are finished. */
static void make_lines(struct lines *lines, struct fpb_report *report)
{
	const struct fpb_journal_order order = {
		.command = (char *)(uintptr_t) "noise",
		.filter = (char *)(uintptr_t) "^exit|null",
		.allows_hazards = true,
	};
	const struct fpb_failure failure = {
		(char *)(uintptr_t) "exit/hypercall",
		(char *)(uintptr_t) "host",
		(char *)(uintptr_t) "it fails",
		(char *)(uintptr_t) "x.c:1",
	};

	fixture_report("good-bare.json", report);
	lines->nr = 0;
	add_line(lines,
		 fpb_journal_head_to_json(&order, report, (char **)(uintptr_t)planned, NR_PLANNED));
	add_line(lines, json_pack("{s:s,s:o}", "entry", planned[0], "observation",
				  fpb_observation_to_json(&report->observations[0], true)));
	add_line(lines, json_pack("{s:s,s:o}", "entry", planned[1], "failure",
				  fpb_failure_to_json(&failure)));
	add_line(lines, json_pack("{s:s,s:o}", "entry", planned[2], "observation",
				  fpb_observation_to_json(&report->observations[7], true)));
}

static void everything_comes_back(void **state)
{
	struct fpb_report report;
	struct lines lines;
	struct fpb_journal_content content;
	struct fpb_problem problem = { 0 };
	size_t length;
	char *text;

	(void)state;
	make_lines(&lines, &report);
	text = join(&lines, &length);
	if (fpb_journal_parse(text, length, &content, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
	assert_string_equal(content.order.command, "noise");
	assert_string_equal(content.order.filter, "^exit|null");
	assert_true(content.order.allows_hazards);
	assert_int_equal(content.nr_planned, NR_PLANNED);
	assert_string_equal(content.planned[3], planned[3]);
	assert_int_equal(content.whole_bytes, length);
	assert_string_equal(content.report.plan.session, report.plan.session);
	assert_int_equal(content.report.plan.seed, report.plan.seed);
	assert_int_equal(content.report.plan.runs, report.plan.runs);
	assert_false(content.report.plan.complete);
	assert_true(json_equal(content.report.environment, report.environment));
	assert_true(json_equal(content.report.context, report.context));
	assert_string_equal(content.report.suite.commit, report.suite.commit);
	assert_int_equal(content.report.plan.nr_entries, 3);
	assert_string_equal(content.report.plan.entries[2], planned[2]);
	assert_int_equal(content.report.nr_observations, 2);
	assert_int_equal(content.report.observations[1].run, 1);
	assert_true(content.report.observations[0].cpu_time_ns ==
		    report.observations[0].cpu_time_ns);
	assert_int_equal(content.report.nr_failures, 1);
	assert_string_equal(content.report.failures[0].error, "it fails");
	/* It goes on growing like any report. */
	assert_int_equal(fpb_report_add_entry(&content.report, 1, "host", "null/loop"), 0);
	assert_int_equal(fpb_report_add_entry(&content.report, 2, "host", "null/loop"), 0);
	fpb_journal_content_clear(&content);
	free(text);
	free_lines(&lines);
	fpb_report_clear(&report);
}

/* kill -9 may cut anywhere: lines before the cut are kept, and nothing else. */
static void torn_at_every_byte(void **state)
{
	struct fpb_report report;
	struct lines lines;
	size_t length, nr_whole = 0, whole_bytes = 0;
	char *text;

	(void)state;
	make_lines(&lines, &report);
	text = join(&lines, &length);
	for (size_t cut = 0; cut <= length; cut++) {
		struct fpb_journal_content content;
		struct fpb_problem problem = { 0 };
		int ret = fpb_journal_parse(text, cut, &content, &problem);

		if (cut && text[cut - 1] == '\n') {
			nr_whole++;
			whole_bytes = cut;
		}
		if (!nr_whole) {
			assert_int_equal(ret, -ENODATA);
			assert_int_equal(content.nr_planned, 0);
			continue;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(content.report.plan.nr_entries, nr_whole - 1);
		assert_int_equal(content.whole_bytes, whole_bytes);
		fpb_journal_content_clear(&content);
	}
	assert_int_equal(nr_whole, lines.nr);
	free(text);
	free_lines(&lines);
	fpb_report_clear(&report);
}

/* A power cut may leave a last line of zeros, its newline on disk. */
static void last_line_that_is_no_json(void **state)
{
	struct fpb_report report;
	struct lines lines;
	struct fpb_journal_content content;
	struct fpb_problem problem = { 0 };
	size_t length, last;
	char *text;

	(void)state;
	make_lines(&lines, &report);
	text = join(&lines, &length);
	last = strlen(lines.text[lines.nr - 1]) + 1;
	memset(text + length - last, 0, last - 1);
	assert_int_equal(fpb_journal_parse(text, length, &content, &problem), 0);
	assert_int_equal(content.report.plan.nr_entries, 2);
	assert_int_equal(content.whole_bytes, length - last);
	fpb_journal_content_clear(&content);
	free(text);
	free_lines(&lines);
	fpb_report_clear(&report);
}

/* Replaces the first `from` on line `number` by `to`; the result must be refused with `where`. */
static void check_malformed(size_t number, const char *from, const char *to, const char *where)
{
	struct fpb_report report;
	struct lines lines;
	struct fpb_journal_content content;
	struct fpb_problem problem = { 0 };
	size_t length;
	char *text, *found, *changed;

	make_lines(&lines, &report);
	found = strstr(lines.text[number], from);
	if (!found)
		fail_msg("no '%s' on line %zu", from, number + 1);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(found - lines.text[number]),
			     lines.text[number], to, found + strlen(from)) > 0);
	free(lines.text[number]);
	lines.text[number] = changed;
	text = join(&lines, &length);
	if (fpb_journal_parse(text, length, &content, &problem) != -EINVAL)
		fail_msg("accepted: %s", changed);
	if (strncmp(problem.where, where, strlen(where)) != 0)
		fail_msg("expected a problem at %s, got %s: %s", where, problem.where,
			 problem.text);
	assert_true(problem.text[0]);
	assert_null(content.planned);
	free(text);
	free_lines(&lines);
	fpb_report_clear(&report);
}

static void malformed_lines_are_named(void **state)
{
	(void)state;
	check_malformed(0, "\"noise\"", "\"trend\"", "line 1.command");
	check_malformed(0, "\"allow_hazards\":true", "\"allow_hazards\":1", "line 1.allow_hazards");
	check_malformed(0, "\"engine\":\"bare\"", "\"engine\":\"mine\"",
			"line 1.environment.engine");
	check_malformed(0, "\"seed\":42", "\"seed\":-1", "line 1.plan.seed");
	check_malformed(0, "\"suite\":", "\"sweet\":", "line 1.suite");
	/* In the middle a line that is no JSON was not torn by a kill. */
	check_malformed(1, "{", "", "line 2");
	check_malformed(2, "}", "", "line 3");
	check_malformed(1, "\"entry\":", "\"entry\":1,\"entry\":", "line 2");
	/* Another entry than planned, none at all, another row or run than the entry's. */
	check_malformed(1, "0:guest/ring3:exit/cpuid", "0:guest/ring3:exit/pio", "line 2.entry");
	check_malformed(1, "\"entry\":", "\"x\":", "line 2.entry");
	check_malformed(1, "\"run\":0", "\"run\":1", "line 2.observation");
	check_malformed(1, "\"name\":\"exit/cpuid\"", "\"name\":\"t/cpuid\"", "line 2.observation");
	check_malformed(2, "\"substrate\":\"host\"", "\"substrate\":\"guest/ring0\"",
			"line 3.failure");
	check_malformed(3, "\"batches\":[", "\"batches\":[-1,", "line 4.observation.batches[0]");
	check_malformed(3, "\"observation\"", "\"observations\"", "line 4.observation");
	/* A last line that is JSON was written whole: no excuse. */
	check_malformed(3, "1:guest/ring3", "2:guest/ring3", "line 4.entry");
}

static void more_than_was_planned(void **state)
{
	struct fpb_report report;
	struct lines lines;
	struct fpb_journal_content content;
	struct fpb_problem problem = { 0 };
	size_t length;
	char *text;

	(void)state;
	make_lines(&lines, &report);
	add_line(&lines, json_pack("{s:s,s:o}", "entry", planned[3], "observation",
				   fpb_observation_to_json(&report.observations[6], true)));
	add_line(&lines, json_pack("{s:s,s:o}", "entry", planned[3], "observation",
				   fpb_observation_to_json(&report.observations[6], true)));
	text = join(&lines, &length);
	assert_int_equal(fpb_journal_parse(text, length, &content, &problem), -EINVAL);
	assert_string_equal(problem.where, "line 6.entry");
	free(text);
	free_lines(&lines);
	fpb_report_clear(&report);
}

static void no_file(void **state)
{
	struct fpb_journal_content content;
	struct fpb_problem problem = { 0 };

	(void)state;
	assert_int_equal(fpb_journal_read("/nonexistent/journal", &content, &problem), -ENOENT);
	assert_true(problem.text[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(torn_at_every_byte),
		cmocka_unit_test(last_line_that_is_no_json),
		cmocka_unit_test(malformed_lines_are_named),
		cmocka_unit_test(more_than_was_planned),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
