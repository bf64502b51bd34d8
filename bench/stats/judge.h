/* SPDX-License-Identifier: MIT */
/*
 * judge.h - all rows of a comparison to verdicts.
 *
 * Each row is tested by its runs (permutation.h); the gated ones are corrected together by Holm's
 * method; verdict.h says what the figures mean. A row that is not gated is tested all the same, for
 * information: its verdict is NOT_GATED and its p_holm NaN. So are, though gated,
 *
 * - a row with a run value <= 0, which has no logarithm: its ratio, interval and p are NaN;
 * - a row of a deterministic engine whose boots of one build differ, with too few boots to flag.
 *
 * A row of a deterministic engine that is the same in all boots of each build is compared exactly
 * and is none of the metrics that the correction counts.
 */
#ifndef BENCH_STATS_JUDGE_H
#define BENCH_STATS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/stats/interval.h"
#include "bench/stats/verdict.h"

/* One row of both reports. */
struct fpb_contest {
	const double *base, *new; /* a value per run; where paired, in the order of the pairs */
	size_t nr_base, nr_new;	  /* at least 1 each; where paired, equal */
	bool is_gated;
	bool is_deterministic; /* of an engine whose boots can be identical */
	double noise_floor;    /* fraction, or NaN: unknown */
	double delta;	       /* fraction, set by the user or a policy; NaN: fpb_delta(), and 0 for
				* an exact row */
};

struct fpb_judgement {
	double base, new; /* medians over the runs */
	double ratio;	  /* exp of the mean log difference; exact rows new / base; else NaN */
	struct fpb_interval ci; /* 95 % interval of the ratio; unknown: NaN */
	double p, p_holm;	/* NaN: there is none */
	double delta;		/* as applied */
	size_t runs_needed;	/* if inconclusive: how many runs a side more; else 0 */
	bool is_exact;		/* compared exactly, as a deterministic row */
	enum fpb_verdict verdict;
};

/*
 * contest[nr] to judgement[nr]. 0; -EINVAL if a value is not finite, a row has no runs, or a paired
 * one unequally many; -ERANGE if a ratio is beyond a double; -ENOMEM. Then nothing is to be read
 * from judgement.
 */
int fpb_judge_all(const struct fpb_contest *contest, size_t nr, bool is_paired,
		  struct fpb_judgement *judgement) __attribute__((warn_unused_result));

#endif
