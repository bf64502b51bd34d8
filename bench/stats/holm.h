/* SPDX-License-Identifier: MIT */
/*
 * holm.h - p values of several metrics, corrected for there being several.
 *
 * Holm 1979, Scand. J. Statist. 6:65: of m values in ascending order, the i-th (from 0) is
 * multiplied by m - i, made no smaller than the one before, and capped at 1. Calling different what
 * is then below a level errs on any metric at all with at most that probability, however the
 * metrics depend on each other.
 */
#ifndef BENCH_STATS_HOLM_H
#define BENCH_STATS_HOLM_H

#include <stddef.h>

/* adjusted[nr] of p[nr], in the same order. 0; -EINVAL if a p is not in [0, 1]; -ENOMEM. */
int fpb_holm(const double *p, size_t nr, double *adjusted) __attribute__((warn_unused_result));

#endif
