// SPDX-License-Identifier: MIT
/*
 * plot_explain.c - in which functions of the kernel the instructions of an operation are, or, of two
 * kernels, by how many each function differs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"

#define MOST_LINES 20
/* What fits beside the bars. */
#define NAME_COLUMNS 32

struct bar {
	const struct fpb_explain_line *line;
	double length; /* instructions; of two kernels, their difference */
};

struct bars {
	const struct fpb_explain_file *file;
	struct bar *bar; /* largest first */
	size_t nr, nr_shown;
};

static int by_length(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;
	const double dx = fabs(x->length), dy = fabs(y->length);
	int order;

	if (dx != dy)
		return dx < dy ? 1 : -1;
	order = strcmp(x->line->function, y->line->function);
	return order ? order : strcmp(x->line->module, y->line->module);
}

static int find_bars(const struct fpb_explain_file *file, struct bars *bars)
{
	*bars = (struct bars){ .file = file };
	bars->bar = calloc(file->nr_lines + 1, sizeof(*bars->bar));
	if (!bars->bar)
		return -ENOMEM;
	for (size_t i = 0; i < file->nr_lines; i++) {
		const struct fpb_explain_line *line = &file->line[i];
		const double length = file->nr_kernels > 1 ? line->insn[1] - line->insn[0]
							   : line->insn[0];

		if (length != 0)
			bars->bar[bars->nr++] = (struct bar){ .line = line, .length = length };
	}
	qsort(bars->bar, bars->nr, sizeof(*bars->bar), by_length);
	bars->nr_shown = bars->nr < MOST_LINES ? bars->nr : MOST_LINES;
	return 0;
}

/* What else than a function a bar can stand for; of the others together there is but the label. */
enum { IS_FUNCTION, IS_ELSEWHERE, IS_OTHERS };

/* "PLACE LENGTH KIND NAME LABEL" */
static void print_bar(struct fpb_dat *dat, size_t place, double length, int kind, const char *name,
		      const char *label)
{
	fpb_dat_number(dat, (double)place);
	fpb_dat_number(dat, length);
	fpb_dat_number(dat, kind);
	fpb_dat_text(dat, name, NAME_COLUMNS);
	fpb_dat_text(dat, label, NAME_COLUMNS);
	fpb_dat_end_row(dat);
}

static void describe(const struct bars *bars, double length, const char *word, char label[64])
{
	const double total = bars->file->kernel[0].total;

	if (bars->file->nr_kernels > 1)
		snprintf(label, 64, "%+.0f%s", length, word);
	else if (total > 0)
		snprintf(label, 64, "%.0f, %.1f%%", length, 100 * length / total);
	else
		snprintf(label, 64, "%.0f", length);
}

static int print_function(const struct bars *bars, size_t i, struct fpb_dat *dat)
{
	const struct fpb_explain_line *line = bars->bar[i].line;
	const char *word = line->insn[0] == 0 ? " new" : line->insn[1] == 0 ? " gone" : "";
	const int kind = line->function[0] == '[' ? IS_ELSEWHERE : IS_FUNCTION;
	char label[64], *name = NULL;

	if (asprintf(&name, "%s%s%s%s", line->function, line->module[0] ? " [" : "", line->module,
		     line->module[0] ? "]" : "") < 0)
		return -ENOMEM;
	describe(bars, bars->bar[i].length, word, label);
	print_bar(dat, i, bars->bar[i].length, kind, name, label);
	free(name);
	return 0;
}

static void print_others(const struct bars *bars, struct fpb_dat *dat)
{
	const size_t nr = bars->nr - bars->nr_shown;
	char name[64], label[64];
	double sum = 0;

	if (!nr)
		return;
	for (size_t i = bars->nr_shown; i < bars->nr; i++)
		sum += bars->bar[i].length;
	snprintf(name, sizeof(name), "%zu other%s together", nr, nr > 1 ? "s" : "");
	describe(bars, sum, "", label);
	print_bar(dat, bars->nr_shown, sum, IS_OTHERS, name, label);
}

/* An explanation names its kernels; what reports of the same releases say of them is added. */
static void caption_kernel(const struct fpb_plot_set *set, size_t k, struct fpb_dat *dat)
{
	const struct fpb_explain_kernel *kernel = &set->explanation->kernel[k];
	const char *id = "";

	for (size_t i = 0; i < set->nr && !id[0]; i++) {
		if (!strcmp(set->build[i].release, kernel->label))
			id = set->build[i].build_id;
	}
	fpb_dat_caption(dat, "%s%.90s: %.0f instructions%s%.12s%s",
			set->explanation->nr_kernels > 1 ? (k ? "B: " : "A: ") : "", kernel->label,
			kernel->total, id[0] ? "; build id " : "", id,
			id[0] ? ", by a report of this release" : "");
}

static double nr_disturbed(const struct fpb_explain_file *file)
{
	double nr = 0;

	for (size_t k = 0; k < file->nr_kernels; k++)
		nr += file->kernel[k].nr_disturbed;
	return nr;
}

static void print_caption(const struct fpb_plot_set *set, const struct bars *bars,
			  struct fpb_dat *dat)
{
	const struct fpb_explain_file *file = set->explanation;
	bool is_known = false;

	fpb_dat_texts(dat);
	fpb_dat_key(dat, "unit",
		    file->nr_kernels > 1 ? "instructions an operation, B less A"
					 : "instructions an operation");
	if (file->nr_kernels > 1)
		fpb_dat_caption(dat,
				"%.90s: %+.0f instructions an operation; %zu functions differ.",
				file->row, file->kernel[1].total - file->kernel[0].total, bars->nr);
	else
		fpb_dat_caption(dat, "%.90s: instructions of one operation by function.",
				file->row);
	for (size_t k = 0; k < file->nr_kernels; k++)
		caption_kernel(set, k, dat);
	fpb_dat_caption(dat, "n = %.0f operations stepped through, %.0f of them disturbed; exact.",
			file->nr_operations, nr_disturbed(file));
	for (size_t i = 0; i < set->nr && !is_known; i++) {
		is_known = !strcmp(set->build[i].release, file->kernel[0].label) &&
			   fpb_side_is_deterministic(&set->side[i]);
		if (is_known)
			fpb_plot_caption_machine(set, dat, i);
	}
	if (!is_known)
		fpb_dat_caption(dat,
				"Machine: the lab's, counted in instructions; build ids are not "
				"in an explanation.");
}

static int print(const struct fpb_plot_set *set, const struct bars *bars, struct fpb_dat *dat)
{
	int ret = 0;

	fpb_dat_block(dat, "layout");
	fpb_dat_number(dat, (double)(bars->nr_shown + (bars->nr > bars->nr_shown)));
	fpb_dat_number(dat, (double)bars->file->nr_kernels);
	fpb_dat_end_row(dat);
	fpb_dat_block(dat, "bars");
	for (size_t i = 0; i < bars->nr_shown && !ret; i++)
		ret = print_function(bars, i, dat);
	print_others(bars, dat);
	print_caption(set, bars, dat);
	return ret;
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct bars bars;
	int ret;

	if (!set->explanation)
		return fpb_problem_set(problem, ENODATA, "",
				       "it takes what explain --format json wrote");
	ret = find_bars(set->explanation, &bars);
	if (!ret && !bars.nr)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "the two kernels of the explanation differ in no function");
	ret = ret ? ret : print(set, &bars, dat);
	free(bars.bar);
	return ret;
}

const struct fpb_plot fpb_plot_explain = {
	.name = "explain",
	.title = "instructions of one operation by function of the kernel",
	.write = write_data,
};
