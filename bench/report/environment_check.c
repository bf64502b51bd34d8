// SPDX-License-Identifier: MIT
/* environment_check.c - the types of the environment record's keys, and of Google's context. */
#include "bench/report/record_json.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/report/json_strict.h"

/* Bits of the types a key may have; a mask of registers may be a number or a hex string. */
enum {
	TEXT = 1u << JSON_STRING,
	INTEGER = 1u << JSON_INTEGER,
	NUMBER = 1u << JSON_INTEGER | 1u << JSON_REAL,
	BOOLEAN = 1u << JSON_TRUE | 1u << JSON_FALSE,
	OBJECT = 1u << JSON_OBJECT,
	ARRAY = 1u << JSON_ARRAY,
	UNKNOWN = 1u << JSON_NULL,
	MASK = TEXT | INTEGER,
};

struct key {
	const char *name;
	unsigned types;
	const char *expected;
};

static const struct key environment_keys[] = {
	{ "kernel_release", TEXT, "a string" },
	{ "kernel_version", TEXT, "a string" },
	{ "kernel_build_id", TEXT, "a string" },
	{ "kernel_config_sha256", TEXT, "a string" },
	{ "kernel_cmdline", TEXT, "a string" },
	{ "mitigations", OBJECT, "an object" },
	{ "kvm_backend", TEXT, "a string" },
	{ "kvm_modules", ARRAY, "an array" },
	{ "nested", BOOLEAN, "true or false" },
	{ "hypervisor", TEXT, "a string" },
	{ "cpu_vendor", TEXT, "a string" },
	{ "cpu_model", TEXT, "a string" },
	{ "cpu_family", INTEGER, "an integer" },
	{ "cpu_model_number", INTEGER, "an integer" },
	{ "cpu_stepping", INTEGER, "an integer" },
	{ "microcode", MASK, "an integer or a string" },
	{ "cpuid_0xd", ARRAY, "an array" },
	{ "xcr0", MASK, "an integer or a string" },
	{ "xss_supported", MASK, "an integer or a string" },
	{ "guest_xfeatures_permitted", MASK, "an integer or a string" },
	{ "kvm_feature_msrs", OBJECT, "an object" },
	{ "clocksource", TEXT, "a string" },
	{ "tsc_khz", INTEGER, "an integer" },
	{ "tsc_step", NUMBER, "a number" },
	{ "governor", TEXT, "a string" },
	{ "turbo", BOOLEAN | TEXT, "true, false or a string" },
	{ "smt", BOOLEAN, "true or false" },
	{ "thp", TEXT, "a string" },
	{ "isolcpus", TEXT, "a string" },
	{ "nr_cpus", INTEGER, "an integer" },
	{ "mem_total_bytes", INTEGER, "an integer" },
	{ "cpu_used", INTEGER, "an integer" },
	{ "hwloc_xml", TEXT, "a string" },
	{ "avoided_hazards", ARRAY, "an array" },
};

static const struct key reasons_key = { "unavailable", OBJECT, "an object of reasons" };

static const struct key context_keys[] = {
	{ "date", TEXT, "a string" },
	{ "host_name", TEXT, "a string" },
	{ "executable", TEXT, "a string" },
	{ "num_cpus", INTEGER, "an integer" },
	{ "mhz_per_cpu", NUMBER, "a number" },
	{ "cpu_scaling_enabled", BOOLEAN, "true or false" },
	{ "caches", ARRAY, "an array" },
	{ "load_avg", ARRAY, "an array" },
	{ "library_build_type", TEXT, "a string" },
	{ "library_version", TEXT, "a string" },
};

static bool has_type(const json_t *json, unsigned types)
{
	return types & 1u << json_typeof(json);
}

static int check_key(const struct fpb_json_in *in, const struct key *key)
{
	const json_t *value = json_object_get(in->json, key->name);
	char path[FPB_PATH_SIZE];

	if (!value || has_type(value, key->types))
		return 0;
	fpb_json_path(path, in->where, key->name);
	return fpb_json_wrong(in->problem, path, value, key->expected);
}

/* A null says nothing unless "unavailable" says why. */
static int check_null(const struct fpb_json_in *in, const char *name)
{
	const json_t *reasons = json_object_get(in->json, "unavailable");
	char path[FPB_PATH_SIZE], reason[FPB_PATH_SIZE];

	fpb_json_path(path, in->where, "unavailable");
	fpb_json_path(reason, path, name);
	if (json_is_string(json_object_get(reasons, name)))
		return 0;
	fpb_json_path(path, in->where, name);
	return fpb_problem_set(in->problem, EINVAL, path,
			       "null, but %s, a string with the reason, is missing", reason);
}

