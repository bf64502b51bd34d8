/* SPDX-License-Identifier: MIT */
/* compare_priv.h - the steps of compare.c; for compare.c and compare_join.c only. */
#ifndef BENCH_REPORT_COMPARE_PRIV_H
#define BENCH_REPORT_COMPARE_PRIV_H

#include <errno.h>

#include "bench/report/compare.h"

/* What all steps share. */
struct fpb_comparing {
	const struct fpb_side *base, *new;
	const struct fpb_compare_request *request;
	struct fpb_comparison *out;
	struct fpb_problem *problem;
	json_t *floors;	  /* NAME@SUBSTRATE -> fraction */
	double *value;	  /* of all contests, one after the other */
	size_t nr_values; /* of them in use */
	struct fpb_contest *contest;
	struct fpb_judgement *judgement;
	size_t *metric; /* number of the metric that contest i is about */
	size_t nr_contests;
};

/* -ENOMEM, said so in the problem. */
static inline int no_memory(const struct fpb_comparing *c)
{
	return fpb_problem_set(c->problem, ENOMEM, "", "comparison: out of memory");
}

/* Whether the filter lets the row through. */
static inline bool is_wanted(const struct fpb_comparing *c, const char *id)
{
	return !c->request->filter || fpb_pattern_matches(c->request->filter, id);
}

/*
 * Both sides' rows, matched: fills metrics, lost and gained rows of the comparison, and a contest
 * for each metric that can be judged. 0 or -ENOMEM.
 */
int fpb_compare_join(struct fpb_comparing *c) __attribute__((warn_unused_result));

#endif
