// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/core/abba.h"

#define NR_VARIANTS 3
#define NR_ROUNDS   5

static void every_variant_once_a_round(void **state)
{
	struct fpb_turn turns[NR_VARIANTS * NR_ROUNDS];

	(void)state;
	fpb_abba(7, NR_VARIANTS, NR_ROUNDS, turns);
	for (unsigned int round = 0; round < NR_ROUNDS; round++) {
		unsigned int seen = 0;

		for (unsigned int i = 0; i < NR_VARIANTS; i++) {
			const struct fpb_turn *turn = &turns[round * NR_VARIANTS + i];

			assert_int_equal(turn->round, round);
			seen |= 1u << turn->variant;
		}
		assert_int_equal(seen, (1u << NR_VARIANTS) - 1);
	}
}

static void every_second_round_mirrors_the_one_before(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct fpb_turn turns[NR_VARIANTS * 4];

		fpb_abba(seed, NR_VARIANTS, 4, turns);
		for (unsigned int first = 0; first < 12; first += 6) {
			for (unsigned int i = 0; i < 6; i++)
				assert_int_equal(turns[first + i].variant,
						 turns[first + 5 - i].variant);
		}
	}
}

/* Neither variant always comes first. */
static void pairs_start_with_either(void **state)
{
	unsigned int nr_first[2] = { 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct fpb_turn turns[4];

		fpb_abba(seed, 2, 2, turns);
		nr_first[turns[0].variant]++;
	}
	assert_in_range(nr_first[0], 60, 140);
}

static void order_is_of_the_seed(void **state)
{
	struct fpb_turn a[40], b[40];
	unsigned int nr_different = 0;

	(void)state;
	fpb_abba(1, 2, 20, a);
	fpb_abba(1, 2, 20, b);
	assert_memory_equal(a, b, sizeof(a));
	fpb_abba(2, 2, 20, b);
	for (unsigned int i = 0; i < 40; i++)
		nr_different += a[i].variant != b[i].variant;
	assert_true(nr_different > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_once_a_round),
		cmocka_unit_test(every_second_round_mirrors_the_one_before),
		cmocka_unit_test(pairs_start_with_either),
		cmocka_unit_test(order_is_of_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
