/* SPDX-License-Identifier: MIT */
/* explain_regressions.h - --explain of compare and gate. */
#ifndef BENCH_CLI_EXPLAIN_REGRESSIONS_H
#define BENCH_CLI_EXPLAIN_REGRESSIONS_H

#include "bench/cli/exit_code.h"
#include "bench/cli/explain_options.h"
#include "bench/report/comparison.h"

/* The largest regressions; the others are counted. */
#define EXPLAIN_MAX_REGRESSIONS 5

struct explain_side {
	const char *path;
	const struct fpb_report *report; /* its head is enough */
};

/*
 * After a comparison of these two: for each of the largest exact regressions the function table of
 * the two kernels, which lab_record.h finds. Boots each kernel once for each row.
 *
 * A row that cannot be explained is a note on standard error, and so is what an explanation does
 * not say. EXIT_FINE; EXIT_USAGE where a kernel is not known or not there any more; EXIT_UNFIT where
 * the engine is another one, a kernel is not the one that was measured, or a boot failed: then the
 * other rows have been explained all the same, unless none can be.
 */
enum exit_code explain_regressions(const struct fpb_comparison *comparison,
				   const struct explain_side *base, const struct explain_side *new,
				   explain_writer_fn *write, FILE *out);

#endif
