// SPDX-License-Identifier: MIT
/* json_strict.c - reading fields of a JSON object that somebody else wrote. */
#include "bench/report/json_strict.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"

void fpb_json_path(char path[FPB_PATH_SIZE], const char *where, const char *key)
{
	snprintf(path, FPB_PATH_SIZE, "%s%s%s", where, *where ? "." : "", key);
}

void fpb_json_path_at(char path[FPB_PATH_SIZE], const char *where, size_t index)
{
	/* The index is what the reader of a message needs: a long prefix gives way. */
	snprintf(path, FPB_PATH_SIZE, "%.*s[%zu]", FPB_PATH_SIZE - 24, where, index);
}

static void describe(const json_t *json, char *buf, size_t size)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		snprintf(buf, size, "an object");
		break;
	case JSON_ARRAY:
		snprintf(buf, size, "an array of %zu", json_array_size(json));
		break;
	case JSON_STRING:
		snprintf(buf, size, "the string \"%.60s\"", json_string_value(json));
		break;
	case JSON_INTEGER:
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		break;
	case JSON_REAL:
		snprintf(buf, size, "%.17g", json_real_value(json));
		break;
	case JSON_TRUE:
		snprintf(buf, size, "true");
		break;
	case JSON_FALSE:
		snprintf(buf, size, "false");
		break;
	case JSON_NULL:
		snprintf(buf, size, "null");
		break;
	}
}

int fpb_json_wrong(struct fpb_problem *problem, const char *where, const json_t *json,
		   const char *expected)
{
	char have[96] = "";

	if (!json) {
		fpb_problem_set(problem, EINVAL, where, "missing; expected %s", expected);
		return -EINVAL;
	}
	describe(json, have, sizeof(have));
	fpb_problem_set(problem, EINVAL, where, "expected %s, read %s", expected, have);
	return -EINVAL;
}

static int wrong_field(const struct fpb_json_in *in, const char *key, const char *expected)
{
	char path[FPB_PATH_SIZE];

	fpb_json_path(path, in->where, key);
	return fpb_json_wrong(in->problem, path, json_object_get(in->json, key), expected);
}

int fpb_json_no_memory(const struct fpb_json_in *in)
{
	fpb_problem_set(in->problem, ENOMEM, in->where, "out of memory");
	return -ENOMEM;
}

int fpb_json_enter(const json_t *json, const char *where, struct fpb_problem *problem,
		   struct fpb_json_in *out)
{
	if (!json_is_object(json))
		return fpb_json_wrong(problem, where, json, "an object");
	*out = (struct fpb_json_in){ .json = json, .where = where, .problem = problem };
	return 0;
}

static int copy_text(const struct fpb_json_in *in, const char *text, char **out)
{
	char *copy = strdup(text);

	if (!copy)
		return fpb_json_no_memory(in);
	*out = copy;
	return 0;
}

int fpb_json_text(const struct fpb_json_in *in, const char *key, char **out)
{
	const json_t *json = json_object_get(in->json, key);

	if (!json_is_string(json))
		return wrong_field(in, key, "a string");
	return copy_text(in, json_string_value(json), out);
}

int fpb_json_text_or_null(const struct fpb_json_in *in, const char *key, char **out)
{
	const json_t *json = json_object_get(in->json, key);

	if (json_is_null(json)) {
		*out = NULL;
		return 0;
	}
	if (!json_is_string(json))
		return wrong_field(in, key, "a string or null");
	return copy_text(in, json_string_value(json), out);
}

int fpb_json_name(const struct fpb_json_in *in, const char *key, char **out)
{
	const json_t *json = json_object_get(in->json, key);

	if (!json_is_string(json) || !json_string_length(json))
		return wrong_field(in, key, "a string that is not empty");
	return copy_text(in, json_string_value(json), out);
}

int fpb_json_choice(const struct fpb_json_in *in, const char *key, const char *const *choices,
		    char **out)
{
	const char *text = json_string_value(json_object_get(in->json, key));
	char expected[200] = "one of";
	size_t used = strlen(expected);

	for (size_t i = 0; choices[i]; i++) {
		if (text && !strcmp(text, choices[i]))
			return copy_text(in, text, out);
	}
	for (size_t i = 0; choices[i] && used < sizeof(expected); i++)
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s %s",
					 i ? "," : "", choices[i]);
	return wrong_field(in, key, expected);
}

