/* SPDX-License-Identifier: MIT */
/*
 * interval.h - the 95 % interval of a difference, from the relabellings that test it.
 *
 * The typical value of a relabelling is the mean difference (new - base) over what it changes: the
 * pairs that it exchanges, or the runs that it moves. If `new` is really shifted by t, then a
 * relabelling turns out at least as far up as what happened exactly when its typical value is at
 * most t. So the shifts that the permutation test does not reject at 2.5 % on either side are those
 * between two order statistics of the typical values (Hartigan 1969, JASA 64:1303, paired; Bauer
 * 1972, JASA 67:687, unpaired; for relabellings drawn at random, Garthwaite 1996, Biometrics
 * 52:1387, and Hemerik & Goeman 2018, TEST 27:811).
 *
 * This, and not a bootstrap: it holds what it promises for any number of runs, it agrees with the
 * test, and it stays defined where the runs do not vary. Percentile and BCa bootstraps of 6 to 24
 * values are too narrow, and percentile-t divides by the spread.
 */
#ifndef BENCH_STATS_INTERVAL_H
#define BENCH_STATS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/* Both NaN where unknown. */
struct fpb_interval {
	double low, high;
};

bool fpb_interval_is_known(const struct fpb_interval *interval);

/*
 * Of `nr` typical values, in any order and left in another; nr_identities relabellings were drawn
 * that have none, besides the one that happened. Unknown if there are too few for 95 %: fewer
 * than 6 pairs, or 40 splits (4 against 4 runs are 70).
 */
struct fpb_interval fpb_interval_from_typical(double *typical, size_t nr, size_t nr_identities);

#endif
