// SPDX-License-Identifier: MIT
#include "host/machine/environment_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/cpu_source.h"
#include "host/machine/engine.h"
#include "host/machine/hazards.h"
#include "host/machine/kvm_source.h"
#include "host/machine/topology.h"

const char *const environment_keys[] = {
	"engine",
	"kernel_release",
	"kernel_version",
	"kernel_build_id",
	"kernel_config_sha256",
	"kernel_cmdline",
	"mitigations",
	"kvm_backend",
	"kvm_modules",
	"nested",
	"hypervisor",
	"cpu_vendor",
	"cpu_model",
	"cpu_family",
	"cpu_model_number",
	"cpu_stepping",
	"microcode",
	"cpuid_0xd",
	"xcr0",
	"xss_supported",
	"guest_xfeatures_permitted",
	"kvm_feature_msrs",
	"clocksource",
	"tsc_khz",
	"tsc_step",
	"governor",
	"turbo",
	"smt",
	"thp",
	"isolcpus",
	"nr_cpus",
	"mem_total_bytes",
	"cpu_used",
	"hwloc_xml",
	"avoided_hazards",
	NULL,
};

void environment_set(struct environment *env, const char *key, json_t *value)
{
	if (json_object_set_new(env->object, key, value))
		env->is_out_of_memory = true;
}

void environment_set_text(struct environment *env, const char *key, const char *text)
{
	const size_t bytes = strlen(text);

	if (bytes > ENVIRONMENT_MAX_STRING_BYTES)
		environment_set_null(env, key, "%zu bytes, more than the %u of a report's strings",
				     bytes, ENVIRONMENT_MAX_STRING_BYTES);
	else
		environment_set(env, key, environment_string(text));
}

void environment_set_integer(struct environment *env, const char *key, uint64_t value)
{
	if (value > INT64_MAX)
		environment_set_null(env, key, "%#llx does not fit into 63 bits",
				     (unsigned long long)value);
	else
		environment_set(env, key, json_integer((json_int_t)value));
}

void environment_set_bool(struct environment *env, const char *key, bool value)
{
	environment_set(env, key, json_boolean(value));
}

void environment_set_null(struct environment *env, const char *key, const char *fmt, ...)
{
	char reason[2 * SYSFILE_WHY_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (json_object_set_new(env->unavailable, key, environment_string(reason)))
		env->is_out_of_memory = true;
}

void environment_set_file(struct environment *env, const char *key, const char *path)
{
	struct sysfile_why why;
	char *text;

	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		environment_set_null(env, key, "%s", why.text);
		return;
	}
	environment_set_text(env, key, text);
	free(text);
}

json_t *environment_string(const char *text)
{
	json_t *string = json_string(text);
	char *ascii, *c;

	if (string)
		return string;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}

static json_t *file_value(const struct environment *env, const char *directory, const char *name)
{
	struct sysfile_why why;
	json_t *value;
	char *path, *text;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return NULL;
	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		value = json_null();
	} else {
		value = strlen(text) > ENVIRONMENT_MAX_STRING_BYTES ? json_null()
								    : environment_string(text);
		free(text);
	}
	free(path);
	return value;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

json_t *environment_directory(const struct environment *env, const char *path,
			      struct sysfile_why *why)
{
	char *full = sysfile_path(env->options->sysroot, path);
	struct dirent **entries;
	json_t *object;
	int count, i;

	why->text[0] = '\0';
	if (!full)
		return NULL;
	/* Sorted: two reports of one machine read alike. */
	count = scandir(full, &entries, is_visible, alphasort);
	if (count < 0)
		sysfile_fail(why, -errno, path);
	free(full);
	if (count < 0)
		return NULL;
	object = json_object();
	for (i = 0; i < count; i++) {
		if (object && json_object_set_new(object, entries[i]->d_name,
						  file_value(env, path, entries[i]->d_name))) {
			json_decref(object);
			object = NULL;
		}
		free(entries[i]);
	}
	free(entries);
	return object;
}

static void capture_topology(struct environment *env)
{
	struct fpb_err err = { 0 };
	char *xml;

	if (!env->options->topology) {
		environment_set_null(env, "hwloc_xml", "no topology was loaded");
		return;
	}
	xml = topology_export_xml(env->options->topology, &err);
	if (!xml) {
		environment_set_null(env, "hwloc_xml", "%s", err.text);
		return;
	}
	environment_set_text(env, "hwloc_xml", xml);
	free(xml);
}

static void capture_options(struct environment *env)
{
	const struct environment_options *options = env->options;

	environment_set_text(env, "engine", machine_engine_detect(options->sysroot)->name);
	if (options->cpu_used >= 0)
		environment_set_integer(env, "cpu_used", (uint64_t)options->cpu_used);
	else
		environment_set_null(env, "cpu_used", "no CPU was chosen");
}

json_t *environment_capture(const struct environment_options *options, struct fpb_err *err)
{
	struct environment env = {
		.object = json_object(),
		.unavailable = json_object(),
		.options = options,
		.cpu = options->cpu ? options->cpu : &cpu_source_real,
		.kvm = options->kvm ? options->kvm : &kvm_source_real,
	};
	const char *const *key;

	if (!env.object || !env.unavailable) {
		(void)FPB_FAIL(err, -ENOMEM, "environment");
		goto out_release;
	}
	/* First of all every key, so that they stand in this order whatever sets them later. */
	for (key = environment_keys; *key; key++)
		environment_set(&env, *key, json_null());
	capture_options(&env);
	environment_capture_kernel(&env);
	environment_capture_kvm(&env);
	environment_capture_cpu(&env);
	environment_capture_noise(&env);
	capture_topology(&env);
	/* By what was captured. */
	environment_set(&env, "avoided_hazards",
			hazards_avoided(env.object, options->allows_hazards));
	environment_set(&env, "unavailable", json_incref(env.unavailable));
	if (env.is_out_of_memory) {
		(void)FPB_FAIL(err, -ENOMEM, "environment");
		goto out_release;
	}
	json_decref(env.unavailable);
	return env.object;

out_release:
	json_decref(env.object);
	json_decref(env.unavailable);
	return NULL;
}
