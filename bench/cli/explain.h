/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what the files of `explain` share: one boot of one kernel, from image to figures.
 */
#ifndef BENCH_CLI_EXPLAIN_H
#define BENCH_CLI_EXPLAIN_H

#include "bench/attribution/explanation.h"
#include "bench/cli/exit_code.h"
#include "bench/cli/explain_places.h"
#include "bench/cli/lab.h"

/* Stepped in each boot; several show whether they are alike. */
#define EXPLAIN_OPERATIONS 3

struct explain_boot {
	const struct lab *lab;
	const struct lab_build *build;
	const char *row; /* NAME@SUBSTRATE */
	const struct explain_places *places;
};

/* What one boot gave. */
struct explain_figures {
	struct fpb_attribution attribution;
	struct fpb_stacks stacks;
	double counted; /* the row's value in the report of this boot */
};

/*
 * Boots, steps, takes symbols and report, resolves. Returns an exit code and has then said on
 * standard error what is wrong: EXIT_UNFIT, or EXIT_ALL_SKIPPED where the row cannot run.
 */
enum exit_code explain_boot_run(const struct explain_boot *boot, struct explain_figures *figures);
void explain_figures_clear(struct explain_figures *figures);

#endif
