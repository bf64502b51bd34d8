/* SPDX-License-Identifier: MIT */
/*
 * break_even.h - from which rate on one design is cheaper than another.
 *
 * Operations are affine in every rate, the others being what the workload says; so a pair has at most
 * one break-even point by rate. Each is found by solving and confirmed by evaluating both sides.
 */
#ifndef BENCH_MODEL_BREAK_EVEN_H
#define BENCH_MODEL_BREAK_EVEN_H

#include "bench/model/compare.h"

/* A rate that can be varied; its values lie between 0 and `to`. */
struct fpb_parameter {
	const char *name; /* that of the workload's key; "exits_per_second": all, their mix kept */
	double to;
};

#define FPB_NR_PARAMETERS 6

extern const struct fpb_parameter fpb_parameters[FPB_NR_PARAMETERS];

/* FPB_NR_PARAMETERS if there is none of that name. */
size_t fpb_parameter_find(const char *name);

/*
 * Sets it. false: it means nothing to this guest (XFD writes of one that does not know XFD), or the
 * workload would contradict itself.
 */
bool fpb_parameter_set(size_t parameter, double value, struct fpb_workload *workload);

struct fpb_break_even {
	size_t a, b; /* of fpb_designs; a is the cheaper below the point, b above */
	size_t parameter;
	double value;	  /* at the costs' points */
	double low, high; /* the order is certain outside; NaN: on that side it never is */
};

/*
 * Whether the two have such a point within (0, to) of the parameter. The order in which they are
 * given does not matter.
 */
bool fpb_break_even_find(size_t design, size_t other, size_t parameter,
			 const struct fpb_workload *workload, const struct fpb_costs *costs,
			 struct fpb_break_even *out);

/* Of a map: which of some designs is the cheapest there, and whether that is certain. */
struct fpb_map_cell {
	size_t winner; /* of fpb_designs */
	bool is_clear; /* cheaper than all others, whatever the costs in their intervals */
};

/*
 * A map of XFD writes a second (nr_x values) by exits a second (nr_y): cells[y * nr_x + x]. The
 * guest is that of the workload, with these two rates. 0; -EINVAL: no designs, or a rate that
 * the workload cannot have (fpb_parameter_set()).
 */
int fpb_break_even_map(const struct fpb_workload *workload, const struct fpb_costs *costs,
		       const size_t *designs, size_t nr_designs, const double *xfd_writes,
		       size_t nr_x, const double *exits, size_t nr_y, struct fpb_map_cell *cells)
	__attribute__((warn_unused_result));

#endif
