/* SPDX-License-Identifier: MIT */
/*
 * sensitivity.h - of each cost that nobody measured, or only something near it: what hangs on it?
 *
 * One cost at a time is put at the ends of its interval, the others at their points; and, to see what
 * measuring it would settle, at its point with the others free in their intervals. What differs by
 * FPB_NEGLIGIBLE_CYC or less is taken for equal.
 */
#ifndef BENCH_MODEL_SENSITIVITY_H
#define BENCH_MODEL_SENSITIVITY_H

#include "bench/model/compare.h"

struct fpb_sensitivity {
	size_t best_at_low, best_at_high; /* of the accounts: the cheapest with the cost there */
	size_t nr_settled; /* pairs in doubt now, that would not be if the cost were known */
	double swing;	   /* cycles a second, the most that it moves any difference to the best */
	enum fpb_cost cost;
	bool changes_best;  /* at either end it is another than at the point */
	bool changes_order; /* at either end some two change places, both not by a trifle */
};

/*
 * Of the costs that are assumed or have a stand-in, and that tell any two of the accounts apart, those that matter most first;
 * out has room for FPB_NR_COSTS. Returns their number.
 */
size_t fpb_sensitivities(const struct fpb_account *accounts, size_t nr,
			 const struct fpb_costs *costs, struct fpb_sensitivity *out);

#endif
