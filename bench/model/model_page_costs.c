// SPDX-License-Identifier: MIT
/* model_page_costs.c - of the page for people: what was reckoned with, and where it comes from. */
#include <string.h>

#include "bench/model/model_page.h"
#include "bench/model/sheet.h"
#include "bench/report/columns.h"
#include "bench/report/escape.h"

static bool is_used(const struct fpb_model *model, size_t cost)
{
	if (cost == FPB_COST_CYCLES_PER_INSN)
		return fpb_costs_any_counted(&model->costs);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		if (model->account[i].bytes == cost)
			return true;
		for (size_t term = 0; term < FPB_NR_TERMS; term++) {
			if (model->account[i].per_second[term][cost] > 0)
				return true;
		}
	}
	return false;
}

/* The number of an assumption's citation, from 1, in the order of the costs that play a part. */
static size_t citation_of(const struct fpb_model *model, size_t cost)
{
	const char *cited[FPB_NR_COSTS] = { NULL };
	size_t nr = 0;

	for (size_t i = 0; i <= cost; i++) {
		size_t k = 0;

		if (!model->costs.of[i].is_assumed || !is_used(model, i))
			continue;
		while (k < nr && strcmp(cited[k], model->costs.of[i].source) != 0)
			k++;
		if (i == cost)
			return k + 1;
		cited[nr] = model->costs.of[i].source;
		nr += k == nr;
	}
	return 0;
}

/* Each once. */
static int print_citations(const struct fpb_page *page)
{
	size_t nr = 0;
	int ret = 0;

	fputs(page->is_markdown ? "\n" : "", page->out);
	for (size_t i = 0; i < FPB_NR_COSTS && !ret; i++) {
		const char *source = page->model->costs.of[i].source;

		if (citation_of(page->model, i) <= nr)
			continue;
		fprintf(page->out, page->is_markdown ? "%zu. " : "[%zu] ", ++nr);
		ret = page->is_markdown ? fpb_print_code_span(page->out, source)
					: fpb_print_text(page->out, source, 0, false);
		fputc('\n', page->out);
	}
	return ret;
}

static void add_source(const struct fpb_page *page, size_t cost, struct fpb_sheet *sheet)
{
	if (page->model->costs.of[cost].is_assumed)
		fpb_sheet_add(sheet, "assumed [%zu]", citation_of(page->model, cost));
	else
		fpb_sheet_add(sheet, "%s", page->model->costs.of[cost].source);
}

int fpb_page_print_costs(const struct fpb_page *page)
{
	static const char *const head[] = { "cost", "value", "low", "high", "unit", "source" };
	struct fpb_sheet sheet;
	int ret;

	fpb_page_heading(page, "Costs that play a part here");
	fpb_sheet_init(&sheet, "lrrrlc", head);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_value *cost = &page->model->costs.of[i];

		if (!is_used(page->model, i))
			continue;
		fpb_sheet_add(&sheet, "%s", fpb_cost_infos[i].name);
		fpb_sheet_add(&sheet, "%s", fpb_figure_of(cost->value).text);
		fpb_sheet_add(&sheet, "%s", fpb_figure_of(cost->low).text);
		fpb_sheet_add(&sheet, "%s", fpb_figure_of(cost->high).text);
		fpb_sheet_add(&sheet, "%s", cost->unit);
		add_source(page, i, &sheet);
	}
	ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	fpb_sheet_clear(&sheet);
	return ret ? ret : print_citations(page);
}
