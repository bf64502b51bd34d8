/* SPDX-License-Identifier: MIT */
/*
 * changepoint.h - at which builds of a series did a figure change?
 *
 * E-divisive (Matteson & James 2014, JASA 109:334): where the energy distance (alpha = 1) between
 * what comes before a point and what follows it is greatest, over all points and all ends of what
 * follows, there may be a change. Whether there is, a permutation test says: the values are
 * shuffled within the segments found so far, with a fixed seed, and the greatest distance of each
 * shuffle is held against the one seen. Each change found splits a segment, and the search goes on
 * until one is not significant. It assumes no distribution and finds changes of level and spread.
 */
#ifndef BENCH_STATS_CHANGEPOINT_H
#define BENCH_STATS_CHANGEPOINT_H

#include <stddef.h>

/* A segment has at least this many values; a lone outlier is none. */
#define FPB_SEGMENT_LEAST ((size_t)2)

struct fpb_changepoint {
	size_t index;	      /* of the first value after the change */
	double before, after; /* medians of the segments on either side */
	double p;
};

/*
 * values[nr] in the order of the builds. A change is reported if p <= level, which is in (0, 1);
 * where many series are searched, divide it by their number. found[nr / FPB_SEGMENT_LEAST] gets
 * *nr_found changes, in ascending order of index. 0; -EINVAL for values that are not finite or too
 * far apart for a double to hold the distance; -ENOMEM.
 */
int fpb_changepoints(const double *values, size_t nr, double level, struct fpb_changepoint *found,
		     size_t *nr_found) __attribute__((warn_unused_result));

/*
 * A step of values that otherwise do not vary is the surest change there can be; of all orders of
 * nr values with k of them on one side of it, 2 in C(nr, k) are as extreme, which is its p. The
 * least k >= FPB_SEGMENT_LEAST, and so the fewest values that must lie on either side of a step,
 * with which that p is within the level; 0: in so few values no step can be found.
 */
size_t fpb_changepoint_least_side(size_t nr, double level);
/* The least nr for which that is not 0. level in (0, 1). Of 0.05 it is 8. */
size_t fpb_changepoint_values_needed(double level);

#endif
