// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/attribution/explanation.h"
#include "bench/report/columns.h"

#define FIGURE_COLUMNS 8

static size_t name_columns(const struct fpb_explanation *e)
{
	size_t columns = strlen("function");

	for (size_t k = 0; k < e->nr_kernels; k++) {
		const struct fpb_attribution *attribution = &e->kernel[k].attribution;

		for (size_t i = 0; i < attribution->nr_functions; i++) {
			const size_t length = strlen(attribution->function[i].name);

			columns = length > columns ? length : columns;
		}
	}
	return columns < 48 ? columns : 48;
}

static int print_function(FILE *out, const char *name, const char *module, size_t columns)
{
	int ret;

	fputs("  ", out);
	ret = fpb_print_text(out, name, *module ? columns : 0, false);
	if (!ret && *module) {
		fputs("  ", out);
		ret = fpb_print_text(out, module, 0, false);
	}
	fputc('\n', out);
	return ret;
}

static double share(uint64_t insn, uint64_t total)
{
	return total ? 100.0 * (double)insn / (double)total : 0;
}

static void print_part(FILE *out, uint64_t insn, uint64_t total, const char *what)
{
	fprintf(out, "%*" PRIu64 "  %5.1f %%  %s\n", FIGURE_COLUMNS, insn, share(insn, total),
		what);
}

/* What the figures rest on. */
static void print_basis(FILE *out, const struct fpb_explained_kernel *kernel)
{
	const struct fpb_attribution *attribution = &kernel->attribution;
	char counted[32];

	fprintf(out, "%zu operations stepped", kernel->nr_operations);
	if (kernel->nr_boots > 1)
		fprintf(out, " in %zu boots", kernel->nr_boots);
	if (attribution->nr_alike == attribution->nr_operations)
		fputs(", all alike", out);
	else
		fprintf(out, ", %zu of %zu of the first boot alike", attribution->nr_alike,
			attribution->nr_operations);
	if (kernel->nr_disturbed)
		fprintf(out, "; %zu disturbed by an interrupt or a fault, not counted",
			kernel->nr_disturbed);
	fpb_format_value(kernel->counted, "insn", counted);
	fprintf(out, ". The lab counts %s: without the harness's loop, %+.2f %%.\n", counted,
		kernel->counted > 0 ? 100 * ((double)attribution->total / kernel->counted - 1) : 0);
}

/* Instructions of operations that are unlike the chosen one. */
static void print_variation(FILE *out, const struct fpb_attribution *attribution)
{
	if (attribution->nr_alike == attribution->nr_operations)
		return;
	fputs("instructions of each:", out);
	for (size_t i = 0; i < attribution->nr_operations; i++) {
		const struct fpb_operation *operation = &attribution->operation[i];

		fprintf(out, " %zu%s", operation->end - operation->begin,
			operation->is_disturbed ? " (disturbed)" : "");
	}
	fputc('\n', out);
}

static int print_one(const struct fpb_explanation *e, FILE *out)
{
	const struct fpb_explained_kernel *kernel = &e->kernel[0];
	const struct fpb_attribution *a = &kernel->attribution;
	const size_t columns = name_columns(e);
	int ret = fpb_printf_safe(out, "%s: %" PRIu64 " instructions an operation, %s", e->row,
				  a->total, kernel->label);

	fputs("\n\n", out);
	fprintf(out, "%*s  %7s  %-*s  module\n", FIGURE_COLUMNS, "insn", "share", (int)columns,
		"function");
	for (size_t i = 0; !ret && i < a->nr_functions; i++) {
		const struct fpb_function *function = &a->function[i];

		fprintf(out, "%*" PRIu64 "  %5.1f %%", FIGURE_COLUMNS, function->insn,
			share(function->insn, a->total));
		ret = print_function(out, function->name, function->module, columns);
	}
	fputc('\n', out);
	print_part(out, a->total - a->nested_guest - a->user, a->total, "kernel");
	print_part(out, a->nested_guest, a->total, "nested guest, the harness's loop included");
	print_part(out, a->user, a->total, "user space");
	print_part(out, a->total, a->total, "together");
	fputc('\n', out);
	print_basis(out, kernel);
	print_variation(out, a);
	return ret;
}

static const char *fate(const struct fpb_function_difference *difference)
{
	if (!difference->a)
		return "new";
	return difference->b ? "" : "gone";
}

static int print_two(const struct fpb_explanation *e, FILE *out)
{
	const uint64_t a = e->kernel[0].attribution.total, b = e->kernel[1].attribution.total;
	const size_t columns = name_columns(e);
	int ret = fpb_printf_safe(out, "%s: %+" PRId64 " instructions an operation", e->row,
				  (int64_t)(b - a));

	fputc('\n', out);
	for (size_t k = 0; !ret && k < e->nr_kernels; k++) {
		ret = fpb_printf_safe(out, "%zu  %s: %" PRIu64, k + 1, e->kernel[k].label,
				      e->kernel[k].attribution.total);
		fputc('\n', out);
	}
	fprintf(out, "\n%*s  %*s  %10s  %4s  %-*s  module\n", FIGURE_COLUMNS, "1", FIGURE_COLUMNS,
		"2", "difference", "", (int)columns, "function");
	for (size_t i = 0; !ret && i < e->nr_differences; i++) {
		const struct fpb_function_difference *d = &e->difference[i];

		fprintf(out, "%*" PRIu64 "  %*" PRIu64 "  %+10" PRId64 "  %-4s", FIGURE_COLUMNS,
			d->a, FIGURE_COLUMNS, d->b, (int64_t)(d->b - d->a), fate(d));
		ret = print_function(out, d->name, d->module, columns);
	}
	if (!e->nr_differences)
		fputs("No function takes another number of instructions.\n", out);
	fprintf(out, "%*" PRIu64 "  %*" PRIu64 "  %+10" PRId64 "        together\n\n",
		FIGURE_COLUMNS, a, FIGURE_COLUMNS, b, (int64_t)(b - a));
	for (size_t k = 0; k < e->nr_kernels; k++) {
		fprintf(out, "%zu  ", k + 1);
		print_basis(out, &e->kernel[k]);
		print_variation(out, &e->kernel[k].attribution);
	}
	return ret;
}

int fpb_explain_text(const struct fpb_explanation *explanation, FILE *out)
{
	const int ret = explanation->nr_kernels == 1 ? print_one(explanation, out)
						     : print_two(explanation, out);

	return ret ? ret : ferror(out) ? -EIO : 0;
}
