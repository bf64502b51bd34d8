// SPDX-License-Identifier: MIT
#include "bench/cli/lab_record.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/text.h"

/* What cannot be resolved stays as it was given. */
static int print_absolute(FILE *out, const char *path)
{
	char resolved[PATH_MAX];

	return fputs(realpath(path, resolved) ? resolved : path, out) == EOF ? -ENOMEM : 0;
}

/* Of each part of an operand joined by commas; to be freed. */
static char *absolute_operand(const char *operand)
{
	char *parts = strdup(operand), *rest = parts, *part, *text = NULL;
	size_t bytes;
	FILE *out = parts ? open_memstream(&text, &bytes) : NULL;
	int ret = out ? 0 : -ENOMEM;

	while (!ret && (part = strsep(&rest, ","))) {
		ret = print_absolute(out, part);
		if (!ret && rest && fputc(',', out) == EOF)
			ret = -ENOMEM;
	}
	if (out && fclose(out))
		ret = -ENOMEM;
	free(parts);
	if (!ret)
		return text;
	free(text);
	return NULL;
}

static json_t *path_to_json(const char *path)
{
	char resolved[PATH_MAX];

	if (!path)
		return json_null();
	return fpb_text_to_json(realpath(path, resolved) ? resolved : path);
}

/* Without a slash it is a name to be looked for in PATH, and in no folder. */
static json_t *program_to_json(const char *program)
{
	return program && !strchr(program, '/') ? fpb_text_to_json(program) : path_to_json(program);
}

int lab_record_write(const char *folder, const struct lab_options *o, unsigned int index,
		     struct fpb_err *err)
{
	char *kernel = absolute_operand(o->kernels[index]), *path = NULL;
	json_t *json = NULL;
	int ret = 0;

	if (!kernel || asprintf(&path, "%s/" LAB_RECORD_NAME, folder) < 0) {
		free(kernel);
		return FPB_FAIL(err, -ENOMEM, "record of a kernel");
	}
	json = json_pack("{s:o, s:o, s:o, s:o}", "kernel", fpb_text_to_json(kernel), "modules",
			 path_to_json(lab_options_modules(o, index)), "emulator",
			 program_to_json(o->emulator), "cpu",
			 o->cpu_model ? fpb_text_to_json(o->cpu_model) : json_null());
	if (!json)
		ret = FPB_FAIL(err, -ENOMEM, "record of a kernel");
	else if (json_dump_file(json, path, JSON_INDENT(1)))
		ret = FPB_FAIL(err, errno ? -errno : -EIO, "%s", path);
	json_decref(json);
	free(path);
	free(kernel);
	return ret;
}

static int take(const json_t *json, const char *path, const char *key, bool is_needed, char **text,
		struct fpb_problem *problem)
{
	const json_t *value = json_object_get(json, key);

	if (json_is_string(value)) {
		*text = strdup(json_string_value(value));
		return *text ? 0 : -ENOMEM;
	}
	if (!is_needed && (!value || json_is_null(value)))
		return 0;
	return fpb_problem_set(problem, EINVAL, path, "%s: expected a string%s", key,
			       is_needed ? "" : " or null");
}

static int parse(const json_t *json, const char *path, struct lab_record *record,
		 struct fpb_problem *problem)
{
	int ret = take(json, path, "kernel", true, &record->kernel, problem);

	if (!ret)
		ret = take(json, path, "modules", false, &record->modules, problem);
	if (!ret)
		ret = take(json, path, "emulator", false, &record->emulator, problem);
	if (!ret)
		ret = take(json, path, "cpu", false, &record->cpu_model, problem);
	return ret;
}

static int read_json(const char *report_path, struct lab_record *record,
		     struct fpb_problem *problem)
{
	const int code = access(record->path, R_OK) ? errno : 0;
	json_error_t error;
	json_t *json;
	int ret;

	if (code == ENOENT)
		return fpb_problem_set(problem, ENOENT, record->path,
				       "expected the kernel of %s beside it, as 'lab' leaves it; "
				       "name it there: {\"kernel\": \"PATH\"}",
				       report_path);
	if (code)
		return fpb_problem_set(problem, code, record->path, "%s", strerror(code));
	json = json_load_file(record->path, JSON_REJECT_DUPLICATES, &error);
	ret = json ? parse(json, record->path, record, problem)
		   : fpb_problem_set(problem, EINVAL, record->path, "line %d: %s", error.line,
				     error.text);
	json_decref(json);
	return ret;
}

int lab_record_read(const char *report_path, struct lab_record *record, struct fpb_problem *problem)
{
	const char *slash = strrchr(report_path, '/');
	const size_t folder = slash ? (size_t)(slash - report_path) + 1 : 0;
	int ret;

	*record = (struct lab_record){ 0 };
	if (asprintf(&record->path, "%.*s" LAB_RECORD_NAME, (int)folder, report_path) < 0) {
		record->path = NULL;
		return -ENOMEM;
	}
	ret = read_json(report_path, record, problem);
	if (ret)
		lab_record_clear(record);
	return ret;
}

void lab_record_clear(struct lab_record *record)
{
	free(record->path);
	free(record->kernel);
	free(record->modules);
	free(record->emulator);
	free(record->cpu_model);
	*record = (struct lab_record){ 0 };
}
