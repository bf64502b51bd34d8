// SPDX-License-Identifier: MIT
/* record_json.c - observations, skips, failures and derived figures as JSON and back. */
#include "bench/report/record_json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/json_strict.h"
#include "bench/report/text.h"

static const char *const substrates[] = { "host", "guest/ring0", "guest/ring3", NULL };
static const char *const units[] = { "cyc",   "core_cyc", "ns",	   "insn",
				     "bytes", "pages",	  "count", NULL };
static const char *const skip_reasons[] = {
	"no-kvm", "no-permission", "cpu-lacks", "kvm-lacks", "os-lacks", "backend-cannot",
	"no-pmu", "no-emulator",   "hazard",	"profile",   NULL,
};

/* Like json_object_set_new(), but a value that could not be made fails here, once. */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

/* Closes a record: the object if nothing failed, otherwise NULL. */
static json_t *finish(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/* A record about a row begins with what identifies it. */
static int set_row(json_t *object, const char *name, const char *substrate)
{
	return set(object, "name", fpb_text_to_json(name)) ||
	       set(object, "substrate", fpb_text_to_json(substrate));
}

static int read_row(const struct fpb_json_in *in, char **name, char **substrate)
{
	int ret = fpb_json_name(in, "name", name);

	return ret ? ret : fpb_json_choice(in, "substrate", substrates, substrate);
}

static json_t *texts_to_json(char *const *texts, size_t nr)
{
	json_t *array = json_array();
	int failed = !array;

	for (size_t i = 0; i < nr && !failed; i++)
		failed = json_array_append_new(array, fpb_text_to_json(texts[i]));
	return finish(array, failed);
}

static json_t *numbers_to_json(const double *numbers, size_t nr)
{
	json_t *array = json_array();
	int failed = !array;

	for (size_t i = 0; i < nr && !failed; i++)
		failed = json_array_append_new(array, fpb_json_from_double(numbers[i]));
	return finish(array, failed);
}

static json_t *evidence_to_json(const struct fpb_observation *obs)
{
	json_t *object = json_object();
	int failed = !object;

	for (size_t i = 0; i < obs->nr_evidence && !failed; i++)
		failed = set(object, obs->evidence[i].key, json_integer(obs->evidence[i].value));
	return finish(object, failed);
}

json_t *fpb_observation_to_json(const struct fpb_observation *obs, bool with_cpu_time)
{
	json_t *object = json_object();
	int failed = !object;

	failed = failed || set(object, "run", json_integer(obs->run));
	failed = failed || set_row(object, obs->name, obs->substrate);
	failed = failed || set(object, "unit", fpb_text_to_json(obs->unit));
	failed = failed || set(object, "batches", numbers_to_json(obs->batches, obs->nr_batches));
	failed = failed || set(object, "iterations_per_batch",
			       fpb_json_from_double(obs->iterations_per_batch));
	failed = failed || set(object, "overhead", fpb_json_from_double(obs->overhead));
	failed = failed || set(object, "copies",
			       obs->has_copies ? numbers_to_json(obs->copies, 2) : json_null());
	failed = failed || set(object, "gated", json_boolean(obs->gated));
	failed = failed || set(object, "evidence", evidence_to_json(obs));
	failed = failed || set(object, "flags", texts_to_json(obs->flags, obs->nr_flags));
	if (with_cpu_time)
		failed = failed ||
			 set(object, "cpu_time_ns", fpb_json_from_double(obs->cpu_time_ns));
	return finish(object, failed);
}

static int read_evidence(const struct fpb_json_in *in, struct fpb_observation *obs)
{
	json_t *object = json_object_get(in->json, "evidence"), *value;
	struct fpb_json_in evidence;
	char path[FPB_PATH_SIZE];
	const char *key;
	int ret;

	fpb_json_path(path, in->where, "evidence");
	ret = fpb_json_enter(object, path, in->problem, &evidence);
	if (ret)
		return ret;
	if (!json_object_size(object))
		return 0;
	obs->evidence = calloc(json_object_size(object), sizeof(*obs->evidence));
	if (!obs->evidence)
		return fpb_json_no_memory(in);
	json_object_foreach(object, key, value) {
		struct fpb_evidence *next = &obs->evidence[obs->nr_evidence];

		ret = fpb_json_integer(&evidence, key, LLONG_MIN, LLONG_MAX, &next->value);
		if (ret)
			return ret;
		next->key = strdup(key);
		if (!next->key)
			return fpb_json_no_memory(in);
		obs->nr_evidence++;
	}
	return 0;
}

static int read_batches(const struct fpb_json_in *in, struct fpb_observation *obs)
{
	char path[FPB_PATH_SIZE];
	int ret = fpb_json_numbers(in, "batches", 0, &obs->batches, &obs->nr_batches);

	if (ret || obs->nr_batches)
		return ret;
	fpb_json_path(path, in->where, "batches");
	return fpb_problem_set(in->problem, EINVAL, path, "expected at least one batch, read none");
}

static int read_copies(const struct fpb_json_in *in, struct fpb_observation *obs)
{
	const json_t *json = json_object_get(in->json, "copies");
	char path[FPB_PATH_SIZE];
	double *copies = NULL;
	size_t nr = 0;
	int ret;

	if (json_is_null(json))
		return 0;
	fpb_json_path(path, in->where, "copies");
	if (!json_is_array(json) || json_array_size(json) != 2)
		return fpb_json_wrong(in->problem, path, json, "null or an array [low, high]");
	ret = fpb_json_numbers(in, "copies", -INFINITY, &copies, &nr);
	if (ret)
		return ret;
	obs->has_copies = true;
	obs->copies[0] = copies[0];
	obs->copies[1] = copies[1];
	free(copies);
	if (obs->copies[0] > obs->copies[1])
		return fpb_problem_set(in->problem, EINVAL, path,
				       "expected the lower median first, read [%g, %g]",
				       obs->copies[0], obs->copies[1]);
	return 0;
}

static int read_run(const struct fpb_json_in *in, unsigned *out)
{
	json_int_t run;
	int ret = fpb_json_integer(in, "run", 0, INT_MAX, &run);

	if (!ret)
		*out = (unsigned)run;
	return ret;
}

static int read_observation(const struct fpb_json_in *in, struct fpb_observation *obs)
{
	int ret = read_run(in, &obs->run);

	ret = ret ? ret : read_row(in, &obs->name, &obs->substrate);
	ret = ret ? ret : fpb_json_choice(in, "unit", units, &obs->unit);
	ret = ret ? ret : read_batches(in, obs);
	ret = ret ? ret
		  : fpb_json_number(in, "iterations_per_batch", 1, &obs->iterations_per_batch);
	ret = ret ? ret : fpb_json_number(in, "overhead", 0, &obs->overhead);
	ret = ret ? ret : read_copies(in, obs);
	obs->gated = true;
	if (json_object_get(in->json, "gated"))
		ret = ret ? ret : fpb_json_boolean(in, "gated", &obs->gated);
	ret = ret ? ret : read_evidence(in, obs);
	ret = ret ? ret : fpb_json_texts(in, "flags", &obs->flags, &obs->nr_flags);
	if (json_object_get(in->json, "cpu_time_ns"))
		ret = ret ? ret : fpb_json_number(in, "cpu_time_ns", 0, &obs->cpu_time_ns);
	return ret;
}

int fpb_observation_from_json(const json_t *json, const char *where, struct fpb_observation *out,
			      struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : read_observation(&in, out);
	if (ret)
		fpb_observation_clear(out);
	return ret;
}

json_t *fpb_skip_to_json(const struct fpb_skip *skip)
{
	json_t *object = json_object();
	int failed = !object;

	failed = failed || set_row(object, skip->name, skip->substrate);
	failed = failed || set(object, "reason", fpb_text_to_json(skip->reason));
	failed = failed || set(object, "text", fpb_text_to_json(skip->text));
	return finish(object, failed);
}

int fpb_skip_from_json(const json_t *json, const char *where, struct fpb_skip *out,
		       struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : read_row(&in, &out->name, &out->substrate);
	ret = ret ? ret : fpb_json_choice(&in, "reason", skip_reasons, &out->reason);
	ret = ret ? ret : fpb_json_text(&in, "text", &out->text);
	if (ret)
		fpb_skip_clear(out);
	return ret;
}

json_t *fpb_failure_to_json(const struct fpb_failure *failure)
{
	json_t *object = json_object();
	int failed = !object;

	failed = failed || set_row(object, failure->name, failure->substrate);
	failed = failed || set(object, "error", fpb_text_to_json(failure->error));
	failed = failed || set(object, "where", fpb_text_to_json(failure->where));
	return finish(object, failed);
}

int fpb_failure_from_json(const json_t *json, const char *where, struct fpb_failure *out,
			  struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : read_row(&in, &out->name, &out->substrate);
	ret = ret ? ret : fpb_json_text(&in, "error", &out->error);
	ret = ret ? ret : fpb_json_text(&in, "where", &out->where);
	if (ret)
		fpb_failure_clear(out);
	return ret;
}

json_t *fpb_derived_to_json(const struct fpb_derived *derived)
{
	json_t *object = json_object();
	int failed = !object;

	failed = failed || set(object, "name", fpb_text_to_json(derived->name));
	failed = failed || set(object, "unit", fpb_text_to_json(derived->unit));
	failed = failed || set(object, "value", fpb_json_from_double(derived->value));
	failed = failed || set(object, "low", fpb_json_from_double(derived->low));
	failed = failed || set(object, "high", fpb_json_from_double(derived->high));
	failed = failed || set(object, "from", texts_to_json(derived->from, derived->nr_from));
	return finish(object, failed);
}

int fpb_derived_from_json(const json_t *json, const char *where, struct fpb_derived *out,
			  struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : fpb_json_name(&in, "name", &out->name);
	ret = ret ? ret : fpb_json_text(&in, "unit", &out->unit);
	ret = ret ? ret : fpb_json_number(&in, "value", -INFINITY, &out->value);
	ret = ret ? ret : fpb_json_number(&in, "low", -INFINITY, &out->low);
	ret = ret ? ret : fpb_json_number(&in, "high", -INFINITY, &out->high);
	ret = ret ? ret : fpb_json_texts(&in, "from", &out->from, &out->nr_from);
	if (ret)
		fpb_derived_clear(out);
	return ret;
}
