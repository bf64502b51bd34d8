// SPDX-License-Identifier: MIT
/* explain_row.c - one row, in one or two kernels: their boots, and what these come to together. */
#include "bench/cli/explain_row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/explain.h"
#include "bench/core/row.h"
#include "bench/report/text.h"
#include "host/temporary.h"

struct explain {
	const struct explain_request *request;
	struct lab lab;
	bool is_guest;
	struct explain_places places;
	struct fpb_explanation *explanation;
	/* As struct lab_options has them. */
	const char *operand[FPB_EXPLANATION_KERNELS], *modules[FPB_EXPLANATION_KERNELS];
};

/* By id, or else the first of its name. */
static const struct fpb_row *find_row(const struct fpb_rows *rows, const char *name)
{
	const struct fpb_row *row = fpb_rows_find(rows, name);

	for (size_t i = 0; !row && i < rows->nr; i++) {
		if (!strcmp(rows->row[i].name, name))
			row = &rows->row[i];
	}
	return row;
}

/* The regular expression that matches the text and nothing else. */
static char *filter_of(const char *text)
{
	char *filter = malloc(2 * strlen(text) + 3), *to = filter;

	if (!filter)
		return NULL;
	*to++ = '^';
	for (; *text; text++) {
		if (strchr("^.[]$()|*+?{}\\", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '$';
	*to = '\0';
	return filter;
}

/* A row with operations to step between, or NULL: err then is as explain_row_check() returns it. */
static const struct fpb_row *choose(const struct fpb_rows *rows, const char *name,
				    struct fpb_err *err)
{
	const struct fpb_row *row = find_row(rows, name);

	if (!row)
		FPB_FAIL(err, -ENOENT, "explain %s: expected a row; see 'fpstate-bench list'",
			 name);
	else if (row->in_bytes)
		FPB_FAIL(err, -EINVAL,
			 "explain %s: its figure is bytes; no operation of it is timed", row->id);
	else if (row->oneshot)
		FPB_FAIL(
			err, -EINVAL,
			"explain %s: its operation is prepared anew each time; there are no two in "
			"a row to step between",
			row->id);
	else
		return row;
	return NULL;
}

int explain_row_check(const char *name, struct fpb_err *err)
{
	struct fpb_rows rows = { 0 };
	int ret = fpb_rows_create(&rows, err);

	if (!ret && !choose(&rows, name, err))
		ret = err->code;
	fpb_rows_clear(&rows);
	return ret;
}

static int take_row(struct explain *e, struct fpb_err *err)
{
	struct fpb_rows rows = { 0 };
	const struct fpb_row *row = NULL;
	int ret = fpb_rows_create(&rows, err);

	if (!ret)
		row = choose(&rows, e->request->row, err);
	if (row) {
		e->explanation->row = strdup(row->id);
		e->lab.filter = filter_of(row->id);
		e->is_guest = row->substrate != FPB_HOST;
		if (!e->explanation->row || !e->lab.filter)
			FPB_FAIL(err, -ENOMEM, "explain %s", row->id);
	}
	fpb_rows_clear(&rows);
	return err->code;
}

static enum exit_code choose_row(struct explain *e)
{
	struct fpb_err err = { 0 };
	int ret = take_row(e, &err);

	if (ret == -ENOENT || ret == -EINVAL)
		return report_usage(&err);
	if (!ret)
		ret = explain_places_find(e->is_guest, &e->places, &err);
	return ret ? report_err(&err, EXIT_UNFIT) : EXIT_FINE;
}

/* As `lab` would, with this row alone. */
static enum exit_code prepare(struct explain *e)
{
	const struct explain_request *o = e->request;
	struct lab *lab = &e->lab;
	struct fpb_err err = { 0 };
	enum exit_code code = choose_row(e);

	if (code != EXIT_FINE)
		return code;
	for (unsigned int i = 0; i < o->nr_kernels; i++) {
		e->operand[i] = o->kernel[i].operand;
		e->modules[i] = o->kernel[i].modules;
	}
	lab->options = (struct lab_options){
		.kernels = (char **)(uintptr_t)e->operand,
		.kernel_modules = e->modules,
		.nr_kernels = o->nr_kernels,
		.engine = &lab_engine_tcg,
		.emulator = o->emulator,
		.cpu_model = o->cpu_model,
		.inject = "0",
		.boots = o->boots,
		.wants_symbols = true,
	};
	if (lab->options.engine->check(o->emulator, &lab->hypervisor, &err))
		return report_err(&err, EXIT_UNFIT);
	/* For the consoles of the boots. */
	if (temporary_folder_make("explain", &lab->out, &err))
		return report_err(&err, EXIT_UNFIT);
	return lab_kernels_load(lab);
}

static bool is_alike(const struct fpb_attribution *a, const struct fpb_attribution *b)
{
	if (a->total != b->total || a->nested_guest != b->nested_guest || a->user != b->user ||
	    a->nr_functions != b->nr_functions)
		return false;
	for (size_t i = 0; i < a->nr_functions; i++) {
		if (strcmp(a->function[i].name, b->function[i].name) != 0 ||
		    strcmp(a->function[i].module, b->function[i].module) != 0 ||
		    a->function[i].insn != b->function[i].insn)
			return false;
	}
	return true;
}

/* The first boot's figures are kept, those of the others must be the same. */
static enum exit_code take(struct explain *e, unsigned int index, struct explain_figures *figures)
{
	struct fpb_explained_kernel *kernel = &e->explanation->kernel[index];
	enum exit_code code = EXIT_FINE;

	kernel->nr_operations += figures->attribution.nr_operations;
	kernel->nr_disturbed += figures->attribution.nr_disturbed;
	if (kernel->nr_boots++ == 0) {
		kernel->attribution = figures->attribution;
		kernel->stacks = figures->stacks;
		kernel->counted = figures->counted;
		*figures = (struct explain_figures){ 0 };
	} else if (!is_alike(&kernel->attribution, &figures->attribution)) {
		fprintf(stderr,
			"fpstate-bench: explain %s, %s: boot %zu took %llu instructions, the first "
			"%llu, or took them elsewhere: what the row does hangs on chance; "
			"--boots 1 shows one of its ways\n",
			e->explanation->row, kernel->label, kernel->nr_boots,
			(unsigned long long)figures->attribution.total,
			(unsigned long long)kernel->attribution.total);
		code = EXIT_UNFIT;
	}
	explain_figures_clear(figures);
	return code;
}

static enum exit_code explain_kernel(struct explain *e, unsigned int index)
{
	struct fpb_explained_kernel *kernel = &e->explanation->kernel[index];
	const struct explain_boot boot = {
		.lab = &e->lab,
		.build = &e->lab.build[index],
		.kernel = &e->request->kernel[index],
		.row = e->explanation->row,
		.places = &e->places,
	};
	enum exit_code code = EXIT_FINE;

	e->explanation->nr_kernels++;
	/* An operand may come from a file that somebody else has written. */
	kernel->label = fpb_text_printable_dup(lab_label(&e->lab, index));
	if (!kernel->label) {
		fputs("fpstate-bench: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	for (unsigned int i = 0; code == EXIT_FINE && i < e->request->boots; i++) {
		struct explain_figures figures;

		fprintf(stderr, "%s: boot %u of %u, stepping through %s\n", kernel->label, i + 1,
			e->request->boots, e->explanation->row);
		code = explain_boot_run(&boot, &figures);
		if (code == EXIT_FINE)
			code = take(e, index, &figures);
	}
	return code;
}

static void destroy(struct explain *e)
{
	temporary_folder_remove(e->lab.out);
	lab_clear(&e->lab);
}

static enum exit_code check_sums(const struct fpb_explanation *explanation)
{
	for (size_t k = 0; k < explanation->nr_kernels; k++) {
		const struct fpb_explained_kernel *kernel = &explanation->kernel[k];

		if (fpb_explanation_adds_up(kernel))
			continue;
		fprintf(stderr,
			"fpstate-bench: explain %s, %s: the functions add up to %llu instructions, "
			"the lab counts %.1f in the same boot: its operations are not alike, or "
			"this emulator's steps let interrupts in; QEMU's hold them back "
			"(--emulator PATH)\n",
			explanation->row, kernel->label,
			(unsigned long long)kernel->attribution.total, kernel->counted);
		return EXIT_UNFIT;
	}
	return EXIT_FINE;
}

enum exit_code explain_row(const struct explain_request *request,
			   struct fpb_explanation *explanation)
{
	struct explain e = { .request = request, .explanation = explanation };
	enum exit_code code;

	*explanation = (struct fpb_explanation){ 0 };
	code = prepare(&e);
	for (unsigned int i = 0; code == EXIT_FINE && i < request->nr_kernels; i++)
		code = explain_kernel(&e, i);
	if (code == EXIT_FINE)
		code = check_sums(explanation);
	if (code == EXIT_FINE && explanation->nr_kernels > 1 &&
	    fpb_explanation_compare(explanation)) {
		fputs("fpstate-bench: out of memory\n", stderr);
		code = EXIT_UNFIT;
	}
	destroy(&e);
	return code;
}
