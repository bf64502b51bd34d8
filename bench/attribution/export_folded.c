// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bench/attribution/explanation.h"

static void print_one(const struct fpb_stacks *stacks, FILE *out)
{
	for (size_t i = 0; i < stacks->nr; i++)
		fprintf(out, "%s %" PRIu64 "\n", stacks->stack[i].chain, stacks->stack[i].insn);
}

/* Both are sorted by chain. */
static void print_two(const struct fpb_stacks *a, const struct fpb_stacks *b, FILE *out)
{
	size_t i = 0, k = 0;

	while (i < a->nr || k < b->nr) {
		const int order = i == a->nr   ? 1
				  : k == b->nr ? -1
					       : strcmp(a->stack[i].chain, b->stack[k].chain);
		const char *chain = order <= 0 ? a->stack[i].chain : b->stack[k].chain;
		const uint64_t before = order <= 0 ? a->stack[i++].insn : 0;
		const uint64_t after = order >= 0 ? b->stack[k++].insn : 0;

		fprintf(out, "%s %" PRIu64 " %" PRIu64 "\n", chain, before, after);
	}
}

int fpb_explain_folded(const struct fpb_explanation *explanation, FILE *out)
{
	const struct fpb_explained_kernel *kernel = explanation->kernel;

	if (explanation->nr_kernels == 1)
		print_one(&kernel[0].stacks, out);
	else
		print_two(&kernel[0].stacks, &kernel[1].stacks, out);
	return ferror(out) ? -EIO : 0;
}
