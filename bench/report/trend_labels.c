// SPDX-License-Identifier: MIT
/* trend_labels.c - what to call the builds of a series. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/trend.h"

/* A kernel's are no longer; a report of unknown origin may say anything. */
#define RELEASE_BYTES 64
/* As in the folders of results/. */
#define BUILD_ID_DIGITS 12

static bool is_same_release(const struct fpb_trend_build *a, const struct fpb_trend_build *b)
{
	return !strncmp(a->release, b->release, RELEASE_BYTES);
}

static bool is_same_build(const struct fpb_trend_build *a, const struct fpb_trend_build *b)
{
	return is_same_release(a, b) && !strncmp(a->build_id, b->build_id, BUILD_ID_DIGITS);
}

/* How many of build[nr] are the same as this one. */
static size_t count(const struct fpb_trend_build *build, size_t nr,
		    const struct fpb_trend_build *one,
		    bool (*is_same)(const struct fpb_trend_build *, const struct fpb_trend_build *))
{
	size_t nr_same = 0;

	for (size_t i = 0; i < nr; i++)
		nr_same += is_same(&build[i], one);
	return nr_same;
}

int fpb_trend_label(struct fpb_trend_build *build, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct fpb_trend_build *one = &build[i];
		const size_t nr_release = count(build, nr, one, is_same_release);
		const size_t nr_build = count(build, nr, one, is_same_build);
		char id[BUILD_ID_DIGITS + 2] = "", occurrence[24] = "";

		if (nr_build < nr_release && one->build_id[0])
			snprintf(id, sizeof(id), "-%s", one->build_id);
		if (nr_build > 1)
			snprintf(occurrence, sizeof(occurrence), "#%zu",
				 count(build, i + 1, one, is_same_build));
		free(one->label);
		if (asprintf(&one->label, "%.*s%s%s", RELEASE_BYTES, one->release, id, occurrence) <
		    0) {
			one->label = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}
