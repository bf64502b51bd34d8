// SPDX-License-Identifier: MIT
/* lab_compare.c - the first kernel against each other, for programs: DIR/compare.json. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/lab.h"
#include "bench/report/compare.h"
#include "bench/report/exports.h"
#include "bench/report/file_replace.h"

static char *name_file(const struct lab *lab, struct fpb_err *err)
{
	char *path;

	if (asprintf(&path, "%s/compare.json", lab->out) >= 0)
		return path;
	FPB_FAIL(err, -ENOMEM, "path of the comparison");
	return NULL;
}

int lab_compare_forget(const struct lab *lab, struct fpb_err *err)
{
	char *path = name_file(lab, err);
	int ret = 0;

	if (!path)
		return err->code;
	if (unlink(path) && errno != ENOENT)
		ret = FPB_FAIL(err, -errno, "unlink %s; name another place with --out", path);
	free(path);
	return ret;
}

/* The report moves into the side: its observations are too large to have twice. */
static int take_side(struct lab_build *build, struct fpb_side *side, struct fpb_problem *problem)
{
	*side = (struct fpb_side){ .report = build->report };
	build->report = (struct fpb_report){ 0 };
	return fpb_run_values_take(&side->report, &side->values, problem);
}

static int compare_sides(const struct fpb_side *base, const struct fpb_side *new,
			 const struct fpb_pattern *filter, json_t **out,
			 struct fpb_problem *problem)
{
	const struct fpb_compare_request request = {
		/* Kernels that never came to their rows have none for it to match. */
		.filter = base->values.nr || new->values.nr ? filter : NULL,
		.delta = NAN,
	};
	struct fpb_comparison comparison;
	int ret = fpb_compare(base, new, &request, &comparison, problem);

	if (!ret) {
		*out = fpb_comparison_to_json(&comparison);
		if (!*out)
			ret = fpb_problem_set(problem, ENOMEM, "", "out of memory");
	}
	fpb_comparison_clear(&comparison);
	return ret;
}

static int compare_build(const struct fpb_side *base, struct lab_build *build,
			 const struct fpb_pattern *filter, json_t **out,
			 struct fpb_problem *problem)
{
	struct fpb_side new;
	int ret = take_side(build, &new, problem);

	ret = ret ? ret : compare_sides(base, &new, filter, out, problem);
	fpb_side_clear(&new);
	return ret;
}

/* Which of the kernels it is about stands before it, as the place of its report in DIR. */
static int add_other(json_t *document, const struct lab_build *build, json_t *comparison)
{
	const char *slash = strrchr(build->folder, '/');
	const char *folder = slash ? slash + 1 : build->folder;
	json_t *others = json_object_get(document, "others");
	json_t *other = json_pack("{s:o}", "new", json_sprintf("%s/report.json", folder));

	if (!others) {
		others = json_array();
		if (json_object_set_new(document, "others", others))
			others = NULL;
	}
	if (json_object_update(other, comparison)) {
		json_decref(other);
		other = NULL;
	}
	return json_array_append_new(others, other);
}

static int compare_all(struct lab *lab, const struct fpb_pattern *filter, json_t **document,
		       struct fpb_problem *problem)
{
	struct fpb_side base;
	int ret = take_side(&lab->build[0], &base, problem);

	if (!ret)
		ret = compare_build(&base, &lab->build[1], filter, document, problem);
	for (unsigned int i = 2; i < lab->nr_builds && !ret; i++) {
		json_t *comparison = NULL;

		ret = compare_build(&base, &lab->build[i], filter, &comparison, problem);
		if (!ret && add_other(*document, &lab->build[i], comparison))
			ret = fpb_problem_set(problem, ENOMEM, "", "out of memory");
		json_decref(comparison);
	}
	fpb_side_clear(&base);
	return ret;
}

static int write_text(int fd, const void *text)
{
	int ret = fpb_write_all(fd, text, strlen(text));

	return ret ? ret : fpb_write_all(fd, "\n", 1);
}

static int write_document(const json_t *document, const char *path, struct fpb_problem *problem)
{
	char *text = json_dumps(document, JSON_INDENT(1));
	int ret;

	if (!text)
		return fpb_problem_set(problem, ENOMEM, path, "out of memory");
	ret = fpb_file_replace(path, write_text, text, problem);
	free(text);
	return ret;
}

static int compare_and_write(struct lab *lab, const char *path, struct fpb_problem *problem)
{
	const char *regex = lab->options.filter;
	struct fpb_pattern filter = { 0 };
	json_t *document = NULL;
	int ret = 0;

	if (regex)
		ret = fpb_pattern_compile(&filter, regex, "--filter", problem);
	ret = ret ? ret : compare_all(lab, regex ? &filter : NULL, &document, problem);
	ret = ret ? ret : write_document(document, path, problem);
	json_decref(document);
	fpb_pattern_clear(&filter);
	return ret;
}

enum exit_code lab_compare_write(struct lab *lab)
{
	struct fpb_problem problem = { 0 };
	struct fpb_err err = { 0 };
	char *path = name_file(lab, &err);
	int ret;

	if (!path)
		return report_err(&err, EXIT_UNFIT);
	ret = compare_and_write(lab, path, &problem);
	if (!ret)
		printf("comparison: %s\n", path);
	free(path);
	return ret ? report_problem(&problem, EXIT_UNFIT) : EXIT_FINE;
}
