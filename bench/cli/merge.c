// SPDX-License-Identifier: MIT
/* merge.c - reports of parts of one plan, measured apart, become one. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/commands.h"
#include "bench/cli/differences.h"
#include "bench/cli/option.h"
#include "bench/report/merge.h"
#include "bench/report/report_read.h"
#include "bench/report/report_write.h"

struct options {
	char **paths; /* borrowed from argv */
	size_t nr;
	const char *out;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		o->out = arg;
		return 0;
	case ARGP_KEY_ARGS:
		option_operands(state, &o->paths, &o->nr);
		return 0;
	case ARGP_KEY_END:
		if (!o->nr)
			argp_error(state, "name the reports to join");
		if (!o->out)
			argp_error(state, "--out FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* All before anything is compared: a malformed part is the first thing to know. */
static enum exit_code read_parts(const struct options *o, struct fpb_report *parts)
{
	for (size_t i = 0; i < o->nr; i++) {
		struct fpb_problem problem = { 0 };
		int ret = fpb_report_read(o->paths[i], &parts[i], &problem);

		if (ret)
			return report_file_problem(o->paths[i], &problem, exit_code_of_input(ret));
	}
	return EXIT_FINE;
}

static enum exit_code check_part(const struct options *o, const struct fpb_report *parts, size_t i)
{
	static const struct fpb_difference_request request = {
		.rule = FPB_RULE_SAME_MEASUREMENT,
	};
	struct fpb_differences differences = { 0 };
	enum exit_code code;
	char what[1024];

	if (fpb_report_diff(&parts[0], &parts[i], &request, &differences)) {
		fputs("fpstate-bench: comparison of the environments: out of memory\n", stderr);
		code = EXIT_UNFIT;
	} else {
		snprintf(what, sizeof(what),
			 "%.400s and %.400s are not of one measurement, they differ", o->paths[0],
			 o->paths[i]);
		code = differences_report(&differences, what);
	}
	fpb_differences_clear(&differences);
	return code;
}

static enum exit_code join(const struct options *o, struct fpb_report *parts,
			   struct fpb_report *joined)
{
	for (size_t i = 1; i < o->nr; i++) {
		enum exit_code code = check_part(o, parts, i);

		if (code != EXIT_FINE)
			return code;
	}
	for (size_t i = 0; i < o->nr; i++) {
		struct fpb_problem problem = { 0 };
		int ret = fpb_report_merge(joined, &parts[i], &problem);

		if (ret == -EXDEV)
			return report_file_problem(o->paths[i], &problem, EXIT_INCOMPARABLE);
		if (ret)
			return report_file_problem(o->paths[i], &problem, exit_code_of_input(ret));
	}
	return EXIT_FINE;
}

static enum exit_code write_joined(const struct options *o, const struct fpb_report *joined)
{
	struct fpb_problem problem = { 0 };

	if (fpb_report_write(joined, o->out, &problem))
		return report_problem(&problem, EXIT_UNFIT);
	printf("%zu reports: %zu observations in %u runs, %zu skipped, %zu failed%s\nreport: %s\n",
	       o->nr, joined->nr_observations, joined->plan.runs, joined->nr_skips,
	       joined->nr_failures, joined->plan.complete ? "" : "; incomplete", o->out);
	return report_verdict(joined);
}

int command_merge(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "out", 'o', "FILE", 0, "The report to write", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "REPORT...",
		.doc = "Joins parts of one plan that were measured apart: other rows, or more "
		       "runs, of one build of the suite on one machine and kernel.",
	};
	struct options o = { 0 };
	struct fpb_report joined = { 0 }, *parts;
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	parts = calloc(o.nr, sizeof(*parts));
	if (!parts) {
		fputs("fpstate-bench: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	code = read_parts(&o, parts);
	if (code == EXIT_FINE)
		code = join(&o, parts, &joined);
	if (code == EXIT_FINE)
		code = write_joined(&o, &joined);
	for (size_t i = 0; i < o.nr; i++)
		fpb_report_clear(&parts[i]);
	free(parts);
	fpb_report_clear(&joined);
	return code;
}
