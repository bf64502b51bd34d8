// SPDX-License-Identifier: MIT
/*
 * benchmark_json.c - observations in the form Google Benchmark's tools read.
 *
 * Its compare.py (1.7.1) groups by name, takes real_time and cpu_time where both and time_unit are
 * present, and feeds them to a geometric mean, which no zero and no negative value survives.
 */
#include "bench/report/record_json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/json_strict.h"
#include "bench/report/rows.h"
#include "bench/report/text.h"

#define MIN_TIME_NS 0.001

static double value_in_ns(const struct fpb_observation *obs, double value, json_int_t tsc_khz)
{
	double ns = value;

	/* No clock of its own is recorded for core cycles: the nominal one stands in. */
	if (tsc_khz > 0 && (!strcmp(obs->unit, "cyc") || !strcmp(obs->unit, "core_cyc")))
		ns = value * (1e6 / (double)tsc_khz);
	return fmin(fmax(ns, MIN_TIME_NS), DBL_MAX);
}

static char *row_id(const struct fpb_observation *obs)
{
	char *id;

	return asprintf(&id, "%s@%s", obs->name, obs->substrate) < 0 ? NULL : id;
}

json_t *fpb_benchmark_to_json(const struct fpb_observation *obs, unsigned repetitions,
			      json_int_t tsc_khz)
{
	json_t *object = json_object();
	char *id = row_id(obs);
	double value = fpb_observation_value(obs);
	double real_time = value_in_ns(obs, value, tsc_khz);
	double cpu_time = obs->cpu_time_ns > 0 ? obs->cpu_time_ns : real_time;
	double iterations = (double)obs->nr_batches * obs->iterations_per_batch;
	const struct {
		const char *key;
		json_t *value;
	} members[] = {
		{ "name", fpb_text_to_json(id) },
		{ "run_name", fpb_text_to_json(id) },
		{ "run_type", json_string("iteration") },
		{ "repetitions", json_integer(repetitions) },
		{ "repetition_index", json_integer(obs->run) },
		{ "iterations", fpb_json_from_double(iterations) },
		{ "threads", json_integer(1) },
		{ "real_time", fpb_json_from_double(real_time) },
		{ "cpu_time", fpb_json_from_double(cpu_time) },
		{ "time_unit", json_string("ns") },
		{ obs->unit, fpb_json_from_double(value) },
	};
	int failed = !object;

	/* Every reference is handed over, also after a failure. */
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		failed |= json_object_set_new(object, members[i].key, members[i].value);
	free(id);
	if (failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* What may be absent, since nothing here needs it; a row's value stands under its unit. */
static int check_optional(const struct fpb_json_in *in)
{
	static const char *const texts[] = { "run_name", "run_type", NULL };
	static const char *const counts[] = { "repetitions", "repetition_index", "threads", NULL };
	static const char *const numbers[] = { "iterations", "cyc",   "core_cyc", "ns", "insn",
					       "bytes",	     "pages", "count",	  NULL };
	int ret = 0;

	for (size_t i = 0; texts[i] && !ret; i++) {
		char *text = NULL;

		if (json_object_get(in->json, texts[i]))
			ret = fpb_json_text(in, texts[i], &text);
		free(text);
	}
	for (size_t i = 0; counts[i] && !ret; i++) {
		json_int_t count;

		if (json_object_get(in->json, counts[i]))
			ret = fpb_json_integer(in, counts[i], 0, LLONG_MAX, &count);
	}
	for (size_t i = 0; numbers[i] && !ret; i++) {
		double number;

		if (json_object_get(in->json, numbers[i]))
			ret = fpb_json_number(in, numbers[i], -INFINITY, &number);
	}
	return ret;
}

static bool is_about(const json_t *json, const char *name, const struct fpb_observation *obs)
{
	return json_integer_value(json_object_get(json, "repetition_index")) == obs->run &&
	       fpb_row_is(name, obs->name, obs->substrate);
}

int fpb_benchmark_from_json(const json_t *json, const char *where, struct fpb_observation *obs,
			    struct fpb_problem *problem)
{
	struct fpb_json_in in;
	char *name = NULL, *time_unit = NULL;
	double real_time, cpu_time = 0;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : fpb_json_text(&in, "name", &name);
	ret = ret ? ret : fpb_json_number(&in, "real_time", 0, &real_time);
	ret = ret ? ret : fpb_json_number(&in, "cpu_time", 0, &cpu_time);
	ret = ret ? ret : fpb_json_text(&in, "time_unit", &time_unit);
	ret = ret ? ret : check_optional(&in);
	if (!ret && obs && is_about(json, name, obs))
		obs->cpu_time_ns = cpu_time;
	free(time_unit);
	free(name);
	return ret;
}
