// SPDX-License-Identifier: MIT
/* test_explain_file.c - an explanation read back: what is accepted, and what is said of the rest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/explain_file.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/near.h"

#define ONE                                                                                         \
	"{\"row\": \"exit/pio@guest/ring0\", \"operations\": 3, \"kernels\": [{\"kernel\": \"a\","  \
	"\"total\": 100, \"functions\": [{\"function\": \"f\", \"module\": \"kvm\", \"insn\": 60}," \
	"{\"function\": \"g\", \"module\": \"\", \"insn\": 30}], \"nested_guest\": 6, \"user\": 4," \
	"\"disturbed\": 1}], \"difference\": null}"

#define KERNEL(name, total)                                                                        \
	"{\"kernel\": \"" name "\", \"total\": " total                                             \
	", \"functions\": [{\"function\": \"f\", \"module\": \"\", \"insn\": " total               \
	"}], \"nested_guest\": 0, \"user\": 0, \"disturbed\": 0}"

#define TWO(difference)                                                                            \
	"{\"row\": \"r@host\", \"operations\": 6, \"kernels\": [" KERNEL("a", "10") "," KERNEL(    \
		"b", "12") "], \"difference\": " difference "}"

static int parse(const char *text, struct fpb_explain_file *out, struct fpb_problem *problem)
{
	return fpb_explain_file_parse(text, strlen(text), out, problem);
}

static void one_kernel(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_explain_file file;

	(void)state;
	assert_int_equal(parse(ONE, &file, &problem), 0);
	assert_string_equal(file.row, "exit/pio@guest/ring0");
	assert_int_equal(file.nr_kernels, 1);
	assert_string_equal(file.kernel[0].label, "a");
	assert_near(file.kernel[0].total, 100, 0);
	assert_near(file.kernel[0].nr_disturbed, 1, 0);
	assert_near(file.nr_operations, 3, 0);
	assert_int_equal(file.nr_lines, 4);
	assert_string_equal(file.line[0].function, "f");
	assert_string_equal(file.line[0].module, "kvm");
	assert_near(file.line[1].insn[0], 30, 0);
	assert_string_equal(file.line[2].function, FPB_EXPLAIN_NESTED);
	assert_near(file.line[2].insn[0], 6, 0);
	assert_string_equal(file.line[3].function, FPB_EXPLAIN_USER);
	fpb_explain_file_clear(&file);
}

/* The functions of each kernel are checked, what differs is kept. */
static void two_kernels(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_explain_file file;

	(void)state;
	assert_int_equal(
		parse(TWO("[{\"function\": \"f\", \"a\": 10, \"b\": 12}]"), &file, &problem), 0);
	assert_int_equal(file.nr_kernels, 2);
	assert_int_equal(file.nr_lines, 1);
	assert_near(file.line[0].insn[0], 10, 0);
	assert_near(file.line[0].insn[1], 12, 0);
	assert_string_equal(file.line[0].module, "");
	fpb_explain_file_clear(&file);
}

/* ONE with its first `from` replaced. */
static char *edited(const char *from, const char *to)
{
	const char *at = strstr(ONE, from);
	char *text = NULL;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - ONE), ONE, to, at + strlen(from)) > 0);
	return text;
}

static void check_bad(const char *text, const char *where, const char *words)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_explain_file file;

	assert_int_equal(parse(text, &file, &problem), -EINVAL);
	assert_string_equal(problem.where, where);
	if (!strstr(problem.text, words))
		fail_msg("'%s' does not say '%s'", problem.text, words);
	assert_null(file.line);
	assert_null(file.row);
}

static void malformed(void **state)
{
	static const struct {
		const char *from, *to, *where, *words;
	} cases[] = {
		{ "\"exit/pio@guest/ring0\"", "7", "row", "a string" },
		{ "\"exit/pio@guest/ring0\"", "\"\"", "row", "not empty" },
		{ "\"operations\": 3", "\"operations\": -1", "operations", "-1" },
		{ "\"operations\": 3", "\"operations\": 1.5", "operations", "1.5" },
		{ "\"operations\": 3,", "", "operations", "missing" },
		{ "\"total\": 100", "\"total\": 101", "kernels[0]", "expected the total, 101" },
		{ "\"total\": 100", "\"total\": 1e300", "kernels[0].total", "" },
		{ "\"insn\": 60", "\"insn\": 1099511627777", "kernels[0].functions[0].insn",
		  "1099511627777" },
		{ "\"insn\": 30", "\"insn\": null", "kernels[0].functions[1].insn", "null" },
		{ "\"module\": \"\"", "\"module\": 1", "kernels[0].functions[1].module", "string" },
		{ "\"kernel\": \"a\"", "\"kernel\": []", "kernels[0].kernel", "array" },
		{ "\"user\": 4", "\"user\": \"4\"", "kernels[0].user", "\"4\"" },
		{ "\"difference\": null", "\"difference\": []", "difference", "one kernel" },
		{ "\"difference\": null", "\"difference\": null, \"row\": \"x\"", "", "duplicate" },
		{ "null}", "null", "", "line 1" },
		{ "null}", "null} x", "", "line 1" },
		{ "\"kvm\"", "\"k\\u0000\"", "", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = edited(cases[i].from, cases[i].to);

		check_bad(text, cases[i].where, cases[i].words);
		free(text);
	}
	check_bad("", "", "line 1");
	check_bad("[]", "", "an object");
	check_bad(TWO("null"), "difference", "an array");
	check_bad(TWO("[]"), "difference", "expected the difference of the totals, +2");
	check_bad(TWO("[{\"function\": \"f\", \"a\": 10}]"), "difference[0].b", "missing");
	check_bad("{\"row\": \"r\", \"operations\": 0, \"kernels\": [], \"difference\": null}",
		  "kernels", "one or two");
}

/* Whatever is cut off: never accepted, never a crash. */
static void truncated(void **state)
{
	(void)state;
	for (size_t length = 0; length < strlen(ONE); length++) {
		struct fpb_problem problem = { .text = "" };
		struct fpb_explain_file file;

		assert_int_equal(fpb_explain_file_parse(ONE, length, &file, &problem), -EINVAL);
		assert_string_not_equal(problem.text, "");
	}
}

static void told_from_reports(void **state)
{
	static const struct {
		const char *text;
		bool is_explanation;
	} cases[] = {
		{ ONE, true },
		{ " \r\n\t{\n\"difference\"", true },
		{ "{\"kernels\": 7", true },
		{ "{\"row", false },
		{ "{\"rows\": 1}", false },
		{ "{\"context\": {}, \"row\": 1}", false },
		{ "[\"row\"]", false },
		{ "{", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(fpb_explain_file_starts(cases[i].text, strlen(cases[i].text)),
				 cases[i].is_explanation);
	assert_false(fpb_explain_file_starts("\0{\"row\"", 7));
}

static void without_memory(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_explain_file file = { 0 };
	int ret = -ENOMEM;

	(void)state;
	for (memory.fail_at = 1; ret; memory.fail_at++) {
		memory.calls = 0;
		ret = parse(ONE, &file, &problem);
		assert_true(ret == 0 || ret == -ENOMEM);
		assert_in_range(memory.fail_at, 1, 100);
	}
	assert_in_range(memory.fail_at, 10, 100);
	memory.fail_at = 0;
	fpb_explain_file_clear(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_kernel),	     cmocka_unit_test(two_kernels),
		cmocka_unit_test(malformed),	     cmocka_unit_test(truncated),
		cmocka_unit_test(told_from_reports), cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
