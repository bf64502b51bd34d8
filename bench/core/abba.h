/* SPDX-License-Identifier: MIT */
/*
 * abba.h - in which order variants take turns, so that a drift of the machine falls on all alike.
 *
 * Rounds come in pairs: a random order of the variants, then its mirror image. With two variants
 * that is ABBA or BAAB.
 */
#ifndef BENCH_CORE_ABBA_H
#define BENCH_CORE_ABBA_H

#include <stddef.h>
#include <stdint.h>

/* One turn: `variant` is measured for its run `round`. */
struct fpb_turn {
	unsigned int variant, round;
};

/* Fills turns[nr_variants * nr_rounds], a function of the seed alone. */
void fpb_abba(uint64_t seed, unsigned int nr_variants, unsigned int nr_rounds,
	      struct fpb_turn *turns);

#endif
