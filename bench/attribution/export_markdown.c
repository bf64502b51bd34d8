// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>

#include "bench/attribution/explanation.h"
#include "bench/report/columns.h"
#include "bench/report/escape.h"

static int print_cells(FILE *out, const char *name, const char *module)
{
	int ret;

	fputs(" | ", out);
	ret = fpb_print_code_span(out, name);
	fputs(" | ", out);
	if (!ret && *module)
		ret = fpb_print_code_span(out, module);
	fputs(" |\n", out);
	return ret;
}

static int print_head(FILE *out, const char *row, const char *words)
{
	int ret;

	fputs("### ", out);
	ret = fpb_print_code_span(out, row);
	fprintf(out, ": %s\n\n", words);
	return ret;
}

static int print_kernel(FILE *out, const struct fpb_explained_kernel *kernel)
{
	char counted[32];
	int ret;

	fpb_format_value(kernel->counted, "insn", counted);
	fputs("- ", out);
	ret = fpb_print_code_span(out, kernel->label);
	fprintf(out,
		": %" PRIu64 " instructions; the lab counts %s without the harness's loop; "
		"%zu operations, %zu disturbed\n",
		kernel->attribution.total, counted, kernel->nr_operations, kernel->nr_disturbed);
	return ret;
}

static int print_one(const struct fpb_explanation *e, FILE *out)
{
	const struct fpb_attribution *a = &e->kernel[0].attribution;
	int ret = 0;

	fputs("\n| insn | share | function | module |\n| ---: | ---: | --- | --- |\n", out);
	for (size_t i = 0; !ret && i < a->nr_functions; i++) {
		fprintf(out, "| %" PRIu64 " | %.1f %%", a->function[i].insn,
			100.0 * (double)a->function[i].insn / (double)a->total);
		ret = print_cells(out, a->function[i].name, a->function[i].module);
	}
	fprintf(out, "| %" PRIu64 " | | nested guest | |\n| %" PRIu64 " | | user space | |\n",
		a->nested_guest, a->user);
	return ret;
}

static int print_two(const struct fpb_explanation *e, FILE *out)
{
	int ret = 0;

	if (!e->nr_differences) {
		fputs("\nNo function takes another number of instructions.\n", out);
		return 0;
	}
	fputs("\n| before | after | difference | function | module |\n"
	      "| ---: | ---: | ---: | --- | --- |\n",
	      out);
	for (size_t i = 0; !ret && i < e->nr_differences; i++) {
		const struct fpb_function_difference *d = &e->difference[i];

		fprintf(out, "| %" PRIu64 " | %" PRIu64 " | %+" PRId64 "%s", d->a, d->b,
			(int64_t)(d->b - d->a),
			!d->a	? " (new)"
			: !d->b ? " (gone)"
				: "");
		ret = print_cells(out, d->name, d->module);
	}
	return ret;
}

int fpb_explain_markdown(const struct fpb_explanation *e, FILE *out)
{
	const uint64_t a = e->kernel[0].attribution.total;
	char words[96];
	int ret;

	if (e->nr_kernels == 1)
		snprintf(words, sizeof(words), "%" PRIu64 " instructions an operation", a);
	else
		snprintf(words, sizeof(words), "%+" PRId64 " instructions an operation",
			 (int64_t)(e->kernel[1].attribution.total - a));
	ret = print_head(out, e->row, words);
	for (size_t k = 0; !ret && k < e->nr_kernels; k++)
		ret = print_kernel(out, &e->kernel[k]);
	if (!ret)
		ret = e->nr_kernels == 1 ? print_one(e, out) : print_two(e, out);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
