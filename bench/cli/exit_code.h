/* SPDX-License-Identifier: MIT */
/* exit_code.h - exit codes of every subcommand, and how errors and reports become one. */
#ifndef BENCH_CLI_EXIT_CODE_H
#define BENCH_CLI_EXIT_CODE_H

#include "bench/report/report.h"
#include "host/err.h"

enum exit_code {
	EXIT_FINE = 0,
	EXIT_REGRESSION = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_UNFIT = 4,
	EXIT_INCOMPARABLE = 5,
	EXIT_ALL_SKIPPED = 77,
};

/* One message on standard error; returns `code`. */
enum exit_code report_err(const struct fpb_err *err, enum exit_code code);
/* The same for what the user asked for: its text says all, no errno is added. */
enum exit_code report_usage(const struct fpb_err *err);
enum exit_code report_problem(const struct fpb_problem *problem, enum exit_code code);

/* The same about a document: the path stands first. */
enum exit_code report_file_problem(const char *path, const struct fpb_problem *problem,
				   enum exit_code code);

/* EXIT_UNFIT, and said so, if the report at `path` is incomplete or has failures; else EXIT_FINE. */
enum exit_code report_check(const char *path, const struct fpb_report *report);

/* What reading an input came to: without memory the machine is unfit, else the input is at fault. */
enum exit_code exit_code_of_input(int ret);

/* The one that counts of two that hold, where a gate judges: 2, 5, 4, 1, 3, 0 (docs/verdicts.md). */
enum exit_code exit_code_first(enum exit_code a, enum exit_code b);

/* What a report as such comes to: EXIT_FINE, EXIT_UNFIT (incomplete, failures) or all skipped. */
enum exit_code report_verdict(const struct fpb_report *report);

#endif
