// SPDX-License-Identifier: MIT
#include "bench/report/explain_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/file_text.h"
#include "bench/report/grow.h"
#include "bench/report/json_strict.h"

/* No operation takes as many; sums of less than 2^13 of them are exact, and finite in any case. */
#define INSN_MAX ((json_int_t)1 << 40)

bool fpb_explain_file_starts(const char *text, size_t length)
{
	static const char *const members[] = { "row", "operations", "kernels", "difference" };
	static const char blank[] = " \t\r\n";
	size_t at = 0;

	while (at < length && text[at] && strchr(blank, text[at]))
		at++;
	if (at == length || text[at++] != '{')
		return false;
	while (at < length && text[at] && strchr(blank, text[at]))
		at++;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const size_t bytes = strlen(members[i]);

		if (length - at >= bytes + 2 && text[at] == '"' && text[at + 1 + bytes] == '"' &&
		    !memcmp(text + at + 1, members[i], bytes))
			return true;
	}
	return false;
}

static int read_insn(const struct fpb_json_in *in, const char *key, double *out)
{
	json_int_t value;
	const int ret = fpb_json_integer(in, key, 0, INSN_MAX, &value);

	if (!ret)
		*out = (double)value;
	return ret;
}

static struct fpb_explain_line *add_line(struct fpb_explain_file *file)
{
	struct fpb_explain_line *grown = fpb_grow(file->line, file->nr_lines, sizeof(*grown));

	if (!grown)
		return NULL;
	file->line = grown;
	grown += file->nr_lines++;
	*grown = (struct fpb_explain_line){ 0 };
	return grown;
}

/* A line for an object that has the name of a function. */
static int enter_line(const json_t *json, const char *where, struct fpb_explain_file *file,
		      struct fpb_problem *problem, struct fpb_json_in *in,
		      struct fpb_explain_line **line)
{
	int ret = fpb_json_enter(json, where, problem, in);

	*line = add_line(file);
	if (!ret && !*line)
		ret = fpb_json_no_memory(in);
	return ret ? ret : fpb_json_name(in, "function", &(*line)->function);
}

static int read_function(const json_t *json, const char *where, struct fpb_explain_file *file,
			 struct fpb_problem *problem)
{
	struct fpb_explain_line *line;
	struct fpb_json_in in;
	int ret = enter_line(json, where, file, problem, &in, &line);

	ret = ret ? ret : fpb_json_text(&in, "module", &line->module);
	return ret ? ret : read_insn(&in, "insn", &line->insn[0]);
}

static int read_difference_of(const json_t *json, const char *where, struct fpb_explain_file *file,
			      struct fpb_problem *problem)
{
	struct fpb_explain_line *line;
	struct fpb_json_in in;
	int ret = enter_line(json, where, file, problem, &in, &line);

	ret = ret ? ret : read_insn(&in, "a", &line->insn[0]);
	ret = ret ? ret : read_insn(&in, "b", &line->insn[1]);
	if (!ret && !(line->module = strdup("")))
		ret = fpb_json_no_memory(&in);
	return ret;
}

/* An array whose elements go, each, through read(). */
static int read_lines(const json_t *json, const char *where, struct fpb_explain_file *file,
		      int (*read)(const json_t *json, const char *where,
				  struct fpb_explain_file *file, struct fpb_problem *problem),
		      struct fpb_problem *problem)
{
	int ret = 0;

	if (!json_is_array(json))
		return fpb_json_wrong(problem, where, json, "an array");
	for (size_t i = 0; i < json_array_size(json) && !ret; i++) {
		char path[FPB_PATH_SIZE];

		fpb_json_path_at(path, where, i);
		ret = read(json_array_get(json, i), path, file, problem);
	}
	return ret;
}

/* What is no function's: a line of its own where there is any. */
static int add_rest(struct fpb_explain_file *file, const char *name, double insn,
		    const struct fpb_json_in *in)
{
	struct fpb_explain_line *line;

	if (insn == 0)
		return 0;
	line = add_line(file);
	if (!line)
		return fpb_json_no_memory(in);
	line->insn[0] = insn;
	line->function = strdup(name);
	line->module = strdup("");
	return line->function && line->module ? 0 : fpb_json_no_memory(in);
}

static int check_sum(const struct fpb_explain_file *lines, double total,
		     const struct fpb_json_in *in)
{
	double sum = 0;

	for (size_t i = 0; i < lines->nr_lines; i++)
		sum += lines->line[i].insn[0];
	if (sum == total)
		return 0;
	return fpb_problem_set(in->problem, EINVAL, in->where,
			       "functions, nested_guest and user add up to %.0f; expected the "
			       "total, %.0f",
			       sum, total);
}