int fpb_json_number(const struct fpb_json_in *in, const char *key, double low, double *out)
{
	const json_t *json = json_object_get(in->json, key);
	double value = json_number_value(json);
	char expected[64] = "a number";

	if (json_is_number(json) && value >= low) {
		*out = value;
		return 0;
	}
	if (!isinf(low))
		snprintf(expected, sizeof(expected), "a number >= %g", low);
	return wrong_field(in, key, expected);
}

int fpb_json_integer(const struct fpb_json_in *in, const char *key, json_int_t low, json_int_t high,
		     json_int_t *out)
{
	const json_t *json = json_object_get(in->json, key);
	json_int_t value = json_integer_value(json);
	char expected[96];

	if (json_is_integer(json) && value >= low && value <= high) {
		*out = value;
		return 0;
	}
	if (high < LLONG_MAX)
		snprintf(expected, sizeof(expected), "an integer from %lld to %lld", low, high);
	else if (low > LLONG_MIN)
		snprintf(expected, sizeof(expected), "an integer >= %lld", low);
	else
		snprintf(expected, sizeof(expected), "an integer");
	return wrong_field(in, key, expected);
}

int fpb_json_boolean(const struct fpb_json_in *in, const char *key, bool *out)
{
	const json_t *json = json_object_get(in->json, key);

	if (!json_is_boolean(json))
		return wrong_field(in, key, "true or false");
	*out = json_is_true(json);
	return 0;
}

static int get_array(const struct fpb_json_in *in, const char *key, const json_t **out)
{
	const json_t *json = json_object_get(in->json, key);

	if (!json_is_array(json))
		return wrong_field(in, key, "an array");
	*out = json;
	return 0;
}

/* -EINVAL about the element at `index` of the array under key. */
static int wrong_element(const struct fpb_json_in *in, const char *key, size_t index,
			 const char *expected)
{
	char array[FPB_PATH_SIZE], path[FPB_PATH_SIZE];

	fpb_json_path(array, in->where, key);
	fpb_json_path_at(path, array, index);
	return fpb_json_wrong(in->problem, path,
			      json_array_get(json_object_get(in->json, key), index), expected);
}

int fpb_json_texts(const struct fpb_json_in *in, const char *key, char ***out, size_t *nr)
{
	const json_t *json = NULL;
	char **texts = NULL;
	size_t done;
	int ret = get_array(in, key, &json);

	if (ret)
		return ret;
	for (done = 0; done < json_array_size(json); done++) {
		const json_t *element = json_array_get(json, done);
		char **grown = fpb_grow(texts, done, sizeof(*texts));

		ret = grown ? 0 : fpb_json_no_memory(in);
		if (ret)
			goto out_free;
		texts = grown;
		if (json_is_string(element))
			ret = copy_text(in, json_string_value(element), &texts[done]);
		else
			ret = wrong_element(in, key, done, "a string");
		if (ret)
			goto out_free;
	}
	*out = texts;
	*nr = done;
	return 0;

out_free:
	while (done)
		free(texts[--done]);
	free(texts);
	return ret;
}

int fpb_json_numbers(const struct fpb_json_in *in, const char *key, double low, double **out,
		     size_t *nr)
{
	const json_t *json = NULL;
	double *numbers = NULL;
	size_t size;
	int ret = get_array(in, key, &json);

	if (ret)
		return ret;
	size = json_array_size(json);
	if (size) {
		numbers = calloc(size, sizeof(*numbers));
		if (!numbers)
			return fpb_json_no_memory(in);
	}
	for (size_t i = 0; i < size; i++) {
		const json_t *element = json_array_get(json, i);

		numbers[i] = json_number_value(element);
		if (!json_is_number(element) || numbers[i] < low) {
			char expected[64] = "a number";

			if (!isinf(low))
				snprintf(expected, sizeof(expected), "a number >= %g", low);
			free(numbers);
			return wrong_element(in, key, i, expected);
		}
	}
	*out = numbers;
	*nr = size;
	return 0;
}

json_t *fpb_json_from_double(double value)
{
	if (fabs(value) <= 9007199254740992.0 && value == rint(value))
		return json_integer((json_int_t)value);
	return json_real(value);
}
