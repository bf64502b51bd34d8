/* SPDX-License-Identifier: MIT */
/*
 * relabel.h - relabellings of the runs of a design, in blocks, the same for all rows.
 *
 * A relabelling is the set of values that change their label: the pairs that are exchanged, or the
 * runs that change sides (as many of each side as of the other where the sides are equal). The
 * first block holds all of them but the identity where that fits; otherwise each block holds as
 * many as were drawn, uniformly and with replacement, from a fixed seed.
 */
#ifndef BENCH_STATS_RELABEL_H
#define BENCH_STATS_RELABEL_H

#include <stdint.h>

#include "bench/stats/design.h"

/* 2^12 less the identity: all relabellings of 12 pairs. */
#define FPB_BLOCK_RELABELLINGS 4095

struct fpb_relabel_block {
	size_t nr_identities; /* drawn, but changing nothing: not among those held below */
	size_t nr;
	/* mask[b * FPB_BLOCK_RELABELLINGS + i]: byte b of relabelling i; bit v % 8 of byte v / 8 is
	 * set if value v changes its label. Unpaired, the values of base come first. */
	unsigned char *mask;
	/* Of each relabelling, 1 / (pairs exchanged, or runs that moved from base to new). */
	double share[FPB_BLOCK_RELABELLINGS];
};

struct fpb_relabellings {
	struct fpb_design design;
	size_t nr_bytes; /* of a mask */
	bool is_complete;
	struct fpb_relabel_block **block;
	size_t nr_blocks;
	uint64_t random;
	size_t *order; /* to draw from: the values' numbers */
};

/* With the first block. 0 or -ENOMEM; *r is for fpb_relabel_clear() in any case. */
int fpb_relabel_init(struct fpb_relabellings *r, const struct fpb_design *design)
	__attribute__((warn_unused_result));
/* Draws one block more; not if complete. 0 or -ENOMEM. */
int fpb_relabel_extend(struct fpb_relabellings *r) __attribute__((warn_unused_result));
void fpb_relabel_clear(struct fpb_relabellings *r);

/*
 * sum[i] = sum of value[v] over those that change their label in relabelling i of the block.
 */
void fpb_relabel_sums(const struct fpb_relabellings *r, const struct fpb_relabel_block *block,
		      const double *value, double *sum);

#endif
