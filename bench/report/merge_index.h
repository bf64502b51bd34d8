/* SPDX-License-Identifier: MIT */
/* merge_index.h - what a report holds, found by name; for merge.c only. */
#ifndef BENCH_REPORT_MERGE_INDEX_H
#define BENCH_REPORT_MERGE_INDEX_H

#include "bench/report/report.h"

/* Maps are JSON objects: hashed, and here already. */
struct fpb_merge_index {
	json_t *entries;      /* "RUN:SUBSTRATE:NAME" -> whether it was observed */
	json_t *observations; /* "RUN:SUBSTRATE:NAME:UNIT" -> position in the report */
	json_t *rows;	      /* "NAME@SUBSTRATE", carried out -> number of observations */
};

/* 0 or -ENOMEM; for fpb_merge_index_clear() in any case. Later changes of the report do not show.
 */
int fpb_merge_index_make(const struct fpb_report *report, struct fpb_merge_index *out)
	__attribute__((warn_unused_result));
void fpb_merge_index_clear(struct fpb_merge_index *index);

/* Keys as above, for the caller to free; NULL without memory. */
char *fpb_merge_row_key(const char *name, const char *substrate);
char *fpb_merge_observation_key(const struct fpb_observation *obs);

/* Observations of a row; -1: it was not carried out. */
json_int_t fpb_merge_row_count(const struct fpb_merge_index *index, const char *row_key);

/* Enters an observation at this position. 0 or -ENOMEM. */
int fpb_merge_index_add(struct fpb_merge_index *index, const struct fpb_observation *obs,
			size_t position) __attribute__((warn_unused_result));

/* Whether any row was carried out in both. */
bool fpb_merge_index_overlap(const struct fpb_merge_index *a, const struct fpb_merge_index *b);

#endif
