/* SPDX-License-Identifier: MIT */
/* ab_design.h - how many pairs of runs a comparison of two variants takes. Pure. */
#ifndef BENCH_CLI_AB_DESIGN_H
#define BENCH_CLI_AB_DESIGN_H

#include "bench/core/capabilities.h"

/*
 * Rows that can run under both capabilities and will be judged: those tagged for it, or all if they
 * were chosen by a filter. At most as many are, since the values of a row decide too.
 */
size_t ab_count_judged(const struct fpb_rows *rows, const struct fpb_capabilities *a,
		       const struct fpb_capabilities *b, bool is_filtered);

/* With fewer pairs no difference among that many rows, however large, could be told. */
unsigned int ab_fewest_pairs(size_t nr_judged);

/* Two more: with the fewest a single pair that points the other way would hide the rest. */
unsigned int ab_default_pairs(size_t nr_judged);

#endif
