// SPDX-License-Identifier: MIT
#include <errno.h>
#include <jansson.h>

#include "bench/attribution/explanation.h"
#include "bench/report/text.h"

static json_t *functions_to_json(const struct fpb_attribution *attribution)
{
	json_t *array = json_array();

	for (size_t i = 0; i < attribution->nr_functions; i++) {
		const struct fpb_function *function = &attribution->function[i];
		json_t *json = json_pack("{s:o, s:o, s:I}", "function",
					 fpb_text_to_json(function->name), "module",
					 fpb_text_to_json(function->module), "insn",
					 (json_int_t)function->insn);

		if (json_array_append_new(array, json))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

static json_t *kernels_to_json(const struct fpb_explanation *e)
{
	json_t *array = json_array();

	for (size_t k = 0; k < e->nr_kernels; k++) {
		const struct fpb_explained_kernel *kernel = &e->kernel[k];
		const struct fpb_attribution *attribution = &kernel->attribution;
		json_t *json = json_pack("{s:o, s:I, s:o, s:I, s:I, s:I}", "kernel",
					 fpb_text_to_json(kernel->label), "total",
					 (json_int_t)attribution->total, "functions",
					 functions_to_json(attribution), "nested_guest",
					 (json_int_t)attribution->nested_guest, "user",
					 (json_int_t)attribution->user, "disturbed",
					 (json_int_t)kernel->nr_disturbed);

		if (json_array_append_new(array, json))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

static json_t *difference_to_json(const struct fpb_explanation *e)
{
	json_t *array;

	if (e->nr_kernels < 2)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < e->nr_differences; i++) {
		const struct fpb_function_difference *d = &e->difference[i];
		json_t *json = json_pack("{s:o, s:I, s:I}", "function", fpb_text_to_json(d->name),
					 "a", (json_int_t)d->a, "b", (json_int_t)d->b);

		if (json_array_append_new(array, json))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

int fpb_explain_json(const struct fpb_explanation *e, FILE *out)
{
	size_t operations = 0;
	json_t *json;
	int ret = 0;

	for (size_t k = 0; k < e->nr_kernels; k++)
		operations += e->kernel[k].nr_operations;
	json = json_pack("{s:o, s:I, s:o, s:o}", "row", fpb_text_to_json(e->row), "operations",
			 (json_int_t)operations, "kernels", kernels_to_json(e), "difference",
			 difference_to_json(e));
	if (!json)
		return -ENOMEM;
	if (json_dumpf(json, out, JSON_INDENT(1)) || fputc('\n', out) == EOF)
		ret = -EIO;
	json_decref(json);
	return ret;
}
