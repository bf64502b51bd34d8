// SPDX-License-Identifier: MIT
/* report_fixture.c - what the tests of bench/report share. */
#include "tests/unit/report_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/report/report_read.h"

char *file_text(const char *path, size_t *length)
{
	FILE *file = fopen(path, "re");
	char *text;
	long size;

	if (!file)
		fail_msg("%s: cannot open", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = '\0';
	fclose(file);
	*length = (size_t)size;
	return text;
}

char *fixture_text(const char *name, size_t *length)
{
	char *path = path_in(FPB_FIXTURES "/reports", name);
	char *text = file_text(path, length);

	free(path);
	return text;
}

void fixture_report(const char *name, struct fpb_report *report)
{
	struct fpb_problem problem = { .text = "" };
	size_t length;
	char *text = fixture_text(name, &length);

	if (fpb_report_parse(text, length, report, &problem))
		fail_msg("%s: %s: %s", name, problem.where, problem.text);
	free(text);
}

char *make_directory(void)
{
	char *directory = strdup("/tmp/fpb-report-XXXXXX");

	assert_non_null(directory);
	assert_non_null(mkdtemp(directory));
	return directory;
}

char *path_in(const char *directory, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

static size_t visit(const char *directory, int remove)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t nr = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (remove)
			unlinkat(dirfd(dir), entry->d_name, 0);
		nr++;
	}
	closedir(dir);
	return nr;
}

size_t nr_files_in(const char *directory)
{
	return visit(directory, 0);
}

void remove_directory(char *directory)
{
	visit(directory, 1);
	assert_int_equal(rmdir(directory), 0);
	free(directory);
}

void fixture_observe(struct fpb_report *report, unsigned run, const char *name,
		     const char *substrate, const char *unit, double value)
{
	struct fpb_observation obs = {
		.run = run,
		.name = strdup(name),
		.substrate = strdup(substrate),
		.unit = strdup(unit),
		.batches = calloc(1, sizeof(double)),
		.nr_batches = 1,
		.iterations_per_batch = 1,
		.gated = true,
	};

	assert_non_null(obs.batches);
	obs.batches[0] = value;
	assert_int_equal(fpb_report_add_observation(report, &obs), 0);
}
