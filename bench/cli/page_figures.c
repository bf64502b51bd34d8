// SPDX-License-Identifier: MIT
#include "bench/cli/page_figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/figures.h"
#include "bench/cli/interrupt.h"
#include "bench/report/file_text.h"
#include "host/temporary.h"

struct figures {
	struct fpb_page *page;
	const struct fpb_plot_set *set;
	char *dir;
	struct figure_result *result;
};

static int no_memory(struct fpb_err *err)
{
	return FPB_FAIL(err, -ENOMEM, "the figures of the page");
}

/* As a string, for free(); NULL with err. */
static char *read_svg(const char *dir, const char *name, struct fpb_err *err)
{
	struct fpb_problem problem = { 0 };
	char *path, *text = NULL, *grown;
	size_t length;
	int ret;

	if (asprintf(&path, "%s/%s.svg", dir, name) < 0) {
		no_memory(err);
		return NULL;
	}
	ret = fpb_file_text(path, &text, &length, &problem);
	free(path);
	if (ret) {
		FPB_FAIL(err, -ECHILD, "figure %s: %s", name, problem.text);
		return NULL;
	}
	grown = realloc(text, length + 1);
	if (!grown) {
		free(text);
		no_memory(err);
		return NULL;
	}
	grown[length] = '\0';
	return grown;
}

/* Instead of the picture. */
static int add_too_large(const struct figures *f, const struct fpb_plot *plot, size_t length)
{
	char why[160];

	snprintf(why, sizeof(why),
		 "the picture has %.1f MB, too much for a page; 'plot --figure %s' "
		 "draws it",
		 (double)length / 1e6, plot->name);
	return fpb_page_add_missing_figure(f->page, plot->name, why);
}

static int add_drawn(const struct figures *f, const struct fpb_plot *plot, struct fpb_err *err)
{
	struct fpb_problem problem = { 0 };
	char *svg = read_svg(f->dir, plot->name, err);
	int ret;

	if (!svg)
		return err->code;
	if (strlen(svg) > FPB_PAGE_MAX_FIGURE_BYTES)
		ret = add_too_large(f, plot, strlen(svg));
	else
		ret = fpb_page_add_figure(f->page, plot->name, plot->title, svg, &problem);
	free(svg);
	if (ret == -ENOMEM)
		return no_memory(err);
	/* No fault of a call: the text says all. */
	return ret ? FPB_FAIL(err, -ECHILD, "%s", problem.text) : 0;
}

static int add_all(const struct figures *f, struct fpb_err *err)
{
	int ret = 0;

	for (size_t i = 0; fpb_plots[i] && ret != -ENOMEM; i++) {
		const struct figure_result *result = &f->result[i];

		if (result->state == FIGURE_DRAWN)
			ret = add_drawn(f, result->plot, err);
		else if (result->state != FIGURE_UNASKED &&
			 fpb_page_add_missing_figure(f->page, result->plot->name, result->why))
			ret = no_memory(err);
	}
	return ret;
}

static int draw(struct figures *f, struct fpb_err *err)
{
	int ret;

	f->result = calloc(figures_count() + 1, sizeof(*f->result));
	if (!f->result)
		return no_memory(err);
	ret = temporary_folder_make("page", &f->dir, err);
	if (ret)
		return ret;
	ret = figures_draw(f->set, fpb_plots, FIGURES_SVG, f->dir, f->result, err);
	/* What was drawn before a failure is as good as ever. */
	if (ret != -EINTR)
		(void)add_all(f, err);
	temporary_folder_remove(f->dir);
	return err->code;
}

/* The page goes on without them. */
static enum exit_code tell(struct fpb_page *page, const struct fpb_err *err)
{
	char text[sizeof(err->text) + 128];

	if (err->code == -ECHILD)
		snprintf(text, sizeof(text), "%s", err->text);
	else
		fpb_err_describe(err, text, sizeof(text));
	fprintf(stderr, "note: %s figures in the page: %s\n", page->nr_figures ? "not all" : "no",
		text);
	return fpb_page_set_figures_problem(page, text) ? EXIT_UNFIT : EXIT_FINE;
}

enum exit_code page_figures_add(struct fpb_page *page, const struct fpb_plot_set *set)
{
	struct figures f = { .page = page, .set = set };
	struct fpb_err err = { 0 };
	enum exit_code code = EXIT_FINE;

	if (draw(&f, &err)) {
		if (err.code == -EINTR || err.code == -ENOMEM || is_interrupted)
			code = report_err(&err, EXIT_UNFIT);
		else
			code = tell(page, &err);
	}
	free(f.dir);
	free(f.result);
	return code;
}
