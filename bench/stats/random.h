/* SPDX-License-Identifier: MIT */
/* random.h - numbers drawn from a recorded seed, the same wherever they are drawn. */
#ifndef BENCH_STATS_RANDOM_H
#define BENCH_STATS_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014): nothing drawn may depend on the C library. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

#endif
