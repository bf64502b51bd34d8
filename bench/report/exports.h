/* SPDX-License-Identifier: MIT */
/*
 * exports.h - a comparison in the formats that people and their tools read.
 *
 * All of them escape what comes from reports, policies and the command line. 0, -ENOMEM, or -EIO
 * where `out` has failed.
 */
#ifndef BENCH_REPORT_EXPORTS_H
#define BENCH_REPORT_EXPORTS_H

#include <stdio.h>

#include "bench/report/comparison.h"

struct fpb_export {
	const struct fpb_comparison *comparison;
	const char *base, *new; /* what to call the sides: their paths */
};

typedef int fpb_exporter(const struct fpb_export *export, FILE *out);

/* Environment, one line per row in words, verdict. */
fpb_exporter fpb_export_text __attribute__((warn_unused_result));

/* One object. Its members are those of the interface (docs/verdicts.md); unknown figures null. */
fpb_exporter fpb_export_json __attribute__((warn_unused_result));
/* The same for who puts it elsewhere. New reference or NULL when out of memory. */
json_t *fpb_comparison_to_json(const struct fpb_comparison *comparison);

/* A comment on a pull request: at most FPB_MARKDOWN_MAX bytes, what does not fit is counted. */
#define FPB_MARKDOWN_MAX ((size_t)65536)
fpb_exporter fpb_export_markdown __attribute__((warn_unused_result));

/*
 * A test suite of one case per row: regressions and losses fail, what is inconclusive or not gated
 * is skipped with its reason. Reports that are not comparable are one case, in error.
 */
fpb_exporter fpb_export_junit __attribute__((warn_unused_result));

/* Workflow commands: errors for what fails a gate, warnings for what is inconclusive, a notice. */
fpb_exporter fpb_export_github __attribute__((warn_unused_result));

#endif
