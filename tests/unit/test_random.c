// SPDX-License-Identifier: MIT
/* test_random.c - the generator against the values of its published implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/stats/random.h"

/* Vigna's splitmix64.c from the seed 1234567. */
static void as_published(void **state)
{
	const uint64_t expected[] = { 6457827717110365317u, 3203168211198807973u,
				      9817491932198370423u, 4593380528125082431u,
				      16408922859458223821u };
	uint64_t seed = 1234567;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(random_next(&seed), expected[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
