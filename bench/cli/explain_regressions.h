/* SPDX-License-Identifier: MIT */
/* explain_regressions.h - --explain of compare and gate. */
#ifndef BENCH_CLI_EXPLAIN_REGRESSIONS_H
#define BENCH_CLI_EXPLAIN_REGRESSIONS_H

#include "bench/cli/exit_code.h"
#include "bench/cli/explain_options.h"
#include "bench/report/comparison.h"

/*
 * After a comparison of two reports of this engine with these paths: for each exact regression the
 * function table of its two kernels, which lab_record.h finds. Boots each kernel once for each row. EXIT_FINE;
 * EXIT_USAGE where a kernel is not known or not there any more; EXIT_UNFIT.
 */
enum exit_code explain_regressions(const struct fpb_comparison *comparison, const char *engine,
				   const char *base, const char *new, explain_writer_fn *write,
				   FILE *out);

#endif
