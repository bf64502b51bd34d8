// SPDX-License-Identifier: MIT
#include "bench/attribution/explanation.h"
#include "bench/report/json_make.h"
#include "bench/report/text.h"

static json_t *function_to_json(const void *attribution, size_t i)
{
	const struct fpb_function *function =
		&((const struct fpb_attribution *)attribution)->function[i];

	return json_pack("{s:o, s:o, s:I}", "function", fpb_text_to_json(function->name), "module",
			 fpb_text_to_json(function->module), "insn", (json_int_t)function->insn);
}

static json_t *kernel_to_json(const void *explanation, size_t i)
{
	const struct fpb_explained_kernel *kernel =
		&((const struct fpb_explanation *)explanation)->kernel[i];
	const struct fpb_attribution *attribution = &kernel->attribution;

	return json_pack(
		"{s:o, s:I, s:o, s:I, s:I, s:I}", "kernel", fpb_text_to_json(kernel->label),
		"total", (json_int_t)attribution->total, "functions",
		fpb_json_array_of(attribution, attribution->nr_functions, function_to_json),
		"nested_guest", (json_int_t)attribution->nested_guest, "user",
		(json_int_t)attribution->user, "disturbed", (json_int_t)kernel->nr_disturbed);
}

static json_t *difference_to_json(const void *explanation, size_t i)
{
	const struct fpb_function_difference *d =
		&((const struct fpb_explanation *)explanation)->difference[i];

	return json_pack("{s:o, s:I, s:I}", "function", fpb_text_to_json(d->name), "a",
			 (json_int_t)d->a, "b", (json_int_t)d->b);
}

int fpb_explain_json(const struct fpb_explanation *e, FILE *out)
{
	json_t *difference;
	size_t operations = 0;

	for (size_t k = 0; k < e->nr_kernels; k++)
		operations += e->kernel[k].nr_operations;
	difference = e->nr_kernels < 2
			     ? json_null()
			     : fpb_json_array_of(e, e->nr_differences, difference_to_json);
	return fpb_json_print(json_pack("{s:o, s:I, s:o, s:o}", "row", fpb_text_to_json(e->row),
					"operations", (json_int_t)operations, "kernels",
					fpb_json_array_of(e, e->nr_kernels, kernel_to_json),
					"difference", difference),
			      out);
}
