// SPDX-License-Identifier: MIT
/* fuzz_explain_file.c - the reader of explanations, and what it promises of those it accepts. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/report/explain_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sum(const struct fpb_explain_file *file)
{
	double sum[FPB_EXPLAIN_KERNELS] = { 0 };

	if (file->nr_kernels < 1 || file->nr_kernels > FPB_EXPLAIN_KERNELS)
		abort();
	for (size_t i = 0; i < file->nr_lines; i++) {
		if (!file->line[i].function[0] || !file->line[i].module)
			abort();
		for (size_t k = 0; k < file->nr_kernels; k++)
			sum[k] += file->line[i].insn[k];
	}
	if (file->nr_kernels == 1 && sum[0] != file->kernel[0].total)
		abort();
	if (file->nr_kernels > 1 &&
	    sum[1] - sum[0] != file->kernel[1].total - file->kernel[0].total)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_explain_file file;

	(void)fpb_explain_file_starts((const char *)data, size);
	if (fpb_explain_file_parse((const char *)data, size, &file, &problem)) {
		if (!problem.text[0])
			abort();
		return 0;
	}
	check_sum(&file);
	fpb_explain_file_clear(&file);
	return 0;
}
