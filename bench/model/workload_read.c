// SPDX-License-Identifier: MIT
/* workload_read.c - which kind of file is this? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/model/workload_json.h"
#include "bench/model/workload_perf_kvm.h"
#include "bench/report/file_text.h"

/* A file is named by its last component. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool looks_like_json(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length &&
	       (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n'))
		i++;
	return i < length && (text[i] == '{' || text[i] == '[');
}

static int parse_json(const char *text, size_t length, const char *path, struct fpb_workload *out,
		      struct fpb_problem *problem)
{
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	int ret;

	if (!json)
		return fpb_problem_set(problem, EINVAL, "", "line %d, column %d: %s", error.line,
				       error.column, error.text);
	ret = fpb_workload_from_json(json, name_of(path), path, out, problem);
	json_decref(json);
	return ret;
}

int fpb_workload_parse(const char *text, size_t length, const char *path, double seconds,
		       struct fpb_workload *out, struct fpb_import_note *note,
		       struct fpb_problem *problem)
{
	note->text[0] = '\0';
	if (!looks_like_json(text, length)) {
		if (fpb_is_perf_kvm(text, length))
			return fpb_workload_from_perf_kvm(text, length, seconds, path, out, note,
							  problem);
		return fpb_problem_set(
			problem, EINVAL, "",
			"no workload: expected a JSON object (docs/model.md), or what "
			"'perf kvm stat report' printed");
	}
	if (seconds > 0)
		return fpb_problem_set(problem, EINVAL, "--seconds",
				       "is for recordings; a JSON workload holds rates");
	return parse_json(text, length, path, out, problem);
}

int fpb_workload_read(const char *path, double seconds, struct fpb_workload *out,
		      struct fpb_import_note *note, struct fpb_problem *problem)
{
	size_t length;
	char *text;
	int ret = fpb_file_text(path, &text, &length, problem);

	ret = ret ? ret : fpb_workload_parse(text, length, path, seconds, out, note, problem);
	free(text);
	return ret;
}
