/* SPDX-License-Identifier: MIT */
/*
 * page.h - reports as one self-contained HTML page.
 *
 * The page is data and a script that draws it: bench/report/html/{page.html,page.css,js} are built
 * into the program as one document, the reports go into it as JSON in which no character can end
 * the element it stands in, and the script makes text of it and never markup. So nothing in a report
 * is ever parsed as HTML. Figures are SVG without scripts and references (svg_inline.h).
 */
#ifndef BENCH_REPORT_HTML_PAGE_H
#define BENCH_REPORT_HTML_PAGE_H

#include <jansson.h>
#include <stddef.h>

#include "bench/report/comparison.h"
#include "bench/report/side.h"

/* Reports themselves are in the page as far as they are shorter than this together. */
#define FPB_PAGE_MAX_REPORT_BYTES ((size_t)5000000)

/* A picture of more points than this is no help on a page, and slows it down. */
#define FPB_PAGE_MAX_FIGURE_BYTES ((size_t)1000000)

struct fpb_page_text {
	size_t report; /* its number on the page */
	char *bytes;
	size_t length;
};

struct fpb_page_figure {
	char *name, *title, *svg;
};

/* Zeroed to begin with. */
struct fpb_page {
	json_t *reports, *comparisons, *missing_figures; /* arrays; NULL: empty */
	char *figures_problem;				 /* why there are none at all, or NULL */
	struct fpb_page_text *text;
	size_t nr_texts, text_bytes;
	struct fpb_page_figure *figure;
	size_t nr_figures;
};

struct fpb_page_source {
	const char *path, *label;    /* the label: short, and no other report's */
	const struct fpb_side *side; /* whole: with its observations, and with its run values */
	const char *text;	     /* the file's bytes, valid JSON; NULL: not to be embedded */
	size_t length;
};

/* Each adds one thing; all is copied. The first report is the base of all comparisons. 0 or -ENOMEM. */
int fpb_page_add_report(struct fpb_page *page, const struct fpb_page_source *source)
	__attribute__((warn_unused_result));
/* Of report 0 with report `new`. */
int fpb_page_add_comparison(struct fpb_page *page, size_t new,
			    const struct fpb_comparison *comparison)
	__attribute__((warn_unused_result));
/* A figure that could not be drawn, and why. */
int fpb_page_add_missing_figure(struct fpb_page *page, const char *name, const char *reason)
	__attribute__((warn_unused_result));
/* Why there is no figure, instead of all of them. */
int fpb_page_set_figures_problem(struct fpb_page *page, const char *text)
	__attribute__((warn_unused_result));
/*
 * A drawn one; the name is lower case with underscores, and unique. -EINVAL as well, said in the
 * problem: the SVG is malformed.
 */
int fpb_page_add_figure(struct fpb_page *page, const char *name, const char *title, const char *svg,
			struct fpb_problem *problem) __attribute__((warn_unused_result));

/* Written aside and renamed (file_replace.h). 0, or -errno with the problem. */
int fpb_page_write(const struct fpb_page *page, const char *path, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
void fpb_page_clear(struct fpb_page *page);

#endif
