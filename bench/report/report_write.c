// SPDX-License-Identifier: MIT
/*
 * report_write.c - report in memory -> JSON file.
 *
 * The file is made record by record: 100,000 observations as one JSON tree would take ten times
 * the memory of the report. One record stands on one line, for grep and diff.
 */
#include "bench/report/report_write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/file_replace.h"
#include "bench/report/record_json.h"

/* 17 digits: what is read back is the same double. */
#define DUMP_FLAGS (JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY)

static json_int_t tsc_khz(const struct fpb_report *report)
{
	return json_integer_value(json_object_get(report->environment, "tsc_khz"));
}

static json_t *benchmark_at(const struct fpb_report *report, size_t i)
{
	return fpb_benchmark_to_json(&report->observations[i], report->plan.runs, tsc_khz(report));
}

static json_t *observation_at(const struct fpb_report *report, size_t i)
{
	return fpb_observation_to_json(&report->observations[i], false);
}

static json_t *derived_at(const struct fpb_report *report, size_t i)
{
	return fpb_derived_to_json(&report->derived[i]);
}

static json_t *skip_at(const struct fpb_report *report, size_t i)
{
	return fpb_skip_to_json(&report->skips[i]);
}

static json_t *failure_at(const struct fpb_report *report, size_t i)
{
	return fpb_failure_to_json(&report->failures[i]);
}

/* An array of the document: how many records, and how to make each. */
struct section {
	const char *key;
	size_t nr;
	json_t *(*at)(const struct fpb_report *report, size_t i);
};

#define NR_SECTIONS 4 /* of fpstate_bench */

static void list_sections(const struct fpb_report *report, struct section *benchmarks,
			  struct section sections[NR_SECTIONS])
{
	*benchmarks = (struct section){ "benchmarks", report->nr_observations, benchmark_at };
	sections[0] = (struct section){ "observations", report->nr_observations, observation_at };
	sections[1] = (struct section){ "derived", report->nr_derived, derived_at };
	sections[2] = (struct section){ "skips", report->nr_skips, skip_at };
	sections[3] = (struct section){ "failures", report->nr_failures, failure_at };
}

