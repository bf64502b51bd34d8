/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what the files of `explain` share: one boot of one kernel, from image to figures.
 */
#ifndef BENCH_CLI_EXPLAIN_H
#define BENCH_CLI_EXPLAIN_H

#include "bench/attribution/explanation.h"
#include "bench/cli/exit_code.h"
#include "bench/cli/explain_places.h"
#include "bench/cli/explain_row.h"
#include "bench/cli/lab.h"

/* Stepped in each boot; several show whether they are alike. */
#define EXPLAIN_OPERATIONS 3

struct explain_boot {
	const struct lab *lab;
	const struct lab_build *build;
	const struct explain_kernel *kernel;
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
 * One message on standard error: the first line of the text, which may hold what a guest wrote,
 * made harmless to a terminal. EXIT_UNFIT.
 */
enum exit_code explain_tell(const struct explain_boot *boot, const char *text);

/*
 * The same of a boot that went well, by its report. explain_tell_identity(): EXIT_FINE and not a
 * word if its kernel is the one that kernel->build_id asks for, else EXIT_INCOMPARABLE.
 * explain_tell_missing(), of a row that was not measured: EXIT_ALL_SKIPPED, or EXIT_UNFIT.
 */
enum exit_code explain_tell_identity(const struct explain_boot *boot,
				     const struct fpb_report *report);
enum exit_code explain_tell_missing(const struct explain_boot *boot,
				    const struct fpb_report *report);

/*
 * Boots, steps, takes symbols and report, resolves. Returns an exit code and has then said on
 * standard error what is wrong: EXIT_UNFIT, EXIT_ALL_SKIPPED where the row cannot run, or
 * EXIT_INCOMPARABLE.
 */
enum exit_code explain_boot_run(const struct explain_boot *boot, struct explain_figures *figures);
void explain_figures_clear(struct explain_figures *figures);

#endif
