/* SPDX-License-Identifier: MIT */
/* comparison.h - what comparing two reports comes to; for whoever prints it. */
#ifndef BENCH_REPORT_COMPARISON_H
#define BENCH_REPORT_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/environment_diff.h"
#include "bench/report/policy.h"
#include "bench/report/run_values.h"
#include "bench/stats/judge.h"

/* A row that both reports have. */
struct fpb_metric {
	const struct fpb_value_row *base, *new; /* borrowed from the sides; same id and unit */
	bool is_gated;				/* tagged, or named by the filter */
	bool is_deterministic;			/* of an engine whose boots can be identical */
	size_t nr_base, nr_new;			/* runs compared; where paired, pairs */
	const struct fpb_acceptance *accepted;	/* its limit holds for the row, or NULL */
	struct fpb_judgement judgement;
};

/* A row that one of the reports lacks. */
struct fpb_lone_row {
	const struct fpb_value_row *row; /* borrowed from the side that has it */
	char *why;	 /* lost rows: "skipped as cpu-lacks: ..", "failed: ..", "not measured" */
	bool is_allowed; /* lost rows: by the policy */
};

struct fpb_comparison {
	/* If one is refused there is nothing else here. */
	struct fpb_differences differences;
	bool is_paired;
	/* Regressions first, the largest before all others; then what is inconclusive,
	 * improvements, what passed, what is not gated; in each by name. */
	struct fpb_metric *metric;
	size_t nr_metrics;
	size_t nr_verdict[FPB_VERDICT_NOT_GATED + 1]; /* metrics with that verdict */
	struct fpb_lone_row *lost, *gained;
	size_t nr_lost, nr_gained, nr_lost_refused; /* refused: not allowed */
	/*
	 * Of the whole, if comparable: a regression or a loss that is not allowed; else
	 * INCONCLUSIVE if any row is, or if not one was judged; else an improvement; else PASS.
	 */
	enum fpb_verdict verdict;
};

static inline bool fpb_comparison_is_comparable(const struct fpb_comparison *comparison)
{
	return !comparison->differences.nr_refused;
}

/* fpb_verdict_name(), or "incomparable". */
const char *fpb_comparison_verdict_name(const struct fpb_comparison *comparison);

/* How many runs a side more decide all that is inconclusive, as far as can be told; 0: none. */
size_t fpb_comparison_runs_needed(const struct fpb_comparison *comparison);

void fpb_comparison_clear(struct fpb_comparison *comparison);

#endif
