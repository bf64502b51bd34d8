/* SPDX-License-Identifier: MIT */
/* page_json.h - parts of a page as JSON, for page.c only. New references; NULL: out of memory. */
#ifndef BENCH_REPORT_HTML_PAGE_JSON_H
#define BENCH_REPORT_HTML_PAGE_JSON_H

#include "bench/report/comparison.h"
#include "bench/report/side.h"

/*
 * Integers that a double, which is all that JavaScript has, does not hold become texts of their
 * digits. In place. 0 or -ENOMEM.
 */
int fpb_page_make_exact(json_t *json) __attribute__((warn_unused_result));

/* All of a report but its batches and its evidence. `side` has observations and run values. */
json_t *fpb_page_report(const struct fpb_side *side);

/* What a comparison's JSON has, and its words. */
json_t *fpb_page_comparison(const struct fpb_comparison *comparison);

/* The claims and how their figures are made; and what one report says to each, in that order. */
json_t *fpb_page_claims(void);
json_t *fpb_page_answers(const struct fpb_report *report);

#endif
