// SPDX-License-Identifier: MIT
/* test_symbols.c - the lines of /proc/kallsyms, well-formed and hostile, and finding in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/attribution/symbols.h"

static int parse(const char *text, struct fpb_symbols *symbols, struct fpb_problem *problem)
{
	*problem = (struct fpb_problem){ 0 };
	return fpb_symbols_parse(text, strlen(text), symbols, problem);
}

static void expect_refused(const char *text, int code, const char *words)
{
	struct fpb_symbols symbols;
	struct fpb_problem problem;

	assert_int_equal(parse(text, &symbols, &problem), code);
	assert_null(symbols.symbol);
	assert_int_equal(symbols.nr, 0);
	if (!strstr(problem.text, words))
		fail_msg("\"%s\": \"%s\" lacks \"%s\"", text, problem.text, words);
}

static void expect_found(const struct fpb_symbols *symbols, uint64_t address, const char *name)
{
	const struct fpb_symbol *symbol = fpb_symbols_find(symbols, address);

	if (!name) {
		assert_null(symbol);
		return;
	}
	assert_non_null(symbol);
	assert_string_equal(symbol->name, name);
}

static void test_find(void **state)
{
	struct fpb_symbols symbols;
	struct fpb_problem problem;

	(void)state;
	/* Modules come last and may lie below; the last line without a newline. */
	assert_int_equal(parse("ffffffff81000000 T _text\n"
			       "ffffffff81000100 t second\n"
			       "ffffffff81000100 t a_local_alias\n"
			       "ffffffff81000100 W zz_global\n"
			       "ffffffff81000180 T third\n"
			       "ffffffff80000000 t in_module\t[kvm_amd]\n"
			       "ffffffff80000040 t other\t[kvm]",
			       &symbols, &problem),
			 0);
	assert_int_equal(symbols.nr, 5);
	expect_found(&symbols, 0, NULL);
	expect_found(&symbols, 0xffffffff7fffffff, NULL);
	expect_found(&symbols, 0xffffffff80000000, "in_module");
	expect_found(&symbols, 0xffffffff8000003f, "in_module");
	expect_found(&symbols, 0xffffffff80000040, "other");
	expect_found(&symbols, 0xffffffff810000ff, "_text");
	/* Of those at one address a global one, whatever the order of the names. */
	expect_found(&symbols, 0xffffffff81000100, "zz_global");
	expect_found(&symbols, 0xffffffff8100017f, "zz_global");
	expect_found(&symbols, 0xffffffff81000180, "third");
	expect_found(&symbols, 0xffffffff81000180 + FPB_FUNCTION_MAX_BYTES - 1, "third");
	expect_found(&symbols, 0xffffffff81000180 + FPB_FUNCTION_MAX_BYTES, NULL);
	expect_found(&symbols, UINT64_MAX, NULL);
	assert_string_equal(fpb_symbols_find(&symbols, 0xffffffff80000000)->module, "kvm_amd");
	assert_string_equal(fpb_symbols_find(&symbols, 0xffffffff81000000)->module, "");
	fpb_symbols_clear(&symbols);
	fpb_symbols_clear(&symbols);
	assert_null(fpb_symbols_find(&symbols, 0xffffffff81000000));
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused("", -EINVAL, "CONFIG_KALLSYMS");
	expect_refused("\n\n", -EINVAL, "CONFIG_KALLSYMS");
	expect_refused("0000000000000000 T a\n0000000000000000 t b\t[kvm]\n", -EINVAL,
		       "kptr_restrict");
	expect_refused("ffffffff81000000 T a\nnonsense\n", -EINVAL, "line 2");
	expect_refused(" T a\n", -EINVAL, "address");
	expect_refused("fffffffff81000000 T a\n", -EINVAL, "address");
	expect_refused("0xffffffffffffffff T a\n", -EINVAL, "address");
	expect_refused("ffffffff81000000", -EINVAL, "address");
	expect_refused("ffffffff81000000 ", -EINVAL, "symbol of code");
	expect_refused("ffffffff81000000 T", -EINVAL, "symbol of code");
	expect_refused("ffffffff81000000 D data\n", -EINVAL, "symbol of code");
	expect_refused("ffffffff81000000 T \n", -EINVAL, "a name");
	expect_refused("ffffffff81000000 T a b\n", -EINVAL, "a name");
	expect_refused("ffffffff81000000 T \t[kvm]\n", -EINVAL, "a name");
	expect_refused("ffffffff81000000 T a\tkvm\n", -EINVAL, "[MODULE]");
	expect_refused("ffffffff81000000 T a\t[]\n", -EINVAL, "[MODULE]");
	expect_refused("ffffffff81000000 T a\t[kvm\n", -EINVAL, "[MODULE]");
}

static void test_nul(void **state)
{
	static const char text[] = "ffffffff81000000 T a\0b\n";
	struct fpb_problem problem = { 0 };
	struct fpb_symbols symbols;

	(void)state;
	assert_int_equal(fpb_symbols_parse(text, sizeof(text) - 1, &symbols, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "NUL"));
	/* Nothing behind the end is read. */
	assert_int_equal(fpb_symbols_parse(text, 20, &symbols, &problem), 0);
	assert_string_equal(symbols.symbol[0].name, "a");
	fpb_symbols_clear(&symbols);
}

static void test_too_long(void **state)
{
	char line[2 * FPB_SYMBOL_MAX_BYTES];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "ffffffff81000000 T ", 19);
	line[sizeof(line) - 1] = '\0';
	expect_refused(line, -EFBIG, "line 1");
	line[FPB_SYMBOL_MAX_BYTES + 1] = '\0';
	expect_refused(line, -EFBIG, "line 1");
}

static void test_too_many(void **state)
{
	const size_t bytes = 6, nr = FPB_SYMBOLS_MAX + 1;
	char *text = malloc(nr * bytes + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < nr; i++)
		memcpy(text + i * bytes, "1 T a\n", bytes);
	text[nr * bytes] = '\0';
	expect_refused(text, -EFBIG, "more than 2000000 symbols");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	 cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul),	 cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
