// SPDX-License-Identifier: MIT
/* test_explanation.c - what differs between two kernels, and every format of it. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/attribution/explanation.h"

struct made_function {
	const char *name, *module;
	uint64_t insn;
};

static const struct made_function before[] = {
	{ "kvm_emulate_cpuid", "kvm", 39 },
	{ "gone_one", "", 10 },
	{ "same", "", 7 },
	{ "twin", "kvm", 5 },
	{ "twin", "kvm_amd", 4 },
};
static const struct made_function after[] = {
	{ "kvm_emulate_cpuid", "kvm", 46 }, { "same", "", 7 },	  { "twin", "kvm", 5 },
	{ "twin", "kvm_amd", 3 },	    { "new|one", "", 2 },
};

static char *copy(const char *text)
{
	char *made = strdup(text);

	assert_non_null(made);
	return made;
}

static void make_kernel(struct fpb_explained_kernel *kernel, const char *label,
			const struct made_function *made, size_t nr, uint64_t nested)
{
	struct fpb_attribution *a = &kernel->attribution;

	kernel->label = copy(label);
	kernel->nr_boots = 1;
	kernel->nr_operations = 3;
	a->operation = calloc(3, sizeof(*a->operation));
	a->function = calloc(nr, sizeof(*a->function));
	assert_non_null(a->operation);
	assert_non_null(a->function);
	a->nr_operations = a->nr_alike = 3;
	a->nr_functions = nr;
	a->nested_guest = a->total = nested;
	for (size_t i = 0; i < nr; i++) {
		a->function[i] = (struct fpb_function){ copy(made[i].name), copy(made[i].module),
							made[i].insn };
		a->total += made[i].insn;
	}
	kernel->counted = (double)a->total - 5;
	kernel->stacks.stack = calloc(2, sizeof(*kernel->stacks.stack));
	assert_non_null(kernel->stacks.stack);
	kernel->stacks.stack[0] = (struct fpb_stack){ copy("run"), nested };
	kernel->stacks.stack[1] = (struct fpb_stack){ copy(made[1].name), 3 };
	kernel->stacks.nr = 2;
}

static void make(struct fpb_explanation *e, size_t nr_kernels)
{
	*e = (struct fpb_explanation){ .row = copy("exit/cpuid@guest/ring0"),
				       .nr_kernels = nr_kernels };
	make_kernel(&e->kernel[0], "a", before, sizeof(before) / sizeof(before[0]), 7);
	if (nr_kernels == 1)
		return;
	make_kernel(&e->kernel[1], "b\x1b[2J", after, sizeof(after) / sizeof(after[0]), 9);
	assert_int_equal(fpb_explanation_compare(e), 0);
}

static char *written(int (*write)(const struct fpb_explanation *, FILE *),
		     const struct fpb_explanation *e)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(write(e, out), 0);
	fclose(out);
	/* Nothing that a terminal obeys. */
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= ' ');
	return text;
}

static void test_difference(void **state)
{
	static const struct {
		const char *name;
		uint64_t a, b;
	} expected[] = {
		{ "gone_one", 10, 0 },	    { "kvm_emulate_cpuid", 39, 46 },
		{ FPB_NESTED_GUEST, 7, 9 }, { "new|one", 0, 2 },
		{ "twin", 4, 3 },
	};
	struct fpb_explanation e;
	int64_t sum = 0;

	(void)state;
	make(&e, 2);
	assert_int_equal(e.nr_differences, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(e.difference[i].name, expected[i].name);
		assert_int_equal(e.difference[i].a, expected[i].a);
		assert_int_equal(e.difference[i].b, expected[i].b);
		sum += (int64_t)(e.difference[i].b - e.difference[i].a);
	}
	assert_string_equal(e.difference[4].module, "kvm_amd");
	assert_int_equal(sum,
			 (int64_t)(e.kernel[1].attribution.total - e.kernel[0].attribution.total));
	fpb_explanation_clear(&e);
}

static void test_adds_up(void **state)
{
	struct fpb_explained_kernel kernel = { .attribution.total = 2791, .counted = 2786 };

	(void)state;
	assert_true(fpb_explanation_adds_up(&kernel));
	kernel.counted = 2764;
	assert_true(fpb_explanation_adds_up(&kernel));
	kernel.counted = 2760;
	assert_false(fpb_explanation_adds_up(&kernel));
	kernel.counted = 2825;
	assert_false(fpb_explanation_adds_up(&kernel));
	/* The harness's loop is more than 1 % of a short row. */
	kernel = (struct fpb_explained_kernel){ .attribution.total = 21, .counted = 5 };
	assert_true(fpb_explanation_adds_up(&kernel));
	kernel.attribution.total = 22;
	assert_false(fpb_explanation_adds_up(&kernel));
}

static void expect_lines(const char *text, const char *const lines[])
{
	for (; *lines; lines++) {
		if (!strstr(text, *lines))
			fail_msg("\"%s\" is not in:\n%s", *lines, text);
	}
}

