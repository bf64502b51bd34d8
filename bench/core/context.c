// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "bench/core/gbench.h"
#include "bench/core/suite.h"

static json_t *caches(const struct gb_context *context)
{
	json_t *array = json_array();

	for (size_t i = 0; i < context->nr_caches; i++) {
		const struct gb_cache *c = &context->caches[i];

		json_array_append_new(array, json_pack("{s:s,s:i,s:i,s:i}", "type", c->type,
						       "level", c->level, "size", c->size_bytes,
						       "num_sharing", c->nr_sharing));
	}
	return array;
}

static json_t *load_avg(const struct gb_context *context)
{
	json_t *array = json_array();

	for (size_t i = 0; i < context->nr_load_avg; i++)
		json_array_append_new(array, json_real(context->load_avg[i]));
	return array;
}

/* Google's format: local time with the offset as +hh:mm. */
static void format_date(char *buf, size_t bytes)
{
	time_t now = time(NULL);
	char day_time[32], offset[8];
	struct tm local;

	localtime_r(&now, &local);
	strftime(day_time, sizeof(day_time), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(offset, sizeof(offset), "%z", &local); /* "+0100" */
	snprintf(buf, bytes, "%s%.3s:%s", day_time, offset, offset + 3);
}

static int take_context(void *user, const struct gb_context *context)
{
	json_t **out = user;
	char date[48];

	format_date(date, sizeof(date));
	*out = json_pack("{s:s,s:s,s:s,s:i,s:i,s:b,s:o,s:o,s:s,s:s}", "date", date, "host_name",
			 context->host_name, "executable", context->executable, "num_cpus",
			 context->nr_cpus, "mhz_per_cpu",
			 (int)(context->cycles_per_second / 1e6 + 0.5), "cpu_scaling_enabled",
			 context->scaling == GB_SCALING_ENABLED, "caches", caches(context),
			 "load_avg", load_avg(context), "library_build_type",
			 context->library_build_type, "library_version", context->library_version);
	return *out ? 0 : -ENOMEM;
}

static void nothing(struct gb_state *state, void *user)
{
	(void)user;
	while (gb_keep_running(state))
		gb_clobber_memory();
}

json_t *fpb_context_create(const char *executable, struct fpb_err *err)
{
	json_t *context = NULL;
	const struct gb_reporter reporter = { .context = take_context, .user = &context };
	const struct gb_options options = {
		.reporters = &reporter,
		.nr_reporters = 1,
		.executable = executable,
	};
	struct gb_benchmark *bench;
	int ret = gb_clear();

	/* The library tells its context only to the reporter of a run. */
	if (!ret)
		ret = gb_register("context", nothing, NULL, &bench);
	if (!ret)
		ret = gb_bench_iterations(bench, 1);
	if (!ret)
		ret = gb_run(&options);
	if (ret >= 0)
		ret = gb_clear();
	if (ret < 0 || !context) {
		json_decref(context);
		FPB_FAIL(err, ret < 0 ? ret : -EPROTO, "Google Benchmark's context");
		return NULL;
	}
	return context;
}
