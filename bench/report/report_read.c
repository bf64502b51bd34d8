// SPDX-License-Identifier: MIT
/* report_read.c - JSON file -> report in memory, strictly. */
#include "bench/report/report_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/file_text.h"
#include "bench/report/json_scan.h"
#include "bench/report/json_strict.h"
#include "bench/report/record_json.h"

/* What all steps of reading share. */
struct reading {
	const struct fpb_scan *scan;
	struct fpb_report *report;
	struct fpb_problem *problem;
};

static int no_memory(const struct reading *r, const char *where)
{
	return fpb_problem_set(r->problem, ENOMEM, where, "out of memory");
}

/* Reads record i of an array; `where` is its path. */
typedef int read_record(const struct reading *r, const json_t *json, size_t i, const char *where);

static int read_observation(const struct reading *r, const json_t *json, size_t i,
			    const char *where)
{
	struct fpb_observation obs;
	int ret = fpb_observation_from_json(json, where, &obs, r->problem);

	(void)i;
	if (!ret && fpb_report_add_observation(r->report, &obs))
		ret = no_memory(r, where);
	return ret;
}

static int read_benchmark(const struct reading *r, const json_t *json, size_t i, const char *where)
{
	/* Our writer keeps both arrays in step; somebody else's need not. */
	struct fpb_observation *obs = i < r->report->nr_observations ? &r->report->observations[i]
								     : NULL;

	return fpb_benchmark_from_json(json, where, obs, r->problem);
}

static int read_derived(const struct reading *r, const json_t *json, size_t i, const char *where)
{
	struct fpb_derived derived;
	int ret = fpb_derived_from_json(json, where, &derived, r->problem);

	(void)i;
	if (!ret && fpb_report_add_derived(r->report, &derived))
		ret = no_memory(r, where);
	return ret;
}

static int read_skip(const struct reading *r, const json_t *json, size_t i, const char *where)
{
	struct fpb_skip skip;
	int ret = fpb_skip_from_json(json, where, &skip, r->problem);

	(void)i;
	if (!ret && fpb_report_add_skip(r->report, &skip))
		ret = no_memory(r, where);
	return ret;
}

static int read_failure(const struct reading *r, const json_t *json, size_t i, const char *where)
{
	struct fpb_failure failure;
	int ret = fpb_failure_from_json(json, where, &failure, r->problem);

	(void)i;
	if (!ret && fpb_report_add_failure(r->report, &failure))
		ret = no_memory(r, where);
	return ret;
}

static int read_array(const struct reading *r, const struct fpb_json_in *in, const char *key,
		      read_record *read_one)
{
	const json_t *array = json_object_get(in->json, key);
	char where[FPB_PATH_SIZE], path[FPB_PATH_SIZE];
	int ret = 0;

	fpb_json_path(where, in->where, key);
	if (!json_is_array(array))
		return fpb_json_wrong(r->problem, where, array, "an array");
	for (size_t i = 0; i < json_array_size(array) && !ret; i++) {
		fpb_json_path_at(path, where, i);
		ret = read_one(r, json_array_get(array, i), i, path);
	}
	return ret;
}

/* Element by element from the text, or from the frame if the key was written with escapes. */
static int read_long_array(const struct reading *r, const struct fpb_json_in *in, const char *key,
			   const struct fpb_long_array *array, read_record *read_one)
{
	char where[FPB_PATH_SIZE], path[FPB_PATH_SIZE];
	int ret = 0;

	if (!array->found)
		return read_array(r, in, key, read_one);
	fpb_json_path(where, in->where, key);
	for (size_t i = 0; i < array->nr_elements && !ret; i++) {
		json_t *json;

		fpb_json_path_at(path, where, i);
		json = fpb_scan_element(r->scan, &array->elements[i], path, r->problem, &ret);
		if (json)
			ret = read_one(r, json, i, path);
		json_decref(json);
	}
	return ret;
}

static int check_version(const struct fpb_json_in *ours)
{
	json_int_t version;
	char path[FPB_PATH_SIZE];
	int ret = fpb_json_integer(ours, "schema_version", 1, INT32_MAX, &version);

	if (ret || version == FPB_SCHEMA_VERSION)
		return ret;
	fpb_json_path(path, ours->where, "schema_version");
	return fpb_problem_set(ours->problem, EINVAL, path,
			       "expected %d, read %" JSON_INTEGER_FORMAT
			       ": written by a newer version of the suite; update this one",
			       FPB_SCHEMA_VERSION, version);
}

static int read_ours(const struct reading *r, const struct fpb_json_in *ours)
{
	struct fpb_report *report = r->report;
	struct fpb_problem *problem = r->problem;
	const json_t *object = ours->json;
	json_t *noise = json_object_get(object, "noise_floor");
	int ret = check_version(ours);

	ret = ret ? ret : fpb_head_from_json(object, ours->where, report, problem);
	ret = ret ? ret
		  : read_long_array(r, ours, "observations", &r->scan->observations,
				    read_observation);
	ret = ret ? ret : read_array(r, ours, "derived", read_derived);
	ret = ret ? ret : read_array(r, ours, "skips", read_skip);
	ret = ret ? ret : read_array(r, ours, "failures", read_failure);
	/* Only A/A measurements know it. */
	if (noise)
		ret = ret ? ret
			  : fpb_noise_floor_from_json(noise, "fpstate_bench.noise_floor", report,
						      problem);
	return ret;
}

static int read_frame(const struct reading *r, const json_t *frame)
{
	const json_t *object = json_object_get(frame, "fpstate_bench");
	struct fpb_json_in document, ours;
	int ret = fpb_json_enter(frame, "", r->problem, &document);

	if (!ret && !object)
		return fpb_problem_set(r->problem, EINVAL, "fpstate_bench",
				       "missing; expected a report of fpstate-bench");
	ret = ret ? ret : fpb_json_enter(object, "fpstate_bench", r->problem, &ours);
	ret = ret ? ret : read_ours(r, &ours);
	ret = ret ? ret
		  : fpb_context_check(json_object_get(frame, "context"), "context", r->problem);
	if (!ret)
		r->report->context = json_incref(json_object_get(frame, "context"));
	ret = ret ? ret
		  : read_long_array(r, &document, "benchmarks", &r->scan->benchmarks,
				    read_benchmark);
	return ret;
}

int fpb_report_parse(const char *text, size_t length, struct fpb_report *out,
		     struct fpb_problem *problem)
{
	struct fpb_scan scan;
	const struct reading reading = { .scan = &scan, .report = out, .problem = problem };
	json_t *frame;
	int ret;

	memset(out, 0, sizeof(*out));
	if (length > FPB_READ_MAX_BYTES)
		return fpb_file_too_long(problem);
	ret = fpb_json_scan(text, length, &scan, problem);
	if (ret)
		return ret;
	frame = fpb_scan_frame(&scan, problem, &ret);
	if (frame)
		ret = read_frame(&reading, frame);
	json_decref(frame);
	fpb_scan_clear(&scan);
	if (ret)
		fpb_report_clear(out);
	return ret;
}

int fpb_report_read(const char *path, struct fpb_report *out, struct fpb_problem *problem)
{
	size_t length;
	char *text;
	int ret = fpb_file_text(path, &text, &length, problem);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : fpb_report_parse(text, length, out, problem);
	free(text);
	return ret;
}