/* The functions are kept if there is no other kernel. */
static int read_kernel(const json_t *json, size_t k, struct fpb_explain_file *file,
		       struct fpb_problem *problem)
{
	struct fpb_explain_kernel *kernel = &file->kernel[k];
	struct fpb_explain_file lines = { 0 };
	char where[FPB_PATH_SIZE], functions[FPB_PATH_SIZE];
	double nested = 0, user = 0;
	struct fpb_json_in in;
	int ret;

	fpb_json_path_at(where, "kernels", k);
	fpb_json_path(functions, where, "functions");
	ret = fpb_json_enter(json, where, problem, &in);
	ret = ret ? ret : fpb_json_name(&in, "kernel", &kernel->label);
	ret = ret ? ret : read_insn(&in, "total", &kernel->total);
	ret = ret ? ret : read_insn(&in, "nested_guest", &nested);
	ret = ret ? ret : read_insn(&in, "user", &user);
	ret = ret ? ret : read_insn(&in, "disturbed", &kernel->nr_disturbed);
	ret = ret ? ret
		  : read_lines(json_object_get(json, "functions"), functions, &lines, read_function,
			       problem);
	ret = ret ? ret : add_rest(&lines, FPB_EXPLAIN_NESTED, nested, &in);
	ret = ret ? ret : add_rest(&lines, FPB_EXPLAIN_USER, user, &in);
	ret = ret ? ret : check_sum(&lines, kernel->total, &in);
	if (!ret && file->nr_kernels == 1) {
		file->line = lines.line;
		file->nr_lines = lines.nr_lines;
	} else {
		fpb_explain_file_clear(&lines);
	}
	return ret;
}

static int read_kernels(const json_t *json, struct fpb_explain_file *file,
			struct fpb_problem *problem)
{
	const size_t nr = json_array_size(json);
	int ret = 0;

	if (!nr || nr > FPB_EXPLAIN_KERNELS)
		return fpb_json_wrong(problem, "kernels", json, "an array of one or two kernels");
	file->nr_kernels = nr;
	for (size_t k = 0; k < nr && !ret; k++)
		ret = read_kernel(json_array_get(json, k), k, file, problem);
	return ret;
}

static int check_difference(const struct fpb_explain_file *file, struct fpb_problem *problem)
{
	const double expected = file->kernel[1].total - file->kernel[0].total;
	double sum = 0;

	for (size_t i = 0; i < file->nr_lines; i++)
		sum += file->line[i].insn[1] - file->line[i].insn[0];
	if (sum == expected)
		return 0;
	return fpb_problem_set(problem, EINVAL, "difference",
			       "adds up to %+.0f; expected the difference of the totals, %+.0f",
			       sum, expected);
}

static int read_difference(const json_t *json, struct fpb_explain_file *file,
			   struct fpb_problem *problem)
{
	int ret;

	if (file->nr_kernels == 1)
		return json_is_null(json) ? 0
					  : fpb_json_wrong(problem, "difference", json,
							   "null, there being one kernel");
	ret = read_lines(json, "difference", file, read_difference_of, problem);
	return ret ? ret : check_difference(file, problem);
}

static int read_file(const json_t *json, struct fpb_explain_file *file, struct fpb_problem *problem)
{
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, "", problem, &in);

	ret = ret ? ret : fpb_json_name(&in, "row", &file->row);
	ret = ret ? ret : read_insn(&in, "operations", &file->nr_operations);
	ret = ret ? ret : read_kernels(json_object_get(json, "kernels"), file, problem);
	return ret ? ret : read_difference(json_object_get(json, "difference"), file, problem);
}

int fpb_explain_file_parse(const char *text, size_t length, struct fpb_explain_file *out,
			   struct fpb_problem *problem)
{
	json_error_t error;
	json_t *json;
	int ret;

	*out = (struct fpb_explain_file){ 0 };
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!json)
		return fpb_problem_set(problem, EINVAL, "", "line %d, column %d: %s", error.line,
				       error.column, error.text);
	ret = read_file(json, out, problem);
	json_decref(json);
	if (ret)
		fpb_explain_file_clear(out);
	return ret;
}

int fpb_explain_file_read(const char *path, struct fpb_explain_file *out,
			  struct fpb_problem *problem)
{
	size_t length;
	char *text;
	int ret = fpb_file_text(path, &text, &length, problem);

	*out = (struct fpb_explain_file){ 0 };
	ret = ret ? ret : fpb_explain_file_parse(text, length, out, problem);
	free(text);
	return ret;
}

void fpb_explain_file_clear(struct fpb_explain_file *file)
{
	free(file->row);
	for (size_t k = 0; k < FPB_EXPLAIN_KERNELS; k++)
		free(file->kernel[k].label);
	for (size_t i = 0; i < file->nr_lines; i++) {
		free(file->line[i].function);
		free(file->line[i].module);
	}
	free(file->line);
	*file = (struct fpb_explain_file){ 0 };
}
