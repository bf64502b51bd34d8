/* SPDX-License-Identifier: MIT */
/*
 * compare.h - accounts at their costs: totals, and differences in which common costs cancel.
 *
 * An interval is exact over all costs within theirs, each varied by itself: outside of it no choice
 * of costs leads. Costs that were counted in instructions vary together with the cycles per
 * instruction, which is one cost for all. So a difference is certain when its interval excludes 0,
 * though the intervals of the two totals may overlap widely.
 */
#ifndef BENCH_MODEL_COMPARE_H
#define BENCH_MODEL_COMPARE_H

#include "bench/model/account.h"

struct fpb_amount {
	double value, low, high; /* low <= value <= high, up to rounding */
};

/* All terms of an account together, operations of each cost a second; minus those of another. */
void fpb_account_sum(const struct fpb_account *account, double per_second[FPB_NR_COSTS]);
void fpb_account_minus(const struct fpb_account *a, const struct fpb_account *b,
		       double per_second[FPB_NR_COSTS]);

/* Cycles a second; `bytes` costs must have no operations. */
struct fpb_amount fpb_amount_of(const double per_second[FPB_NR_COSTS],
				const struct fpb_costs *costs);
struct fpb_amount fpb_amount_total(const struct fpb_account *account,
				   const struct fpb_costs *costs);
struct fpb_amount fpb_amount_term(const struct fpb_account *account, enum fpb_term term,
				  const struct fpb_costs *costs);
struct fpb_amount fpb_amount_difference(const struct fpb_account *a, const struct fpb_account *b,
					const struct fpb_costs *costs);

/* Cycles a second that nobody would miss: a ten-thousandth of a core of 2 GHz. */
#define FPB_NEGLIGIBLE_CYC 200000.0

enum fpb_order {
	FPB_ORDER_SAME,	      /* the same operations: no cost tells them apart */
	FPB_ORDER_NEGLIGIBLE, /* whatever it is, it is no more than FPB_NEGLIGIBLE_CYC */
	FPB_ORDER_UNKNOWN,    /* it may be negligible, or the other way round, and it may be more */
	FPB_ORDER_LESS,	      /* certainly cheaper, and by more than is negligible */
	FPB_ORDER_MORE
};

/* What a difference, first minus second, says of the first. */
enum fpb_order fpb_order_of(const struct fpb_amount *difference);

/* Whether the interval of a difference, however small, excludes 0. */
bool fpb_sign_is_certain(const struct fpb_amount *difference);

#endif
