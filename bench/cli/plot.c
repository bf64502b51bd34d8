// SPDX-License-Identifier: MIT
/* plot.c - figures of reports, for people and papers. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/figures.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/option.h"

struct options {
	char **paths; /* borrowed from argv, as all here */
	size_t nr;
	const char **names; /* ended by NULL; NULL: all figures */
	enum figures_format format;
	const char *dir;
};

enum { KEY_FIGURE = 256, KEY_FORMAT };

static enum figures_format parse_format(struct argp_state *state, const char *name)
{
	for (enum figures_format format = FIGURES_SVG; format <= FIGURES_PNG; format++) {
		if (!strcmp(name, figures_format_name(format)))
			return format;
	}
	argp_error(state, "--format %s: expected svg, pdf or png", name);
	return FIGURES_SVG;
}

/* "drift, ecdf, exit_cost", for free(), or NULL. */
static char *list_figures(void)
{
	char *list = NULL;
	size_t bytes;
	FILE *out = open_memstream(&list, &bytes);

	if (!out)
		return NULL;
	for (size_t i = 0; fpb_plots[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", fpb_plots[i]->name);
	fclose(out);
	return list;
}

static error_t take_figure(struct argp_state *state, struct options *o, const char *name)
{
	char *list;

	if (fpb_plot_find(name))
		return option_append(&o->names, name);
	list = list_figures();
	argp_error(state, "--figure %s: expected one of %s", name, list ? list : "the figures");
	free(list);
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_FIGURE:
		return take_figure(state, o, arg);
	case KEY_FORMAT:
		o->format = parse_format(state, arg);
		return 0;
	case 'o':
		o->dir = arg;
		return 0;
	case ARGP_KEY_ARGS:
		option_operands(state, &o->paths, &o->nr);
		return 0;
	case ARGP_KEY_END:
		if (!o->nr)
			argp_error(state, "at least one report is needed");
		if (!o->dir || !o->dir[0])
			argp_error(state, "--out is needed: the folder for the figures");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of figures at the end of --help. */
static char *append_figures(int key, const char *text, void *input)
{
	char *help = NULL;
	size_t bytes;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	out = open_memstream(&help, &bytes);
	if (!out)
		return NULL;
	fputs("Figures:\n", out);
	for (size_t i = 0; fpb_plots[i]; i++)
		fprintf(out, "  %-12s %s\n", fpb_plots[i]->name, fpb_plots[i]->title);
	fclose(out);
	return help;
}

/* The figures asked for, ended by NULL; for free(). */
static const struct fpb_plot **choose(const struct options *o)
{
	const struct fpb_plot **plots;
	size_t nr = 0;

	while (o->names && o->names[nr])
		nr++;
	plots = calloc((nr ? nr : figures_count()) + 1, sizeof(const struct fpb_plot *));
	for (size_t i = 0; plots && i < nr; i++)
		plots[i] = fpb_plot_find(o->names[i]);
	if (plots && !nr)
		memcpy(plots, fpb_plots, figures_count() * sizeof(const struct fpb_plot *));
	return plots;
}

static enum exit_code tell_missing(const struct options *o, const struct figure_result *result)
{
	struct fpb_problem problem = { 0 };

	if (!o->names) {
		fprintf(stderr, "note: %s is not drawn: %s\n", result->plot->name, result->why);
		return EXIT_FINE;
	}
	fpb_problem_set(&problem, ENODATA, result->plot->name, "not drawn: %s", result->why);
	return report_problem(&problem, result->state == FIGURE_INCOMPARABLE ? EXIT_INCOMPARABLE
									     : EXIT_UNFIT);
}

static enum exit_code tell(const struct options *o, const struct figure_result *result)
{
	const size_t nr = figures_count();
	enum exit_code code = EXIT_FINE;

	for (size_t i = 0; i < nr; i++) {
		if (result[i].state == FIGURE_DRAWN)
			printf("%s/%s.%s\n", o->dir, result[i].plot->name,
			       figures_format_name(o->format));
	}
	/* Before anything is said on standard error, which may be the same file. */
	fflush(stdout);
	for (size_t i = 0; i < nr; i++) {
		enum exit_code one;

		if (result[i].state != FIGURE_NO_DATA && result[i].state != FIGURE_INCOMPARABLE)
			continue;
		one = tell_missing(o, &result[i]);
		if (code == EXIT_FINE || one == EXIT_INCOMPARABLE)
			code = one;
	}
	return code;
}

static enum exit_code draw(const struct options *o, const struct fpb_plot_set *set)
{
	const struct fpb_plot **plots = choose(o);
	struct figure_result *result = calloc(figures_count() + 1, sizeof(*result));
	struct fpb_err err = { 0 };
	enum exit_code code;

	if (!plots || !result)
		FPB_FAIL(&err, -ENOMEM, "figures");
	else
		(void)!figures_draw(set, plots, o->format, o->dir, result, &err);
	code = result ? tell(o, result) : EXIT_UNFIT;
	if (err.code)
		code = figures_report_err(&err);
	free(plots);
	free(result);
	return code;
}

int command_plot(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "figure", KEY_FIGURE, "NAME", 0,
		  "Only this figure; may be repeated. Otherwise every figure that the reports hold "
		  "data for",
		  0 },
		{ "format", KEY_FORMAT, "FORMAT", 0, "svg (the default), pdf or png", 0 },
		{ "out", 'o', "DIR", 0, "Folder for the figures, and the data and script of each",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "REPORT...",
		.doc = "Draws figures by gnuplot. Reports of several builds are given in the order "
		       "of the builds; what 'explain --format json' wrote may stand among them.\v",
		.help_filter = append_figures,
	};
	struct options o = { .format = FIGURES_SVG };
	struct fpb_plot_set set = { 0 };
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	interrupt_catch();
	code = figures_load(o.paths, o.nr, &set);
	if (code == EXIT_FINE)
		code = draw(&o, &set);
	fpb_plot_set_clear(&set);
	free(o.names);
	return code;
}
