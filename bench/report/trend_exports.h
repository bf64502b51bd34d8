/* SPDX-License-Identifier: MIT */
/* trend_exports.h - a trend in the formats that people and programs read. */
#ifndef BENCH_REPORT_TREND_EXPORTS_H
#define BENCH_REPORT_TREND_EXPORTS_H

#include <stdio.h>

#include "bench/report/trend.h"

/* Of a trend that was searched. `width` is the terminal's, 0 if none. 0, -ENOMEM or -EIO. */
typedef int fpb_trend_exporter(const struct fpb_trend *trend, FILE *out, unsigned width);

/* The builds, every series with its changes, what is missing, and how many did not change. */
fpb_trend_exporter fpb_trend_export_text __attribute__((warn_unused_result));

/* One object; its members are those of the interface (docs/trend.md). */
fpb_trend_exporter fpb_trend_export_json __attribute__((warn_unused_result));

/*
 * What the search could have found at all, on one line for the caller to free: how many series,
 * at which level, and how many reports a step needs on either side. NULL without memory. Only
 * where nr_searched.
 */
char *fpb_trend_words_of_search(const struct fpb_trend *trend);

/* Whether a step of any size could be found in any series: exactly, or at the level. */
bool fpb_trend_can_find(const struct fpb_trend *trend);

#endif
