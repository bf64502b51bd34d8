/* SPDX-License-Identifier: MIT */
/* model_page.h - what the parts of the page for people share. */
#ifndef BENCH_MODEL_MODEL_PAGE_H
#define BENCH_MODEL_MODEL_PAGE_H

#include "bench/model/model.h"

struct fpb_page {
	const struct fpb_model *model;
	FILE *out;
	bool is_markdown;
};

/* Four significant digits. */
struct fpb_figure {
	char text[32];
};

struct fpb_figure fpb_figure_of(double value);

void fpb_page_heading(const struct fpb_page *page, const char *text);

/* Break-even points of upstream. 0 or -ENOMEM; so the following. */
int fpb_page_print_break_even(const struct fpb_page *page) __attribute__((warn_unused_result));
/* Where its passthrough pays, by exits a second; nothing of a guest that does not know XFD. */
int fpb_page_print_payoffs(const struct fpb_page *page) __attribute__((warn_unused_result));

/* The costs that play a part, their sources, and the citations of what is assumed. */
int fpb_page_print_costs(const struct fpb_page *page) __attribute__((warn_unused_result));

#endif
