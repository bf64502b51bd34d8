/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - one row's figures to one word.
 *
 * Fractions throughout: a delta of 0.01 is 1 %. A row is dearer if its ratio is above 1.
 */
#ifndef BENCH_STATS_VERDICT_H
#define BENCH_STATS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/stats/interval.h"

enum fpb_verdict {
	FPB_VERDICT_PASS,
	FPB_VERDICT_REGRESSION,
	FPB_VERDICT_IMPROVEMENT,
	FPB_VERDICT_INCONCLUSIVE,
	FPB_VERDICT_NOT_GATED,
};

/* "pass", "regression", "improvement", "inconclusive", "not-gated". */
const char *fpb_verdict_name(enum fpb_verdict verdict);

/*
 * What is too small to matter: 1 %, or 3 noise floors / sqrt(runs) if that is more. The floor (as
 * in a report's noise_floor) may be NaN: unknown.
 */
double fpb_delta(double noise_floor, size_t nr_runs);

struct fpb_grounds {
	bool can_flag;		   /* could the plan have called the row different at all? */
	double p_holm;		   /* corrected for the number of metrics */
	struct fpb_interval ratio; /* 95 % interval of new / base */
	double delta;
};

/*
 * REGRESSION if p_holm is below 0.05 and the interval lies wholly above 1 + delta; else IMPROVEMENT
 * if p_holm is below 0.05 and it lies wholly below 1 - delta; else PASS if it lies wholly below
 * 1 + delta; else INCONCLUSIVE. INCONCLUSIVE in any case if the plan cannot flag, or the interval
 * is unknown: what could not have been found was not looked for.
 */
enum fpb_verdict fpb_judge(const struct fpb_grounds *grounds);

/*
 * Of a row that is the same in all boots of each build: cost per operation, in instructions. One
 * instruction more is a REGRESSION unless it is within `allowed`, a fraction of base; one less an
 * IMPROVEMENT.
 */
enum fpb_verdict fpb_judge_exact(double base_insn, double new_insn, double allowed);

#endif
