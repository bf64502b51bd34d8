// SPDX-License-Identifier: MIT
/* head_json.c - what a report says once: suite, plan, noise floor. */
#include "bench/report/record_json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/json_strict.h"
#include "bench/report/text.h"

static json_t *text_or_null(const char *text)
{
	return text ? fpb_text_to_json(text) : json_null();
}

static json_t *finish(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

json_t *fpb_suite_to_json(const struct fpb_suite *suite)
{
	json_t *object = json_object();
	int failed = !object;

	failed = failed || json_object_set_new(object, "version", text_or_null(suite->version));
	failed = failed || json_object_set_new(object, "commit", text_or_null(suite->commit));
	failed = failed || json_object_set_new(object, "compiler", text_or_null(suite->compiler));
	failed = failed || json_object_set_new(object, "flags", text_or_null(suite->flags));
	failed = failed ||
		 json_object_set_new(object, "build_type", text_or_null(suite->build_type));
	failed = failed ||
		 json_object_set_new(object, "payload_sha256", text_or_null(suite->payload_sha256));
	return finish(object, failed);
}

int fpb_suite_from_json(const json_t *json, const char *where, struct fpb_suite *out,
			struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : fpb_json_text(&in, "version", &out->version);
	ret = ret ? ret : fpb_json_text_or_null(&in, "commit", &out->commit);
	ret = ret ? ret : fpb_json_text(&in, "compiler", &out->compiler);
	ret = ret ? ret : fpb_json_text(&in, "flags", &out->flags);
	ret = ret ? ret : fpb_json_text(&in, "build_type", &out->build_type);
	ret = ret ? ret : fpb_json_text_or_null(&in, "payload_sha256", &out->payload_sha256);
	return ret;
}

static bool is_digits(const char *text, size_t length)
{
	return length && strspn(text, "0123456789") >= length;
}

/* "12", "2%" or "0.5%". */
static bool is_inject(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (!whole)
		return false;
	if (!text[whole])
		return true;
	if (text[whole] == '.') {
		part = strspn(text + whole + 1, "0123456789");
		whole += 1 + part;
		if (!part)
			return false;
	}
	return !strcmp(text + whole, "%");
}

static json_t *inject_to_json(const char *inject)
{
	if (!inject)
		return json_integer(0);
	/* 18 digits always fit. */
	if (is_digits(inject, strlen(inject)) && strlen(inject) <= 18)
		return json_integer(strtoll(inject, NULL, 10));
	return fpb_text_to_json(inject);
}

static int read_inject(const struct fpb_json_in *in, char **out)
{
	const json_t *json = json_object_get(in->json, "inject");
	char path[FPB_PATH_SIZE];

	if (json_is_integer(json) && json_integer_value(json) >= 0) {
		if (asprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json)) < 0) {
			*out = NULL;
			return fpb_json_no_memory(in);
		}
		return 0;
	}
	if (json_is_string(json) && is_inject(json_string_value(json)))
		return fpb_json_text(in, "inject", out);
	fpb_json_path(path, in->where, "inject");
	return fpb_json_wrong(in->problem, path, json, "an integer >= 0 or a string like \"2%\"");
}

static json_t *entries_to_json(const struct fpb_report_plan *plan)
{
	json_t *array = json_array();
	int failed = !array;

	for (size_t i = 0; i < plan->nr_entries && !failed; i++)
		failed = json_array_append_new(array, fpb_text_to_json(plan->entries[i]));
	return finish(array, failed);
}

json_t *fpb_plan_to_json(const struct fpb_report_plan *plan)
{
	json_t *object = json_object();
	json_int_t seed = (json_int_t)plan->seed;
	int failed = !object;

	failed = failed || json_object_set_new(object, "session", text_or_null(plan->session));
	failed = failed || json_object_set_new(object, "seed", json_integer(seed));
	failed = failed || json_object_set_new(object, "profile", text_or_null(plan->profile));
	failed = failed || json_object_set_new(object, "runs", json_integer(plan->runs));
	failed = failed || json_object_set_new(object, "order", text_or_null(plan->order));
	failed = failed || json_object_set_new(object, "inject", inject_to_json(plan->inject));
	failed = failed || json_object_set_new(object, "complete", json_boolean(plan->complete));
	failed = failed || json_object_set_new(object, "entries", entries_to_json(plan));
	return finish(object, failed);
}

int fpb_plan_from_json(const json_t *json, const char *where, struct fpb_report_plan *out,
		       struct fpb_problem *problem)
{
	static const char *const orders[] = { "shuffled", "abba", NULL };
	struct fpb_json_in in;
	json_int_t seed = 0, runs = 0;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : fpb_json_name(&in, "session", &out->session);
	ret = ret ? ret : fpb_json_integer(&in, "seed", 0, LLONG_MAX, &seed);
	ret = ret ? ret : fpb_json_name(&in, "profile", &out->profile);
	ret = ret ? ret : fpb_json_integer(&in, "runs", 1, INT_MAX, &runs);
	ret = ret ? ret : fpb_json_choice(&in, "order", orders, &out->order);
	ret = ret ? ret : read_inject(&in, &out->inject);
	ret = ret ? ret : fpb_json_boolean(&in, "complete", &out->complete);
	ret = ret ? ret : fpb_json_texts(&in, "entries", &out->entries, &out->nr_entries);
	out->seed = (uint64_t)seed;
	out->runs = (unsigned)runs;
	return ret;
}

json_t *fpb_noise_floor_to_json(const struct fpb_report *report)
{
	json_t *object = json_object();
	int failed = !object;

	for (size_t i = 0; i < report->nr_noise_floor && !failed; i++)
		failed = json_object_set_new(object, report->noise_floor[i].row,
					     fpb_json_from_double(report->noise_floor[i].fraction));
	return finish(object, failed);
}

int fpb_noise_floor_from_json(json_t *json, const char *where, struct fpb_report *out,
			      struct fpb_problem *problem)
{
	struct fpb_json_in in;
	const char *row;
	json_t *value;
	int ret = fpb_json_enter(json, where, problem, &in);

	if (ret)
		return ret;
	json_object_foreach(json, row, value) {
		double fraction;

		ret = fpb_json_number(&in, row, 0, &fraction);
		if (ret)
			return ret;
		if (fpb_report_add_noise_floor(out, row, fraction))
			return fpb_json_no_memory(&in);
	}
	return 0;
}

int fpb_head_from_json(const json_t *json, const char *where, struct fpb_report *out,
		       struct fpb_problem *problem)
{
	json_t *environment = json_object_get(json, "environment");
	char path[FPB_PATH_SIZE];
	int ret;

	fpb_json_path(path, where, "suite");
	ret = fpb_suite_from_json(json_object_get(json, "suite"), path, &out->suite, problem);
	fpb_json_path(path, where, "environment");
	ret = ret ? ret : fpb_environment_check(environment, path, problem);
	if (ret)
		return ret;
	out->environment = json_incref(environment);
	fpb_json_path(path, where, "plan");
	return fpb_plan_from_json(json_object_get(json, "plan"), path, &out->plan, problem);
}
