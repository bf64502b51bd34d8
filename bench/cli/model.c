// SPDX-License-Identifier: MIT
/* model.c - the designs of the debate, weighed: which is cheapest for which guest? */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/exit_code.h"
#include "bench/cli/model_pid.h"
#include "bench/cli/option.h"
#include "bench/model/cost_rows.h"
#include "bench/model/model.h"
#include "bench/model/workload_json.h"
#include "bench/model/workload_presets.h"
#include "bench/report/environment_diff.h"
#include "bench/report/report_read.h"

#define DEFAULT_WORKLOAD "linux"
/* A year. */
#define MAX_SECONDS 31536000.0

struct options {
	const char **reports; /* ended by NULL, or NULL */
	const char *workload;
	double seconds; /* that a recording lasted; 0: not told */
	fpb_model_exporter *export;
};

enum { KEY_FORMAT = 256, KEY_COSTS, KEY_WORKLOAD, KEY_SECONDS };

static fpb_model_exporter *parse_format(struct argp_state *state, const char *name)
{
	if (!strcmp(name, "text"))
		return fpb_model_export_text;
	if (!strcmp(name, "markdown"))
		return fpb_model_export_markdown;
	if (!strcmp(name, "json"))
		return fpb_model_export_json;
	argp_error(state, "--format %s: expected text, markdown or json", name);
	return NULL;
}

static double parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	const double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds <= MAX_SECONDS))
		argp_error(state, "--seconds %s: expected a number above 0, at most %g", text,
			   MAX_SECONDS);
	return seconds;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_COSTS:
		return option_append(&o->reports, arg);
	case KEY_WORKLOAD:
		o->workload = arg;
		return 0;
	case KEY_SECONDS:
		o->seconds = parse_seconds(state, arg);
		return 0;
	case KEY_FORMAT:
		o->export = parse_format(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no operand is expected; reports are given by --costs",
			   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum exit_code no_such_workload(const char *name)
{
	struct fpb_problem problem = { 0 };
	char names[256] = "";

	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		const size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
			 fpb_preset_names[i]);
	}
	fpb_problem_set(&problem, ENOENT, "--workload",
			"'%s' is no file and no workload by name; those are %s", name, names);
	return report_problem(&problem, EXIT_USAGE);
}

static enum exit_code read_workload(const struct options *o, struct fpb_workload *workload,
				    struct fpb_import_note *note)
{
	struct fpb_problem problem = { 0 };
	const int ret = fpb_workload_read(o->workload, o->seconds, workload, note, &problem);

	if (ret == -ENOENT)
		return no_such_workload(o->workload);
	return ret ? report_file_problem(o->workload, &problem, exit_code_of_input(ret))
		   : EXIT_FINE;
}

static enum exit_code check_seconds(const struct options *o)
{
	struct fpb_problem problem = { 0 };

	if (o->seconds == 0)
		return EXIT_FINE;
	fpb_problem_set(&problem, EINVAL, "--seconds",
			"is for recordings; the rates of workload %s are given", o->workload);
	return report_problem(&problem, EXIT_USAGE);
}

/* A name comes first: a file of that name is given as ./NAME. */
static enum exit_code get_workload(const struct options *o, struct fpb_workload *workload)
{
	struct fpb_import_note note = { 0 };
	enum exit_code code;

	if (!fpb_workload_preset(o->workload, workload))
		return check_seconds(o);
	if (model_is_pid(o->workload))
		code = model_workload_of_pid(o->workload, o->seconds, workload, &note);
	else
		code = read_workload(o, workload, &note);
	if (code == EXIT_FINE && note.text[0])
		fprintf(stderr, "note: %s: %s\n", o->workload, note.text);
	return code;
}

/* The first report, to which others are held. */
struct source {
	const char *path;
	json_t *environment;
};

static size_t nr_taken(const struct fpb_costs *before, const struct fpb_costs *after)
{
	size_t nr = 0;

	for (size_t i = 0; i < FPB_NR_COSTS; i++)
		nr += before->of[i].is_assumed && !after->of[i].is_assumed;
	return nr;
}

