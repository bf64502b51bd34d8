// SPDX-License-Identifier: MIT
#include "bench/core/abba.h"

#include "bench/stats/random.h"

/* Fisher-Yates; the modulo's bias is below 2^-50 for any number of variants. */
static void draw_round(uint64_t *state, unsigned int nr, struct fpb_turn *turns)
{
	for (unsigned int i = 0; i < nr; i++)
		turns[i].variant = i;
	for (unsigned int i = nr; i > 1; i--) {
		unsigned int j = (unsigned int)(random_next(state) % i);
		struct fpb_turn other = turns[j];

		turns[j] = turns[i - 1];
		turns[i - 1] = other;
	}
}

void fpb_abba(uint64_t seed, unsigned int nr_variants, unsigned int nr_rounds,
	      struct fpb_turn *turns)
{
	for (unsigned int round = 0; round < nr_rounds; round++) {
		struct fpb_turn *now = turns + (size_t)round * nr_variants;

		if (round % 2 == 0)
			draw_round(&seed, nr_variants, now);
		for (unsigned int i = 0; i < nr_variants; i++) {
			if (round % 2)
				now[i].variant = (now - 1 - i)->variant;
			now[i].round = round;
		}
	}
}