static json_t *section_to_json(const struct fpb_report *report, const struct section *section)
{
	json_t *array = json_array();

	for (size_t i = 0; i < section->nr; i++) {
		if (json_array_append_new(array, section->at(report, i))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static int add_section(json_t *object, const struct fpb_report *report,
		       const struct section *section)
{
	return json_object_set_new(object, section->key, section_to_json(report, section));
}

json_t *fpb_report_to_json(const struct fpb_report *report)
{
	struct section benchmarks, sections[NR_SECTIONS];
	json_t *document = json_object(), *ours = json_object();
	int failed = 0;

	list_sections(report, &benchmarks, sections);
	failed |= json_object_set(document, "context", report->context);
	failed |= add_section(document, report, &benchmarks);
	failed |= json_object_set_new(ours, "schema_version", json_integer(FPB_SCHEMA_VERSION));
	failed |= json_object_set_new(ours, "suite", fpb_suite_to_json(&report->suite));
	failed |= json_object_set(ours, "environment", report->environment);
	failed |= json_object_set_new(ours, "plan", fpb_plan_to_json(&report->plan));
	for (size_t i = 0; i < NR_SECTIONS; i++)
		failed |= add_section(ours, report, &sections[i]);
	failed |= json_object_set_new(ours, "noise_floor", fpb_noise_floor_to_json(report));
	failed |= json_object_set_new(document, "fpstate_bench", ours);
	if (failed) {
		json_decref(document);
		return NULL;
	}
	return document;
}

/* Buffered output that remembers the first error and ignores what comes after it. */
struct sink {
	int fd;
	int error; /* -errno */
	size_t used;
	char buffer[1 << 16];
};

static void sink_flush(struct sink *sink)
{
	if (!sink->error)
		sink->error = fpb_write_all(sink->fd, sink->buffer, sink->used);
	sink->used = 0;
}

/* A json_dump_callback_t. */
static int sink_put(const char *bytes, size_t size, void *data)
{
	struct sink *sink = data;

	while (size && !sink->error) {
		size_t room = sizeof(sink->buffer) - sink->used;
		size_t take = size < room ? size : room;

		memcpy(sink->buffer + sink->used, bytes, take);
		sink->used += take;
		bytes += take;
		size -= take;
		if (sink->used == sizeof(sink->buffer))
			sink_flush(sink);
	}
	return sink->error ? -1 : 0;
}

static void put_text(struct sink *sink, const char *text)
{
	sink_put(text, strlen(text), sink);
}

/* Takes the reference; NULL is memory that ran out while making it. */
static void put_json(struct sink *sink, json_t *json)
{
	if (!json || json_dump_callback(json, sink_put, sink, DUMP_FLAGS))
		sink->error = sink->error ? sink->error : -ENOMEM;
	json_decref(json);
}

/* "KEY": {..} with one member a line. Takes the reference. */
static void put_object(struct sink *sink, const char *key, json_t *object)
{
	const char *separator = "\n", *name;
	json_t *value;

	if (!object)
		sink->error = sink->error ? sink->error : -ENOMEM;
	put_text(sink, "\"");
	put_text(sink, key);
	put_text(sink, "\": {");
	json_object_foreach(object, name, value) {
		put_text(sink, separator);
		put_json(sink, json_string(name));
		put_text(sink, ": ");
		put_json(sink, json_incref(value));
		separator = ",\n";
	}
	put_text(sink, "\n}");
	json_decref(object);
}

/* "KEY": [..] with one record a line. */
static void put_section(struct sink *sink, const struct fpb_report *report,
			const struct section *section)
{
	put_text(sink, "\"");
	put_text(sink, section->key);
	put_text(sink, "\": [");
	for (size_t i = 0; i < section->nr && !sink->error; i++) {
		put_text(sink, i ? ",\n" : "\n");
		put_json(sink, section->at(report, i));
	}
	put_text(sink, "\n]");
}

static void put_report(struct sink *sink, const struct fpb_report *report)
{
	struct section benchmarks, sections[NR_SECTIONS];

	list_sections(report, &benchmarks, sections);
	put_text(sink, "{\n");
	put_object(sink, "context", json_incref(report->context));
	put_text(sink, ",\n");
	put_section(sink, report, &benchmarks);
	put_text(sink, ",\n\"fpstate_bench\": {\n\"schema_version\": ");
	put_json(sink, json_integer(FPB_SCHEMA_VERSION));
	put_text(sink, ",\n");
	put_object(sink, "suite", fpb_suite_to_json(&report->suite));
	put_text(sink, ",\n");
	put_object(sink, "environment", json_incref(report->environment));
	put_text(sink, ",\n");
	put_object(sink, "plan", fpb_plan_to_json(&report->plan));
	for (size_t i = 0; i < NR_SECTIONS; i++) {
		put_text(sink, ",\n");
		put_section(sink, report, &sections[i]);
	}
	put_text(sink, ",\n");
	put_object(sink, "noise_floor", fpb_noise_floor_to_json(report));
	put_text(sink, "\n}\n}\n");
	sink_flush(sink);
}

static bool is_finite(const struct fpb_observation *obs)
{
	for (size_t i = 0; i < obs->nr_batches; i++) {
		if (!isfinite(fpb_observation_cost(obs, i)))
			return false;
	}
	return obs->nr_batches && isfinite(obs->cpu_time_ns) &&
	       (!obs->has_copies || (isfinite(obs->copies[0]) && isfinite(obs->copies[1])));
}

static int check_figures(const struct fpb_report *report, struct fpb_problem *problem)
{
	for (size_t i = 0; i < report->nr_derived; i++) {
		const struct fpb_derived *derived = &report->derived[i];

		if (!isfinite(derived->value) || !isfinite(derived->low) ||
		    !isfinite(derived->high))
			return fpb_problem_set(problem, EINVAL, "fpstate_bench.derived",
					       "%s: a number that is not finite", derived->name);
	}
	for (size_t i = 0; i < report->nr_noise_floor; i++) {
		if (!isfinite(report->noise_floor[i].fraction))
			return fpb_problem_set(problem, EINVAL, "fpstate_bench.noise_floor",
					       "%s: a number that is not finite",
					       report->noise_floor[i].row);
	}
	return 0;
}

/* What JSON cannot say would otherwise look like memory running out. */
static int check(const struct fpb_report *report, struct fpb_problem *problem)
{
	if (!json_is_object(report->context))
		return fpb_problem_set(problem, EINVAL, "context", "expected an object");
	if (!json_is_object(report->environment))
		return fpb_problem_set(problem, EINVAL, "fpstate_bench.environment",
				       "expected an object");
	if (report->plan.seed > INT64_MAX)
		return fpb_problem_set(problem, EINVAL, "fpstate_bench.plan.seed",
				       "expected a seed below 2^63, have %#llx",
				       (unsigned long long)report->plan.seed);
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *obs = &report->observations[i];
		char where[64];

		if (is_finite(obs))
			continue;
		snprintf(where, sizeof(where), "fpstate_bench.observations[%zu]", i);
		return fpb_problem_set(problem, EINVAL, where,
				       "%s@%s: no batches, or a number that is not finite",
				       obs->name, obs->substrate);
	}
	return check_figures(report, problem);
}

static int write_to(int fd, const void *report)
{
	struct sink *sink = malloc(sizeof(*sink));
	int ret;

	if (!sink)
		return -ENOMEM;
	sink->fd = fd;
	sink->error = 0;
	sink->used = 0;
	put_report(sink, report);
	ret = sink->error;
	free(sink);
	return ret;
}

int fpb_report_write(const struct fpb_report *report, const char *path, struct fpb_problem *problem)
{
	int ret = check(report, problem);

	return ret ? ret : fpb_file_replace(path, write_to, report, problem);
}
