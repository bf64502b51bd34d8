// SPDX-License-Identifier: MIT
#include "bench/model/workload_json.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/json_strict.h"
#include "bench/report/text.h"

#define EXITS "exits_per_second"

/* What is no rate: a flag of the guest. */
struct flag {
	const char *key;
	size_t offset;
};

static const struct flag flags[] = {
	{ "amx_exposed", offsetof(struct fpb_workload, is_amx_exposed) },
	{ "xfd_aware", offsetof(struct fpb_workload, is_xfd_aware) },
	{ "xcr0_tiledata", offsetof(struct fpb_workload, has_xcr0_tiledata) },
};

#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

static bool *flag_of(struct fpb_workload *workload, size_t i)
{
	return (bool *)((char *)workload + flags[i].offset);
}

static bool is_known(const char *key)
{
	/* "source" is written, for people; read back it says nothing. */
	if (!strcmp(key, "name") || !strcmp(key, "source") || !strcmp(key, EXITS))
		return true;
	for (size_t i = 0; i < NR_FLAGS; i++) {
		if (!strcmp(key, flags[i].key))
			return true;
	}
	for (size_t i = 0; i < FPB_NR_RATES; i++) {
		if (!strcmp(key, fpb_rate_infos[i].key))
			return true;
	}
	return false;
}

static int check_members(const struct fpb_json_in *in)
{
	/* The iterator of jansson takes no const object, but changes none. */
	json_t *object = (json_t *)(uintptr_t)in->json, *ignored;
	const char *key;

	json_object_foreach(object, key, ignored) {
		if (!is_known(key))
			return fpb_problem_set(in->problem, EINVAL, key,
					       "no member of a workload; is it misspelt? "
					       "docs/model.md lists them");
	}
	return 0;
}

static size_t kind_of(const char *name)
{
	size_t i = 0;

	while (i < FPB_NR_EXIT_KINDS && strcmp(fpb_exit_kind_names[i], name) != 0)
		i++;
	return i;
}

static int read_kinds(const json_t *json, struct fpb_workload *out, struct fpb_problem *problem)
{
	json_t *object = (json_t *)(uintptr_t)json, *ignored;
	struct fpb_json_in in;
	const char *key;
	int ret = fpb_json_enter(json, EXITS, problem, &in);

	if (ret)
		return ret;
	json_object_foreach(object, key, ignored) {
		const size_t kind = kind_of(key);
		char path[FPB_PATH_SIZE];

		fpb_json_path(path, EXITS, key);
		if (kind == FPB_NR_EXIT_KINDS)
			return fpb_problem_set(problem, EINVAL, path,
					       "no kind of exit; docs/model.md lists them");
		ret = fpb_json_number(&in, key, 0, &out->exits[kind]);
		if (ret)
			return ret;
	}
	return 0;
}

/* By kind, or one number for all, which are then of no kind in particular. */
static int read_exits(const struct fpb_json_in *in, struct fpb_workload *out)
{
	const json_t *json = json_object_get(in->json, EXITS);

	if (!json)
		return 0;
	if (json_is_number(json))
		return fpb_json_number(in, EXITS, 0, &out->exits[FPB_EXIT_OTHER]);
	if (json_is_object(json))
		return read_kinds(json, out, in->problem);
	return fpb_json_wrong(in->problem, EXITS, json,
			      "a number, or an object of numbers by kind");
}

static int read_rates(const struct fpb_json_in *in, struct fpb_workload *out)
{
	int ret = 0;

	for (size_t i = 0; i < FPB_NR_RATES && !ret; i++) {
		const char *key = fpb_rate_infos[i].key;

		if (json_object_get(in->json, key))
			ret = fpb_json_number(in, key, 0, &out->rate[i]);
	}
	return ret;
}

static void derive_writes(const struct fpb_json_in *in, struct fpb_workload *out)
{
	const double share = out->rate[FPB_RATE_AMX_TASK_SHARE];

	/* It is 0 for good. */
	if (json_is_false(json_object_get(in->json, "xfd_aware")))
		return;
	/* Of two tasks drawn at random, one uses AMX and the other does not. */
	if (!json_object_get(in->json, fpb_rate_infos[FPB_RATE_XFD_WRITES].key))
		out->rate[FPB_RATE_XFD_WRITES] =
			out->rate[FPB_RATE_CONTEXT_SWITCHES] * 2 * share * (1 - share);
}

/* What is said stands, even where it contradicts the rates: then the check tells. */
static int read_flags(const struct fpb_json_in *in, struct fpb_workload *out)
{
	int ret = 0;

	for (size_t i = 0; i < NR_FLAGS && !ret; i++) {
		if (json_object_get(in->json, flags[i].key))
			ret = fpb_json_boolean(in, flags[i].key, flag_of(out, i));
	}
	return ret;
}

static int read_name(const struct fpb_json_in *in, struct fpb_workload *out)
{
	const json_t *name = json_object_get(in->json, "name");

	if (!name)
		return 0;
	if (!json_is_string(name))
		return fpb_json_wrong(in->problem, "name", name, "a string");
	snprintf(out->name, sizeof(out->name), "%s", json_string_value(name));
	return 0;
}

int fpb_workload_from_json(const json_t *json, const char *name, const char *source,
			   struct fpb_workload *out, struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, "", problem, &in);

	fpb_workload_init(out, name, source);
	ret = ret ? ret : check_members(&in);
	ret = ret ? ret : read_name(&in, out);
	ret = ret ? ret : read_exits(&in, out);
	ret = ret ? ret : read_rates(&in, out);
	if (ret)
		return ret;
	derive_writes(&in, out);
	fpb_workload_derive(out);
	ret = read_flags(&in, out);
	return ret ? ret : fpb_workload_check(out, problem);
}

static int set_number(json_t *json, const char *key, double value)
{
	return json_object_set_new(json, key, fpb_json_from_double(value));
}

json_t *fpb_workload_to_json(const struct fpb_workload *workload)
{
	struct fpb_workload copy = *workload;
	json_t *json = json_object(), *exits = json_object();
	int ret = 0;

	ret |= json_object_set_new(json, "name", fpb_text_to_json(workload->name));
	ret |= json_object_set_new(json, "source", fpb_text_to_json(workload->source));
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		ret |= set_number(exits, fpb_exit_kind_names[i], workload->exits[i]);
	ret |= json_object_set_new(json, EXITS, exits);
	for (size_t i = 0; i < FPB_NR_RATES; i++)
		ret |= set_number(json, fpb_rate_infos[i].key, workload->rate[i]);
	for (size_t i = 0; i < NR_FLAGS; i++)
		ret |= json_object_set_new(json, flags[i].key, json_boolean(*flag_of(&copy, i)));
	if (!ret)
		return json;
	json_decref(json);
	return NULL;
}
