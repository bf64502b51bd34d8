// SPDX-License-Identifier: MIT
#include "bench/attribution/explanation.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"

#define TOLERANCE 0.01

bool fpb_explanation_adds_up(const struct fpb_explained_kernel *kernel)
{
	const double more = (double)kernel->attribution.total - kernel->counted;

	return fabs(more) <= FPB_LOOP_MAX_INSN || fabs(more) <= TOLERANCE * kernel->counted;
}

static int add(struct fpb_explanation *e, const char *name, const char *module, uint64_t a,
	       uint64_t b)
{
	struct fpb_function_difference *grown;

	if (a == b)
		return 0;
	grown = fpb_grow(e->difference, e->nr_differences, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	e->difference = grown;
	grown[e->nr_differences++] = (struct fpb_function_difference){ name, module, a, b };
	return 0;
}

static uint64_t insn_of(const struct fpb_attribution *attribution, const struct fpb_function *like)
{
	for (size_t i = 0; i < attribution->nr_functions; i++) {
		const struct fpb_function *function = &attribution->function[i];

		if (!strcmp(function->name, like->name) && !strcmp(function->module, like->module))
			return function->insn;
	}
	return 0;
}

static uint64_t size_of(const struct fpb_function_difference *difference)
{
	return difference->a < difference->b ? difference->b - difference->a
					     : difference->a - difference->b;
}

static int by_size(const void *a, const void *b)
{
	const struct fpb_function_difference *x = a, *y = b;
	const int names = strcmp(x->name, y->name);

	if (size_of(x) != size_of(y))
		return size_of(x) < size_of(y) ? 1 : -1;
	return names ? names : strcmp(x->module, y->module);
}

int fpb_explanation_compare(struct fpb_explanation *e)
{
	const struct fpb_attribution *a = &e->kernel[0].attribution;
	const struct fpb_attribution *b = &e->kernel[1].attribution;
	int ret = add(e, FPB_NESTED_GUEST, "", a->nested_guest, b->nested_guest);

	if (!ret)
		ret = add(e, FPB_USER_SPACE, "", a->user, b->user);
	for (size_t i = 0; !ret && i < a->nr_functions; i++) {
		const struct fpb_function *function = &a->function[i];

		ret = add(e, function->name, function->module, function->insn,
			  insn_of(b, function));
	}
	for (size_t i = 0; !ret && i < b->nr_functions; i++) {
		const struct fpb_function *function = &b->function[i];

		if (!insn_of(a, function))
			ret = add(e, function->name, function->module, 0, function->insn);
	}
	if (!ret && e->nr_differences)
		qsort(e->difference, e->nr_differences, sizeof(*e->difference), by_size);
	return ret;
}

void fpb_explanation_clear(struct fpb_explanation *explanation)
{
	for (size_t i = 0; i < FPB_EXPLANATION_KERNELS; i++) {
		free(explanation->kernel[i].label);
		fpb_attribution_clear(&explanation->kernel[i].attribution);
		fpb_stacks_clear(&explanation->kernel[i].stacks);
	}
	free(explanation->row);
	free(explanation->difference);
	*explanation = (struct fpb_explanation){ 0 };
}
