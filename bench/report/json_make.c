// SPDX-License-Identifier: MIT
#include "bench/report/json_make.h"

#include <errno.h>
#include <math.h>

json_t *fpb_json_append(json_t *array, json_t *item)
{
	if (!json_array_append_new(array, item))
		return array;
	json_decref(array);
	return NULL;
}

json_t *fpb_json_array_of(const void *what, size_t nr, fpb_json_element *element)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr && array; i++)
		array = fpb_json_append(array, element(what, i));
	return array;
}

json_t *fpb_json_finite(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

int fpb_json_print(json_t *json, FILE *out)
{
	int ret = json ? 0 : -ENOMEM;

	if (!ret && (json_dumpf(json, out, JSON_INDENT(1)) || fputc('\n', out) == EOF))
		ret = -EIO;
	json_decref(json);
	return ret;
}