static void test_text(void **state)
{
	struct fpb_explanation e;
	char *text;

	(void)state;
	make(&e, 1);
	text = written(fpb_explain_text, &e);
	expect_lines(text,
		     (const char *const[]){
			     "exit/cpuid@guest/ring0: 72 instructions an operation, a\n",
			     "      39   54.2 %  kvm_emulate_cpuid  kvm\n",
			     "       7    9.7 %  nested guest", "      72  100.0 %  together\n",
			     "3 operations stepped, all alike. The lab counts 67", NULL });
	free(text);
	e.kernel[0].attribution.nr_alike = 1;
	e.kernel[0].nr_disturbed = 1;
	e.kernel[0].attribution.operation[1] =
		(struct fpb_operation){ .begin = 10, .end = 95, .is_disturbed = true };
	text = written(fpb_explain_text, &e);
	expect_lines(text,
		     (const char *const[]){ "1 disturbed by an interrupt or a fault",
					    "instructions of each: 0 85 (disturbed) 0\n", NULL });
	free(text);
	fpb_explanation_clear(&e);
	make(&e, 2);
	text = written(fpb_explain_text, &e);
	expect_lines(text, (const char *const[]){
				   "exit/cpuid@guest/ring0: +0 instructions an operation\n",
				   "\n1  a: 72\n", "\n2  b\\x1b[2J: 72\n",
				   "      39        46          +7        kvm_emulate_cpuid  kvm\n",
				   "      10         0         -10  gone  gone_one\n",
				   "       0         2          +2  new   new|one\n",
				   "      72        72          +0        together\n", NULL });
	free(text);
	fpb_explanation_clear(&e);
}

static void test_markdown(void **state)
{
	struct fpb_explanation e;
	char *text;

	(void)state;
	make(&e, 1);
	text = written(fpb_explain_markdown, &e);
	expect_lines(text, (const char *const[]){
				   "### `exit/cpuid@guest/ring0`: 72 instructions an operation\n",
				   "| 39 | 54.2 % | `kvm_emulate_cpuid` | `kvm` |\n",
				   "| 7 | 9.7 % | `same` |  |\n", NULL });
	free(text);
	fpb_explanation_clear(&e);
	make(&e, 2);
	text = written(fpb_explain_markdown, &e);
	expect_lines(text,
		     (const char *const[]){ "| 39 | 46 | +7 | `kvm_emulate_cpuid` | `kvm` |\n",
					    "| 10 | 0 | -10 (gone) | `gone_one` |  |\n",
					    "| 0 | 2 | +2 (new) | ", NULL });
	/* The bar in a name is none of the table's. */
	assert_null(strstr(text, "`new|one`"));
	free(text);
	fpb_explanation_clear(&e);
}

static void expect_integer(const json_t *object, const char *key, json_int_t value)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	assert_int_equal(json_integer_value(json_object_get(object, key)), value);
}

static void expect_words(const json_t *object, const char *key, const char *value)
{
	assert_string_equal(json_string_value(json_object_get(object, key)), value);
}

static void test_json(void **state)
{
	struct fpb_explanation e;
	const json_t *kernel, *item;
	json_t *json;
	char *text;

	(void)state;
	make(&e, 1);
	text = written(fpb_explain_json, &e);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(json_object_size(json), 4);
	assert_true(json_is_null(json_object_get(json, "difference")));
	expect_words(json, "row", "exit/cpuid@guest/ring0");
	expect_integer(json, "operations", 3);
	kernel = json_array_get(json_object_get(json, "kernels"), 0);
	assert_int_equal(json_object_size(kernel), 6);
	expect_words(kernel, "kernel", "a");
	expect_integer(kernel, "total", 72);
	expect_integer(kernel, "nested_guest", 7);
	expect_integer(kernel, "user", 0);
	expect_integer(kernel, "disturbed", 0);
	item = json_array_get(json_object_get(kernel, "functions"), 0);
	assert_int_equal(json_object_size(item), 3);
	expect_words(item, "function", "kvm_emulate_cpuid");
	expect_words(item, "module", "kvm");
	expect_integer(item, "insn", 39);
	json_decref(json);
	free(text);
	fpb_explanation_clear(&e);

	make(&e, 2);
	text = written(fpb_explain_json, &e);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	expect_integer(json, "operations", 6);
	assert_int_equal(json_array_size(json_object_get(json, "kernels")), 2);
	assert_int_equal(json_array_size(json_object_get(json, "difference")), 5);
	item = json_array_get(json_object_get(json, "difference"), 1);
	assert_int_equal(json_object_size(item), 3);
	expect_words(item, "function", "kvm_emulate_cpuid");
	expect_integer(item, "a", 39);
	expect_integer(item, "b", 46);
	json_decref(json);
	free(text);
	fpb_explanation_clear(&e);
}

static void test_folded(void **state)
{
	struct fpb_explanation e;
	char *text;

	(void)state;
	make(&e, 1);
	text = written(fpb_explain_folded, &e);
	assert_string_equal(text, "run 7\ngone_one 3\n");
	free(text);
	fpb_explanation_clear(&e);
	make(&e, 2);
	/* Sorted, as fpb_stacks_make() leaves them. */
	memcpy(e.kernel[0].stacks.stack[0].chain, "abc", 4);
	text = written(fpb_explain_folded, &e);
	assert_string_equal(text, "abc 7 0\ngone_one 3 0\nrun 0 9\nsame 0 3\n");
	free(text);
	fpb_explanation_clear(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_difference), cmocka_unit_test(test_adds_up),
		cmocka_unit_test(test_text),	   cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_json),	   cmocka_unit_test(test_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
