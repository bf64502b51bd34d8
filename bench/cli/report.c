// SPDX-License-Identifier: MIT
/* report.c - reports as an HTML page: what was measured, and what it is against the first of them. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/cli/commands.h"
#include "bench/cli/comparing.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/option.h"
#include "bench/cli/page_figures.h"
#include "bench/report/file_text.h"
#include "bench/report/report_read.h"

struct options {
	char **paths; /* borrowed from argv, as all here */
	size_t nr;
	const char *html;
	const char **allowed_keys;
};

enum { KEY_HTML = 256, KEY_ALLOW_DIFF };

/* The bytes of a report's file; NULL: too many for the page. */
struct text {
	char *bytes;
	size_t length;
};

struct reporting {
	const struct options *options;
	struct fpb_plot_set set;
	struct text *text; /* of each report of the set */
	struct fpb_page page;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_HTML:
		o->html = arg;
		return 0;
	case KEY_ALLOW_DIFF:
		return option_append(&o->allowed_keys, arg);
	case ARGP_KEY_ARGS:
		option_operands(state, &o->paths, &o->nr);
		return 0;
	case ARGP_KEY_END:
		if (!o->nr)
			argp_error(state, "at least one report is needed");
		if (!o->html || !o->html[0])
			argp_error(state, "--html is needed: the page to write");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum exit_code no_memory(void)
{
	fputs("fpstate-bench: the page: out of memory\n", stderr);
	return EXIT_UNFIT;
}

/* The text is kept as it was read: what the page gives back is what it shows. */
static enum exit_code load(struct reporting *r, size_t i)
{
	const char *path = r->options->paths[i];
	struct fpb_problem problem = { 0 };
	struct fpb_report report;
	struct text *text = &r->text[i];
	int ret = fpb_file_text(path, &text->bytes, &text->length, &problem);

	ret = ret ? ret : fpb_report_parse(text->bytes, text->length, &report, &problem);
	ret = ret ? ret : fpb_plot_set_add(&r->set, path, &report, &problem);
	if (ret)
		return report_file_problem(path, &problem, exit_code_of_input(ret));
	if (text->length > FPB_PAGE_MAX_REPORT_BYTES) {
		free(text->bytes);
		text->bytes = NULL;
	}
	return EXIT_FINE;
}

static enum exit_code load_all(struct reporting *r)
{
	enum exit_code code = EXIT_FINE;

	r->text = calloc(r->options->nr, sizeof(*r->text));
	if (!r->text)
		return no_memory();
	for (size_t i = 0; i < r->options->nr && code == EXIT_FINE; i++)
		code = load(r, i);
	if (code == EXIT_FINE && fpb_plot_set_finish(&r->set))
		code = no_memory();
	return code;
}

static enum exit_code add_report(struct reporting *r, size_t i)
{
	const struct fpb_page_source source = {
		.path = r->set.path[i],
		.label = r->set.build[i].label,
		.side = &r->set.side[i],
		.text = r->text[i].bytes,
		.length = r->text[i].length,
	};

	if (fpb_page_add_report(&r->page, &source))
		return no_memory();
	return report_check(r->set.path[i], &r->set.side[i].report);
}

/* The first report with report `new`. */
static enum exit_code compare(struct reporting *r, size_t new)
{
	const struct fpb_compare_request request = {
		.allowed_keys = r->options->allowed_keys,
		.delta = NAN,
	};
	const struct fpb_plot_set *set = &r->set;
	struct fpb_comparison comparison = { 0 };
	struct fpb_problem problem = { 0 };
	enum exit_code code = EXIT_FINE;
	int ret = fpb_compare(&set->side[0], &set->side[new], &request, &comparison, &problem);

	if (ret)
		code = report_file_problem(set->path[new], &problem, exit_code_of_input(ret));
	else if (fpb_page_add_comparison(&r->page, new, &comparison))
		code = no_memory();
	else if (!fpb_comparison_is_comparable(&comparison))
		code = comparing_report_refused(&comparison.differences, set->path[0],
						set->path[new]);
	fpb_comparison_clear(&comparison);
	return code;
}

/* Whatever some are found to be: a page shows that too. */
static enum exit_code fill(struct reporting *r)
{
	enum exit_code code = EXIT_FINE;

	for (size_t i = 0; i < r->set.nr; i++) {
		code = exit_code_first(code, add_report(r, i));
		if (i)
			code = exit_code_first(code, compare(r, i));
	}
	return code;
}

/* False where memory was short, or values could not be compared. */
static bool is_whole(const struct reporting *r)
{
	return json_array_size(r->page.reports) == r->set.nr &&
	       json_array_size(r->page.comparisons) == r->set.nr - 1;
}

static enum exit_code write_page(struct reporting *r)
{
	struct fpb_problem problem = { 0 };
	enum exit_code code = page_figures_add(&r->page, &r->set);

	if (code != EXIT_FINE)
		return code;
	if (fpb_page_write(&r->page, r->options->html, &problem))
		return report_problem(&problem, EXIT_UNFIT);
	printf("page: %s\n", r->options->html);
	return EXIT_FINE;
}

/* A page in the place of one of its reports would be the end of that report. */
static enum exit_code check_target(const struct options *o)
{
	struct stat page, report;

	if (stat(o->html, &page) || !S_ISREG(page.st_mode))
		return EXIT_FINE;
	for (size_t i = 0; i < o->nr; i++) {
		if (stat(o->paths[i], &report) || page.st_dev != report.st_dev ||
		    page.st_ino != report.st_ino)
			continue;
		fprintf(stderr, "fpstate-bench: --html %s is the report %s; name another file\n",
			o->html, o->paths[i]);
		return EXIT_USAGE;
	}
	return EXIT_FINE;
}

static enum exit_code make_page(struct reporting *r)
{
	enum exit_code code = check_target(r->options);

	if (code == EXIT_FINE)
		code = load_all(r);
	if (code != EXIT_FINE)
		return code;
	code = fill(r);
	return is_whole(r) ? exit_code_first(code, write_page(r)) : code;
}

int command_report(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "html", KEY_HTML, "FILE", 0, "The page to write", 0 },
		{ "allow-diff", KEY_ALLOW_DIFF, "KEY", 0,
		  "Compare though this setting of the environment differs; may be repeated", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "REPORT...",
		.doc = "Writes one HTML page that needs nothing else: rows to sort and filter, "
		       "figures, skips, the environment, the reports to download; of several "
		       "reports also each against the first, as 'compare' does.",
	};
	struct options o = { 0 };
	struct reporting r = { .options = &o };
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	interrupt_catch();
	code = make_page(&r);
	for (size_t i = 0; r.text && i < o.nr; i++)
		free(r.text[i].bytes);
	free(r.text);
	fpb_plot_set_clear(&r.set);
	fpb_page_clear(&r.page);
	free(o.allowed_keys);
	return code;
}
