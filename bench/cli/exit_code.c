// SPDX-License-Identifier: MIT
#include "bench/cli/exit_code.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

enum exit_code report_check(const char *path, const struct fpb_report *report)
{
	struct fpb_problem problem = { 0 };

	if (report->nr_failures) {
		const struct fpb_failure *first = &report->failures[0];

		fpb_problem_set(&problem, EINVAL, "fpstate_bench.failures",
				"%zu failed; the first: %s@%s: %.300s; measure again",
				report->nr_failures, first->name, first->substrate, first->error);
	} else if (!report->plan.complete) {
		fpb_problem_set(&problem, EINVAL, "fpstate_bench.plan.complete",
				"the run was not finished; %s",
				strcmp(report->plan.order, "abba")
					? "'run --resume' goes on with it"
					: "what is measured in pairs is measured again as a whole");
	} else {
		return EXIT_FINE;
	}
	return report_file_problem(path, &problem, EXIT_UNFIT);
}

enum exit_code exit_code_of_input(int ret)
{
	return ret == -ENOMEM ? EXIT_UNFIT : EXIT_USAGE;
}

enum exit_code exit_code_first(enum exit_code a, enum exit_code b)
{
	static const enum exit_code order[] = {
		EXIT_USAGE, EXIT_INCOMPARABLE, EXIT_UNFIT, EXIT_REGRESSION, EXIT_INCONCLUSIVE,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return EXIT_FINE;
}

enum exit_code report_verdict(const struct fpb_report *report)
{
	if (!report->plan.complete || report->nr_failures)
		return EXIT_UNFIT;
	return report->nr_observations ? EXIT_FINE : EXIT_ALL_SKIPPED;
}
