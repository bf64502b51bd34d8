// SPDX-License-Identifier: MIT
#include "bench/cli/exit_code.h"

#include <stdio.h>

enum exit_code report_err(const struct fpb_err *err, enum exit_code code)
{
	char text[sizeof(err->text) + 128];

	fpb_err_describe(err, text, sizeof(text));
	fprintf(stderr, "fpstate-bench: %s\n", text);
	return code;
}

enum exit_code report_usage(const struct fpb_err *err)
{
	fprintf(stderr, "fpstate-bench: %s\n", err->text);
	return EXIT_USAGE;
}

enum exit_code report_problem(const struct fpb_problem *problem, enum exit_code code)
{
	fprintf(stderr, "fpstate-bench: %s%s%s\n", problem->where, problem->where[0] ? ": " : "",
		problem->text);
	return code;
}

enum exit_code report_file_problem(const char *path, const struct fpb_problem *problem,
				   enum exit_code code)
{
	fprintf(stderr, "fpstate-bench: %s: %s%s%s\n", path, problem->where,
		problem->where[0] ? ": " : "", problem->text);
	return code;
}

enum exit_code report_verdict(const struct fpb_report *report)
{
	if (!report->plan.complete || report->nr_failures)
		return EXIT_UNFIT;
	return report->nr_observations ? EXIT_FINE : EXIT_ALL_SKIPPED;
}
