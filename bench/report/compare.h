/* SPDX-License-Identifier: MIT */
/*
 * compare.h - two reports to verdicts.
 *
 * The environments are compared first; where they refuse, nothing else is. Two reports of one
 * session in the order "abba" are paired by run, of runs that both have; all others are unpaired.
 */
#ifndef BENCH_REPORT_COMPARE_H
#define BENCH_REPORT_COMPARE_H

#include "bench/report/comparison.h"
#include "bench/report/side.h"

struct fpb_compare_request {
	const char *const *allowed_keys;  /* as in struct fpb_difference_request */
	const struct fpb_pattern *filter; /* NULL: all rows, of which those tagged are judged;
					   * otherwise those that match, all of them judged */
	double delta;			  /* fraction; NaN: 1 %, or what the row's noise asks for.
					   * Not for rows compared exactly */
	const struct fpb_report *noise;	  /* floors of rows that base has none of; may be NULL */
	const struct fpb_policy *policy;  /* may be NULL */
	const char *today;		  /* YYYY-MM-DD, for the policy's acceptances */
};

/*
 * 0, whatever is found; -ENOENT: the filter matches nothing in either report; -EINVAL: the values
 * cannot be compared; -ENOMEM. *out is overwritten, lives no longer than sides and policy, and is
 * for fpb_comparison_clear() in any case.
 */
int fpb_compare(const struct fpb_side *base, const struct fpb_side *new,
		const struct fpb_compare_request *request, struct fpb_comparison *out,
		struct fpb_problem *problem) __attribute__((warn_unused_result));

#endif
