/* SPDX-License-Identifier: MIT */
/* explain_row.h - in which functions of one or two kernels the instructions of a row go. */
#ifndef BENCH_CLI_EXPLAIN_ROW_H
#define BENCH_CLI_EXPLAIN_ROW_H

#include "bench/attribution/explanation.h"
#include "bench/cli/exit_code.h"

struct explain_request {
	const char *row; /* NAME, or NAME@SUBSTRATE */
	const char *const *kernels;
	unsigned int nr_kernels;		    /* 1 or 2 */
	const char *modules, *emulator, *cpu_model; /* as those of `lab`; NULL: none */
	unsigned int boots;
};

/*
 * EXIT_FINE; else it has been said on standard error what is wrong: EXIT_USAGE (row, kernels),
 * EXIT_ALL_SKIPPED (the row cannot run there) or EXIT_UNFIT. For fpb_explanation_clear() in any
 * case.
 */
enum exit_code explain_row(const struct explain_request *request,
			   struct fpb_explanation *explanation);

#endif