static int check_cpuid(const struct fpb_json_in *in)
{
	static const char *const fields[] = { "index", "eax", "ebx", "ecx", "edx" };
	const json_t *leaves = json_object_get(in->json, "cpuid_0xd");
	char array[FPB_PATH_SIZE], path[FPB_PATH_SIZE];

	fpb_json_path(array, in->where, "cpuid_0xd");
	for (size_t i = 0; i < json_array_size(leaves); i++) {
		struct fpb_json_in leaf;
		json_int_t value;
		int ret;

		fpb_json_path_at(path, array, i);
		ret = fpb_json_enter(json_array_get(leaves, i), path, in->problem, &leaf);
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields) && !ret; k++)
			ret = fpb_json_integer(&leaf, fields[k], 0, UINT32_MAX, &value);
		if (ret)
			return ret;
	}
	return 0;
}

/* Of the array `name`, if it is one. */
static int check_elements(const struct fpb_json_in *in, const char *name, unsigned types,
			  const char *expected)
{
	const json_t *elements = json_object_get(in->json, name);
	char array[FPB_PATH_SIZE], path[FPB_PATH_SIZE];

	fpb_json_path(array, in->where, name);
	for (size_t i = 0; i < json_array_size(elements); i++) {
		const json_t *element = json_array_get(elements, i);

		fpb_json_path_at(path, array, i);
		if (!has_type(element, types))
			return fpb_json_wrong(in->problem, path, element, expected);
	}
	return 0;
}

/* Of the object `name`, if it is one. */
static int check_texts(const struct fpb_json_in *in, const char *name)
{
	json_t *object = json_object_get(in->json, name), *value;
	char where[FPB_PATH_SIZE], path[FPB_PATH_SIZE];
	const char *key;

	fpb_json_path(where, in->where, name);
	json_object_foreach(object, key, value) {
		fpb_json_path(path, where, key);
		if (!has_type(value, TEXT))
			return fpb_json_wrong(in->problem, path, value, "a string");
	}
	return 0;
}

static int check_modules(const struct fpb_json_in *in)
{
	static const struct key keys[] = {
		{ "name", TEXT, "a string" },
		{ "srcversion", TEXT | UNKNOWN, "a string or null" },
		{ "parameters", OBJECT | UNKNOWN, "an object or null" },
	};
	const json_t *modules = json_object_get(in->json, "kvm_modules");
	char array[FPB_PATH_SIZE], path[FPB_PATH_SIZE];

	fpb_json_path(array, in->where, "kvm_modules");
	for (size_t i = 0; i < json_array_size(modules); i++) {
		struct fpb_json_in module;
		int ret;

		fpb_json_path_at(path, array, i);
		ret = fpb_json_enter(json_array_get(modules, i), path, in->problem, &module);
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys) && !ret; k++)
			ret = check_key(&module, &keys[k]);
		if (ret)
			return ret;
	}
	return 0;
}

int fpb_context_check(const json_t *json, const char *where, struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	for (size_t i = 0; i < sizeof(context_keys) / sizeof(*context_keys) && !ret; i++)
		ret = check_key(&in, &context_keys[i]);
	ret = ret ? ret : check_elements(&in, "caches", OBJECT, "an object");
	return ret ? ret : check_elements(&in, "load_avg", NUMBER, "a number");
}

/* Both decide whether two reports may be compared at all. */
static int check_choice(const struct fpb_json_in *in, const char *key, const char *const *choices)
{
	char *text = NULL;
	int ret = fpb_json_choice(in, key, choices, &text);

	free(text);
	return ret;
}

int fpb_environment_check(const json_t *json, const char *where, struct fpb_problem *problem)
{
	static const char *const engines[] = { "bare", "tcg", "bochs", "kvm", NULL };
	static const char *const backends[] = { "kvm_intel", "kvm_amd", "kvm_pvm", "other", NULL };
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : check_choice(&in, "engine", engines);
	ret = ret ? ret : check_key(&in, &reasons_key);
	ret = ret ? ret : check_texts(&in, "unavailable");
	for (size_t i = 0; i < sizeof(environment_keys) / sizeof(*environment_keys) && !ret; i++) {
		const struct key *key = &environment_keys[i];

		if (json_is_null(json_object_get(json, key->name)))
			ret = check_null(&in, key->name);
		else
			ret = check_key(&in, key);
	}
	if (!ret && json_is_string(json_object_get(json, "kvm_backend")))
		ret = check_choice(&in, "kvm_backend", backends);
	ret = ret ? ret : check_cpuid(&in);
	ret = ret ? ret : check_modules(&in);
	ret = ret ? ret : check_texts(&in, "mitigations");
	ret = ret ? ret : check_elements(&in, "avoided_hazards", TEXT, "a string");
	return ret;
}
