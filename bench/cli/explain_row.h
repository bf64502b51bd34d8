/* SPDX-License-Identifier: MIT */
/* explain_row.h - in which functions of one or two kernels the instructions of a row go. */
#ifndef BENCH_CLI_EXPLAIN_ROW_H
#define BENCH_CLI_EXPLAIN_ROW_H

#include "bench/attribution/explanation.h"
#include "bench/cli/exit_code.h"

struct explain_kernel {
	const char *operand, *modules; /* as those of `lab`; modules NULL: none */
	/* Which kernel it must be, and the file that said where it lies. NULL: any. */
	const char *build_id, *named_by;
};

struct explain_request {
	const char *row; /* NAME, or NAME@SUBSTRATE */
	struct explain_kernel kernel[FPB_EXPLANATION_KERNELS];
	unsigned int nr_kernels;	  /* 1 or 2 */
	const char *emulator, *cpu_model; /* as those of `lab`; NULL: its own */
	unsigned int boots;
};

/*
 * Whether a row of this name can be explained at all: 0; -ENOENT: there is none; -EINVAL: its
 * operations are not such as can be stepped between; others of memory. err says which.
 */
int explain_row_check(const char *row, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * EXIT_FINE; else it has been said on standard error what is wrong: EXIT_USAGE (row, kernels),
 * EXIT_ALL_SKIPPED (the row cannot run there), EXIT_INCOMPARABLE (a kernel of another build id) or
 * EXIT_UNFIT. For fpb_explanation_clear() in any case.
 */
enum exit_code explain_row(const struct explain_request *request,
			   struct fpb_explanation *explanation);

#endif