/* Ticks of two machines stand in one table: that is for the user to judge, who gave both. */
static void note_machines(const struct source *first, const char *path,
			  const struct fpb_report *report)
{
	static const struct fpb_difference_request request = { .rule = FPB_RULE_COMPARE };
	struct fpb_differences differences = { 0 };
	const int ret = fpb_environment_diff(first->environment, report->environment, &request,
					     &differences);

	for (size_t i = 0; i < differences.nr && !ret; i++) {
		char text[512];

		if (differences.item[i].class != FPB_DIFFERENCE_IDENTITY)
			continue;
		fpb_difference_text(&differences.item[i], text, sizeof(text));
		fprintf(stderr,
			"note: %s is of another machine than %s (%s); what it adds stands "
			"beside figures of that one\n",
			path, first->path, text);
		break;
	}
	fpb_differences_clear(&differences);
}

static enum exit_code add_report(const char *path, struct source *first, struct fpb_costs *costs)
{
	struct fpb_problem problem = { 0 };
	const struct fpb_costs before = *costs;
	struct fpb_report report;
	enum exit_code code = EXIT_FINE;
	int ret = fpb_report_read(path, &report, &problem);

	if (ret)
		return report_file_problem(path, &problem, exit_code_of_input(ret));
	ret = fpb_costs_from_report(costs, path, &report, &problem);
	if (ret)
		code = report_file_problem(path, &problem, exit_code_of_input(ret));
	else if (!nr_taken(&before, costs))
		fprintf(stderr, "note: %s gives no cost of the model that is not known already\n",
			path);
	if (!ret && first->path)
		note_machines(first, path, &report);
	else if (!ret)
		*first = (struct source){ path, json_incref(report.environment) };
	fpb_report_clear(&report);
	return code;
}

static enum exit_code get_costs(const struct options *o, struct fpb_costs *costs)
{
	enum exit_code code = EXIT_FINE;
	struct source first = { NULL, NULL };

	fpb_costs_assume(costs);
	for (size_t i = 0; o->reports && o->reports[i] && code == EXIT_FINE; i++)
		code = add_report(o->reports[i], &first, costs);
	json_decref(first.environment);
	return code;
}

static enum exit_code show(const struct options *o, const struct fpb_workload *workload,
			   const struct fpb_costs *costs)
{
	struct fpb_model *model = malloc(sizeof(*model));
	int ret = model ? fpb_model_make(workload, costs, model) : -ENOMEM;

	if (!ret)
		ret = o->export(model, stdout);
	if (model)
		fpb_model_clear(model);
	free(model);
	/* Of a standard output that cannot be written main() tells, for all subcommands. */
	if (ret == -ENOMEM)
		fputs("fpstate-bench: the model could not be made: out of memory\n", stderr);
	return ret ? EXIT_UNFIT : EXIT_FINE;
}

int command_model(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "costs", KEY_COSTS, "REPORT", 0,
		  "Take what operations cost from this report; may be repeated, the first that has "
		  "a cost counts. What none has is assumed, and said so",
		  0 },
		{ "workload", KEY_WORKLOAD, "NAME|FILE|pid:PID", 0,
		  "legacy, linux (the default), linux_amx, amx_inference, nested; a file of rates "
		  "(docs/model.md) or what 'perf kvm stat report' printed; or the VM that a process "
		  "runs now",
		  0 },
		{ "seconds", KEY_SECONDS, "N", 0,
		  "How long was recorded what the FILE of --workload sums up, for the text of "
		  "'perf kvm stat report'; how long pid:PID is watched, 5 if not given",
		  0 },
		{ "format", KEY_FORMAT, "FORMAT", 0, "text (the default), markdown or json", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Weighs the designs by which KVM may carry XFD and dynamic state: cycles a "
		       "second and bytes for one workload, where each wins, and which measurement "
		       "would change that.",
	};
	struct options o = { .workload = DEFAULT_WORKLOAD, .export = fpb_model_export_text };
	struct fpb_workload workload;
	struct fpb_costs costs;
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	code = get_workload(&o, &workload);
	if (code == EXIT_FINE)
		code = get_costs(&o, &costs);
	if (code == EXIT_FINE)
		code = show(&o, &workload, &costs);
	free(o.reports);
	return code;
}
