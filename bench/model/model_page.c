// SPDX-License-Identifier: MIT
/* model_page.c - the model for people: the same page in plain text and in Markdown. */
#include <errno.h>
#include <math.h>

#include "bench/model/cost_rows.h"
#include "bench/model/model_page.h"
#include "bench/model/sheet.h"
#include "bench/model/workload_presets.h"
#include "bench/report/columns.h"
#include "bench/report/escape.h"

struct fpb_figure fpb_figure_of(double value)
{
	struct fpb_figure figure = { "" };

	fpb_format_value(value, "", figure.text);
	return figure;
}

static struct fpb_figure mega(double value)
{
	return fpb_figure_of(value / 1e6);
}

void fpb_page_heading(const struct fpb_page *page, const char *text)
{
	fprintf(page->out, page->is_markdown ? "\n### %s\n\n" : "\n%s\n", text);
}

static const char *design_name(size_t design)
{
	return fpb_designs[design].name;
}

static const char *place_name(const struct fpb_page *page, size_t place)
{
	return design_name(page->model->standing[place].design);
}

static void print_warning(const struct fpb_page *page)
{
	const struct fpb_costs *costs = &page->model->costs;
	const size_t nr = FPB_NR_COSTS - !fpb_costs_any_counted(costs);
	const size_t nr_assumed = fpb_costs_nr_assumed(costs);
	const char *strong = page->is_markdown ? "**" : "";

	if (nr_assumed == nr)
		fprintf(page->out,
			"%sALL %zu COSTS ARE ASSUMED: no report gave any. This compares published "
			"figures and guesses within wide intervals; --costs REPORT puts "
			"measurements in their place.%s\n",
			strong, nr, strong);
	else if (nr_assumed)
		fprintf(page->out,
			"%s%zu of %zu costs are assumed%s; the others are from reports.\n", strong,
			nr_assumed, nr, strong);
	if (fpb_costs_any_counted(costs))
		fprintf(page->out,
			"%sCosts counted in instructions are turned into cycles at an assumed %s "
			"cycles each%s, the same for all of them.\n",
			strong, fpb_figure_of(costs->of[FPB_COST_CYCLES_PER_INSN].value).text,
			strong);
}

static int print_workload(const struct fpb_page *page)
{
	const struct fpb_workload *w = &page->model->workload;
	int ret;

	fputs(page->is_markdown ? "\nWorkload " : "\nworkload ", page->out);
	ret = page->is_markdown ? fpb_print_code_span(page->out, w->name)
				: fpb_print_text(page->out, w->name, 0, false);
	if (fpb_preset_title(w))
		fprintf(page->out, ", %s", fpb_preset_title(w));
	fprintf(page->out, ": AMX %s the guest, which %s XFD and %s XCR0[18];\n",
		w->is_amx_exposed ? "shown to" : "hidden from",
		w->is_xfd_aware ? "knows" : "does not know",
		w->has_xcr0_tiledata ? "sets" : "does not set");
	fprintf(page->out, "%s exits/s", fpb_figure_of(fpb_workload_exits(w)).text);
	for (size_t i = 0; i < FPB_NR_RATES; i++) {
		if (w->rate[i] > 0)
			fprintf(page->out, ", %s %s", fpb_rate_infos[i].key,
				fpb_figure_of(w->rate[i]).text);
	}
	fputs("\n", page->out);
	return ret;
}

static const char *words_of_order(const struct fpb_standing *standing)
{
	switch (standing->order_to_best) {
	case FPB_ORDER_SAME:
		return "same operations";
	case FPB_ORDER_NEGLIGIBLE:
		return "negligible";
	case FPB_ORDER_UNKNOWN:
		return "no difference";
	default:
		return "certainly more";
	}
}

/* Of fewer than six runs an interval of 95 % cannot be had: there it is their lowest and highest. */
static void print_confidence(const struct fpb_page *page)
{
	unsigned fewest = 6;

	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const unsigned nr = page->model->costs.of[i].nr_runs;

		fewest = nr && nr < fewest ? nr : fewest;
	}
	if (fewest == 6)
		return;
	fprintf(page->out,
		"Certain, if the intervals hold: some costs were timed in %u runs only, whose "
		"lowest and highest hold the\nmedian with %.0f %% (two runs with 50 %%, three "
		"with 75 %%, six with 97 %%).\n",
		fewest, 100 - 100 * ldexp(1, 1 - (int)fewest));
}

static int print_ranking(const struct fpb_page *page)
{
	static const char *const head[] = { "rank",	  "design",	 "Mcyc/s",   "low",
					    "high",	  "over",	 "at least", "at most",
					    "bytes/vCPU", "to the first" };
	struct fpb_sheet sheet;
	int ret;

	fpb_page_heading(
		page, "Ranking, cycles a second of the whole VM; intervals over all costs within "
		      "theirs");
	fpb_sheet_init(&sheet, "rlrrrrrrrl", head);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		const struct fpb_standing *s = &page->model->standing[i];

		fpb_sheet_add(&sheet, "%zu", s->rank);
		fpb_sheet_add(&sheet, "%s", design_name(s->design));
		fpb_sheet_add(&sheet, "%s", mega(s->cycles.value).text);
		fpb_sheet_add(&sheet, "%s", mega(s->cycles.low).text);
		fpb_sheet_add(&sheet, "%s", mega(s->cycles.high).text);
		fpb_sheet_add(&sheet, "%s", mega(s->over_best.value).text);
		fpb_sheet_add(&sheet, "%s", mega(s->over_best.low).text);
		fpb_sheet_add(&sheet, "%s", mega(s->over_best.high).text);
		fpb_sheet_add(&sheet, "%.0f", s->bytes.value);
		fpb_sheet_add(&sheet, "%s", i ? words_of_order(s) : "first");
	}
	ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	fpb_sheet_clear(&sheet);
	fputs(page->is_markdown ? "\n" : "", page->out);
	fprintf(page->out,
		"rank: 1 and the number of designs that are certainly cheaper; over: the difference "
		"to the first, in which\ncommon costs cancel; negligible: no more than %s Mcyc/s; "
		"no difference: it may as well be that, or less.\n",
		mega(FPB_NEGLIGIBLE_CYC).text);
	print_confidence(page);
	return ret;
}

