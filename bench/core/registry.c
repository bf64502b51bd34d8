// SPDX-License-Identifier: MIT
/* Compiled into the host and into the payload from the same list, so indices agree. */
#include "bench/bench.h"

#define FAMILY(name) extern const struct fpb_bench *const family_##name[];
#include "families.inc"
#undef FAMILY

#define FAMILY(name) family_##name,
static const struct fpb_bench *const *const families[] = {
#include "families.inc"
};
#undef FAMILY

#define NR_FAMILIES (sizeof(families) / sizeof(families[0]))

unsigned int fpb_nr_benches(void)
{
	unsigned int nr = 0;

	for (unsigned int f = 0; f < NR_FAMILIES; f++) {
		for (const struct fpb_bench *const *b = families[f]; *b; b++)
			nr++;
	}
	return nr;
}

const struct fpb_bench *fpb_bench_at(unsigned int index)
{
	for (unsigned int f = 0; f < NR_FAMILIES; f++) {
		for (const struct fpb_bench *const *b = families[f]; *b; b++) {
			if (index-- == 0)
				return *b;
		}
	}
	return NULL;
}
