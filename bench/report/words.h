/* SPDX-License-Identifier: MIT */
/*
 * words.h - verdicts in words, the same in every format that people read.
 *
 * Each function gives one line of plain text for the caller to free, or NULL without memory. What
 * stands in it from reports and policies is escaped by whoever prints it.
 */
#ifndef BENCH_REPORT_WORDS_H
#define BENCH_REPORT_WORDS_H

#include "bench/report/comparison.h"

/* "slower by 2.1 % [1.4, 2.8], Holm p=0.004, limit 1 %"; in square brackets the 95 % interval. */
char *fpb_words_of_metric(const struct fpb_metric *metric);
/* "703.2 -> 718.1 cyc" */
char *fpb_words_of_values(const struct fpb_metric *metric);
/* "lost: skipped as cpu-lacks: ..", with " (allowed)" where it is. */
char *fpb_words_of_loss(const struct fpb_lone_row *lost);
/* "2 rows slower or larger, 1 lost, 37 pass". */
char *fpb_words_of_whole(const struct fpb_comparison *comparison);
/* How the runs were held against each other. */
const char *fpb_words_of_design(const struct fpb_comparison *comparison);

#endif
