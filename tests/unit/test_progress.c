// SPDX-License-Identifier: MIT
/* How far a run is: the arithmetic, the words of the option, and silence where asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/core/progress.h"

static void test_left(void **state)
{
	static const struct {
		int64_t elapsed_ms;
		size_t done, nr;
		int64_t left_s;
	} cases[] = {
		{ 0, 0, 10, -1 },
		{ 5000, 0, 10, -1 },
		{ 0, 1, 10, 0 },
		{ 1000, 1, 10, 9 },
		{ 1000, 5, 10, 1 },
		{ 1001, 5, 10, 2 }, /* rounded up: "0 s left" means that it is over */
		{ 1, 1, 2, 1 },
		{ 60000, 10, 10, 0 },
		{ 86400000, 1, 100000, 86400ll * 99999 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t left_s =
			fpb_progress_left_s(cases[i].elapsed_ms, cases[i].done, cases[i].nr);

		if (left_s != cases[i].left_s)
			fail_msg("case %zu: %lld s left, expected %lld", i, (long long)left_s,
				 (long long)cases[i].left_s);
	}
}

/* A real measurement, `run --profile standard`: from the end of the first run on, right by 25 %. */
static void test_left_of_a_real_measurement(void **state)
{
	static const int64_t end_of_run_ms[] = { 8930,	18320, 27280, 36220, 45990,  55410,
						 64630, 73610, 82700, 91510, 101050, 110110 };
	const size_t nr_runs = sizeof(end_of_run_ms) / sizeof(end_of_run_ms[0]), nr_rows = 205;

	(void)state;
	for (size_t run = 1; run < nr_runs; run++) {
		const int64_t elapsed_ms = end_of_run_ms[run - 1];
		const int64_t left_ms = end_of_run_ms[nr_runs - 1] - elapsed_ms;
		const int64_t estimate_ms =
			1000 * fpb_progress_left_s(elapsed_ms, run * nr_rows, nr_runs * nr_rows);

		if (4 * llabs(estimate_ms - left_ms) > left_ms)
			fail_msg("after run %zu: %lld ms left, estimated %lld", run,
				 (long long)left_ms, (long long)estimate_ms);
	}
}

static void test_words(void **state)
{
	static const char *const refused[] = { "", "Auto", "terminal", "plain ", "no", "nonee" };
	enum fpb_progress_style style = FPB_PROGRESS_TERMINAL;

	(void)state;
	assert_int_equal(fpb_progress_parse("auto", &style), 0);
	assert_int_equal(style, FPB_PROGRESS_AUTO);
	assert_int_equal(fpb_progress_parse("plain", &style), 0);
	assert_int_equal(style, FPB_PROGRESS_PLAIN);
	assert_int_equal(fpb_progress_parse("none", &style), 0);
	assert_int_equal(style, FPB_PROGRESS_NONE);
	style = FPB_PROGRESS_TERMINAL;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(fpb_progress_parse(refused[i], &style), -1);
	assert_int_equal(style, FPB_PROGRESS_TERMINAL);
}

/* What a run of 10 entries, the last shown after `done`, writes to standard error. */
static void show(enum fpb_progress_style style, int64_t age_ms, size_t done, char *text,
		 size_t bytes)
{
	struct fpb_progress progress;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t length;

	assert_non_null(file);
	assert_true(saved >= 0);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	fpb_progress_start(&progress, style, 10);
	progress.start_ms -= age_ms;
	progress.last_ms -= age_ms;
	fpb_progress_show(&progress, done, "null/loop@host");
	/* Too soon for another. */
	fpb_progress_show(&progress, done, "null/loop@host");
	fpb_progress_end(&progress);
	fpb_progress_end(&progress);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	length = fread(text, 1, bytes - 1, file);
	text[length] = 0;
	fclose(file);
}

static void test_none_is_silent(void **state)
{
	char text[512];

	(void)state;
	show(FPB_PROGRESS_NONE, 3600000, 5, text, sizeof(text));
	assert_string_equal(text, "");
}

static void test_plain_lines(void **state)
{
	char text[512];

	(void)state;
	show(FPB_PROGRESS_PLAIN, 0, 5, text, sizeof(text));
	assert_string_equal(text, "");
	/* 600 s and a little for 5 of 10. */
	show(FPB_PROGRESS_PLAIN, 600000, 5, text, sizeof(text));
	assert_non_null(strstr(text, "5 of 10, null/loop@host, 10:0"));
	assert_non_null(strstr(text, " left\n"));
	assert_null(strchr(text, '\r'));
	assert_null(strchr(text, 033));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_nothing_done_has_no_time(void **state)
{
	char text[512];

	(void)state;
	show(FPB_PROGRESS_PLAIN, 600000, 0, text, sizeof(text));
	assert_string_equal(text, "0 of 10, null/loop@host\n");
}

static void test_terminal_line_is_taken_away(void **state)
{
	static const char clear[] = "\r\033[K";
	char text[512];
	size_t length;

	(void)state;
	show(FPB_PROGRESS_TERMINAL, 600000, 5, text, sizeof(text));
	length = strlen(text);
	assert_memory_equal(text, clear, strlen(clear));
	assert_non_null(strstr(text, "5 of 10, null/loop@host, 10:0"));
	assert_null(strchr(text, '\n'));
	/* The last thing written, once. */
	assert_true(length > 2 * strlen(clear));
	assert_string_equal(text + length - strlen(clear), clear);
	assert_ptr_equal(strstr(text + 1, clear), text + length - strlen(clear));
}

static void test_auto_into_a_file_is_plain(void **state)
{
	char text[512];

	(void)state;
	show(FPB_PROGRESS_AUTO, 600000, 5, text, sizeof(text));
	assert_non_null(strstr(text, " left\n"));
	assert_null(strchr(text, 033));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_left_of_a_real_measurement),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_none_is_silent),
		cmocka_unit_test(test_plain_lines),
		cmocka_unit_test(test_nothing_done_has_no_time),
		cmocka_unit_test(test_terminal_line_is_taken_away),
		cmocka_unit_test(test_auto_into_a_file_is_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