/* Whether some design has another figure there than the first. */
static bool tells_apart(const struct fpb_model *model, size_t term)
{
	for (size_t i = 1; i < FPB_NR_DESIGNS; i++) {
		if (model->standing[i].term[term].value != model->standing[0].term[term].value)
			return true;
	}
	return false;
}

static int print_terms(const struct fpb_page *page)
{
	const struct fpb_model *model = page->model;
	const char *head[FPB_NR_TERMS + 1] = { "design" };
	char align[FPB_NR_TERMS + 2] = "l";
	struct fpb_sheet sheet;
	size_t nr = 1;
	int ret;

	fpb_page_heading(page, "Terms that tell the designs apart, Mcyc/s");
	for (size_t term = 0; term < FPB_NR_TERMS; term++) {
		if (!tells_apart(model, term))
			continue;
		head[nr] = fpb_term_names[term];
		align[nr++] = 'r';
	}
	fpb_sheet_init(&sheet, align, head);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		fpb_sheet_add(&sheet, "%s", place_name(page, i));
		for (size_t term = 0; term < FPB_NR_TERMS; term++) {
			if (tells_apart(model, term))
				fpb_sheet_add(&sheet, "%s",
					      mega(model->standing[i].term[term].value).text);
		}
	}
	ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	fpb_sheet_clear(&sheet);
	fputs(page->is_markdown ? "\nThe same for all:" : "the same for all:", page->out);
	for (size_t term = 0; term < FPB_NR_TERMS; term++) {
		if (!tells_apart(model, term))
			fprintf(page->out, " %s %s", fpb_term_names[term],
				mega(model->standing[0].term[term].value).text);
	}
	fputc('\n', page->out);
	return ret;
}

static const char *words_of_change(const struct fpb_sensitivity *s)
{
	if (s->changes_best)
		return "the first";
	return s->changes_order ? "the order" : "no place";
}

/* How to come by it, or why these reports do not say. */
static void add_remedy(const struct fpb_page *page, enum fpb_cost cost, struct fpb_sheet *sheet)
{
	const char *row = fpb_cost_row(cost), *missing = page->model->costs.of[cost].missing;

	if (missing[0])
		fpb_sheet_add(sheet, "%s", missing);
	else
		fpb_sheet_add(sheet, "%s", row ? row : "no row isolates it");
}

static int print_sensitivity(const struct fpb_page *page)
{
	static const char *const head[] = { "doubtful cost",	"moves Mcyc/s",
					    "can change",	"settles pairs",
					    "first, if at low", "first, if at high",
					    "row that tells it" };
	const struct fpb_model *model = page->model;
	struct fpb_sheet sheet;
	int ret;

	fpb_page_heading(page,
			 "What to measure: costs assumed, or of a stand-in, that tell designs "
			 "apart, the most decisive first");
	fpb_sheet_init(&sheet, "lrlrllc", head);
	for (size_t i = 0; i < model->nr_sensitivity; i++) {
		const struct fpb_sensitivity *s = &model->sensitivity[i];

		if (s->swing <= FPB_NEGLIGIBLE_CYC)
			continue;
		fpb_sheet_add(&sheet, "%s%s", fpb_cost_infos[s->cost].name,
			      model->costs.of[s->cost].is_stand_in ? " (stand-in)" : "");
		fpb_sheet_add(&sheet, "%s", mega(s->swing).text);
		fpb_sheet_add(&sheet, "%s", words_of_change(s));
		fpb_sheet_add(&sheet, "%zu", s->nr_settled);
		fpb_sheet_add(&sheet, "%s", place_name(page, s->best_at_low));
		fpb_sheet_add(&sheet, "%s", place_name(page, s->best_at_high));
		add_remedy(page, s->cost, &sheet);
	}
	if (sheet.nr_cells)
		ret = fpb_sheet_print(&sheet, page->out, page->is_markdown);
	else
		ret = fputs("none: what tells the designs apart is known\n", page->out) == EOF
			      ? -EIO
			      : 0;
	fpb_sheet_clear(&sheet);
	return ret;
}

static int print_page(const struct fpb_page *page)
{
	static int (*const parts[])(const struct fpb_page *page) = {
		print_workload,
		print_ranking,
		print_terms,
		fpb_page_print_break_even,
		fpb_page_print_payoffs,
		print_sensitivity,
		fpb_page_print_costs,
	};
	int ret = 0;

	print_warning(page);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !ret; i++)
		ret = parts[i](page);
	return ret;
}

int fpb_model_export_text(const struct fpb_model *model, FILE *out)
{
	return print_page(&(struct fpb_page){ model, out, false });
}

int fpb_model_export_markdown(const struct fpb_model *model, FILE *out)
{
	return print_page(&(struct fpb_page){ model, out, true });
}
