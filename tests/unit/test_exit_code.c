// SPDX-License-Identifier: MIT
/* test_exit_code.c - of two codes that hold, the one that counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/cli/exit_code.h"

static void test_first(void **state)
{
	/* As the contract has them: usage, incomparable, unfit, regression, inconclusive, fine. */
	static const enum exit_code order[] = { 2, 5, 4, 1, 3, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (size_t j = i; j < sizeof(order) / sizeof(order[0]); j++) {
			assert_int_equal(exit_code_first(order[i], order[j]), order[i]);
			assert_int_equal(exit_code_first(order[j], order[i]), order[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_first) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
