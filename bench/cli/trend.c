// SPDX-License-Identifier: MIT
/* trend.c - reports of a series of builds: where did each row change? */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/differences.h"
#include "bench/cli/option.h"
#include "bench/cli/terminal.h"
#include "bench/report/trend_exports.h"

struct options {
	char **paths; /* borrowed from argv, as the filter */
	size_t nr;
	const char *filter;
	const char **allowed_keys;
	fpb_trend_exporter *export;
};

enum { KEY_FORMAT = 256, KEY_ALLOW_DIFF };

static fpb_trend_exporter *parse_format(struct argp_state *state, const char *name)
{
	if (!strcmp(name, "text"))
		return fpb_trend_export_text;
	if (!strcmp(name, "json"))
		return fpb_trend_export_json;
	argp_error(state, "--format %s: expected text or json", name);
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'f':
		o->filter = arg;
		return 0;
	case KEY_ALLOW_DIFF:
		return option_append(&o->allowed_keys, arg);
	case KEY_FORMAT:
		o->export = parse_format(state, arg);
		return 0;
	case ARGP_KEY_ARGS:
		option_operands(state, &o->paths, &o->nr);
		return 0;
	case ARGP_KEY_END:
		if (o->nr < 2)
			argp_error(state, "at least two reports are needed, in the order of their "
					  "builds");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum exit_code report_incomparable(const struct options *o, size_t i,
					  const struct fpb_differences *differences)
{
	char what[1024];

	snprintf(what, sizeof(what), "%.400s and %.400s cannot stand in one series: they differ",
		 o->paths[0], o->paths[i]);
	return differences_report(differences, what);
}

/* One after the other: reduced, a report takes a hundredth of what reading it takes. */
static enum exit_code add_report(const struct options *o, size_t i, struct fpb_trend *trend)
{
	struct fpb_problem problem = { 0 };
	struct fpb_differences differences = { 0 };
	struct fpb_side side;
	enum exit_code code;
	int ret = fpb_side_read(o->paths[i], &side, &problem);

	if (ret)
		return report_file_problem(o->paths[i], &problem, exit_code_of_input(ret));
	code = report_check(o->paths[i], &side.report);
	ret = fpb_trend_add(trend, &side, &differences, &problem);
	if (ret)
		code = report_file_problem(o->paths[i], &problem, exit_code_of_input(ret));
	else if (differences.nr_refused)
		code = report_incomparable(o, i, &differences);
	fpb_differences_clear(&differences);
	fpb_side_clear(&side);
	return code;
}

/* All are read, whatever some are found to be: what cannot be read is the first thing to know. */
static enum exit_code add_reports(const struct options *o, struct fpb_trend *trend)
{
	enum exit_code code = EXIT_FINE;

	for (size_t i = 0; i < o->nr && code != EXIT_USAGE; i++)
		code = exit_code_first(code, add_report(o, i, trend));
	return code;
}

/* In a format without words for it. */
static void note_search(const struct fpb_trend *trend)
{
	char *words = fpb_trend_can_find(trend) ? NULL : fpb_trend_words_of_search(trend);

	if (words)
		fprintf(stderr, "note: %s\n", words);
	free(words);
}

static enum exit_code print(const struct options *o, const struct fpb_trend *trend)
{
	int ret = o->export(trend, stdout, terminal_width());

	if (!ret && fflush(stdout))
		ret = -EIO;
	/* Of a standard output that cannot be written main() tells, for all subcommands. */
	if (ret == -ENOMEM)
		fputs("fpstate-bench: the trend could not be written: out of memory\n", stderr);
	if (ret)
		return EXIT_UNFIT;
	if (o->export == fpb_trend_export_json && trend->nr_searched)
		note_search(trend);
	return EXIT_FINE;
}

static enum exit_code show(const struct options *o, struct fpb_trend *trend, enum exit_code so_far)
{
	struct fpb_problem problem = { 0 };
	const int ret = fpb_trend_search(trend, &problem);

	if (ret)
		return report_problem(&problem, exit_code_of_input(ret));
	/* Not a series with a report left out. */
	return trend->nr_builds < o->nr ? so_far : exit_code_first(so_far, print(o, trend));
}

int command_trend(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "filter", 'f', "RE", 0,
		  "Only rows whose NAME@SUBSTRATE matches; otherwise those judged by default", 0 },
		{ "allow-diff", KEY_ALLOW_DIFF, "KEY", 0,
		  "Search though this setting of the environment differs; may be repeated", 0 },
		{ "format", KEY_FORMAT, "FORMAT", 0, "text (the default) or json", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "REPORT REPORT...",
		.doc = "Finds the builds at which a row came to cost more or less: the reports of "
		       "a series of builds, in the order given.",
	};
	struct options o = { .export = fpb_trend_export_text };
	struct fpb_pattern filter = { 0 };
	struct fpb_problem problem = { 0 };
	struct fpb_trend trend;
	enum exit_code code = EXIT_FINE;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	fpb_trend_init(&trend, o.filter ? &filter : NULL, o.allowed_keys);
	if (o.filter && fpb_pattern_compile(&filter, o.filter, "--filter", &problem))
		code = report_problem(&problem, EXIT_USAGE);
	if (code == EXIT_FINE)
		code = add_reports(&o, &trend);
	if (code != EXIT_USAGE && trend.nr_builds)
		code = show(&o, &trend, code);
	fpb_trend_clear(&trend);
	fpb_pattern_clear(&filter);
	free(o.allowed_keys);
	return code;
}
