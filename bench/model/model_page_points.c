// SPDX-License-Identifier: MIT
/* model_page_points.c - of the page for people: from which rates on a design pays. */
#include <math.h>

#include "bench/model/model_page.h"
#include "bench/model/sheet.h"

static const char *design_name(size_t design)
{
	return fpb_designs[design].name;
}

static struct fpb_figure edge_of(double value)
{
	struct fpb_figure none = { "-" };

	return isnan(value) ? none : fpb_figure_of(value);
}

static bool is_shown(const struct fpb_break_even *point)
{
	const size_t upstream = fpb_design_find("upstream");

	return point->a == upstream || point->b == upstream;
}

int fpb_page_print_break_even(const struct fpb_page *page)
{
	static const char *const head[] = { "rate",	     "at",
					    "cheaper below", "cheaper above",
					    "certain below", "certain above" };
	const struct fpb_model *model = page->model;
	struct fpb_sheet sheet;
	size_t nr_hidden = 0;
	int ret = 0;

	fpb_sheet_init(&sheet, "lrllrr", head);
	for (size_t i = 0; i < model->nr_break_even; i++) {
		const struct fpb_break_even *point = &model->break_even[i];

		if (!is_shown(point)) {
			nr_hidden++;
			continue;
		}
		fpb_sheet_add(&sheet, "%s", fpb_parameters[point->parameter].name);
		fpb_sheet_add(&sheet, "%s", fpb_figure_of(point->value).text);
		fpb_sheet_add(&sheet, "%s", design_name(point->a));
		fpb_sheet_add(&sheet, "%s", design_name(point->b));
		fpb_sheet_add(&sheet, "%s", edge_of(point->low).text);
		fpb_sheet_add(&sheet, "%s", edge_of(point->high).text);
	}
	fpb_page_heading(
		page, "Break-even points of upstream, each rate by itself, the others as they are");
	if (sheet.nr_cells)
		ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	else
		fputs("none: no rate that is varied makes another design change places with it\n",
		      page->out);
	fpb_sheet_clear(&sheet);
	if (nr_hidden)
		fprintf(page->out, "%s%zu more between other designs: --format json\n",
			page->is_markdown ? "\n" : "", nr_hidden);
	return ret;
}

int fpb_page_print_payoffs(const struct fpb_page *page)
{
	static const char *const head[] = { "exits/s", "pays above", "certainly not below",
					    "certainly above" };
	const struct fpb_model *model = page->model;
	struct fpb_sheet sheet;
	int ret;

	if (!model->nr_payoffs)
		return 0;
	fpb_page_heading(page, "Passthrough (upstream) against intercept_always: XFD writes/s from "
			       "which it pays");
	fpb_sheet_init(&sheet, "rrrr", head);
	for (size_t i = 0; i < model->nr_payoffs; i++) {
		const struct fpb_payoff *payoff = &model->payoff[i];

		fpb_sheet_add(&sheet, "%s", fpb_figure_of(payoff->exits).text);
		fpb_sheet_add(&sheet, "%s",
			      payoff->has_point ? fpb_figure_of(payoff->value).text : "-");
		fpb_sheet_add(&sheet, "%s", payoff->has_point ? edge_of(payoff->low).text : "-");
		fpb_sheet_add(&sheet, "%s", payoff->has_point ? edge_of(payoff->high).text : "-");
	}
	ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	fpb_sheet_clear(&sheet);
	return ret;
}
