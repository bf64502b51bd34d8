// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>

#include "bench/report/text.h"
#include "bench/report/trend_exports.h"

/* The array of nr elements that `element` makes; NULL without memory. */
static json_t *array_of(const void *what, size_t nr, json_t *(*element)(const void *what, size_t i))
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		if (json_array_append_new(array, element(what, i)))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

/* A series knows its builds by number. */
struct labelled {
	const struct fpb_trend *trend;
	const struct fpb_trend_series *series;
};

static json_t *label_of(const struct labelled *labelled, size_t point)
{
	const size_t build = labelled->series->point[point].build;

	return fpb_text_to_json(labelled->trend->build[build].label);
}

static json_t *point_to_json(const void *what, size_t i)
{
	const struct labelled *labelled = what;

	return json_pack("{s:o, s:f}", "build", label_of(labelled, i), "value",
			 labelled->series->point[i].value);
}

static json_t *change_to_json(const void *what, size_t i)
{
	const struct labelled *labelled = what;
	const struct fpb_changepoint *change = &labelled->series->change[i];

	return json_pack("{s:I, s:o, s:f, s:f, s:o}", "index", (json_int_t)change->index, "build",
			 label_of(labelled, change->index), "before", change->before, "after",
			 change->after, "p", isnan(change->p) ? json_null() : json_real(change->p));
}

static json_t *series_to_json(const void *what, size_t i)
{
	const struct fpb_trend *trend = what;
	const struct fpb_trend_series *series = &trend->series[i];
	const struct labelled labelled = { trend, series };

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", fpb_text_to_json(series->name),
			 "substrate", fpb_text_to_json(series->substrate), "unit",
			 fpb_text_to_json(series->unit), "points",
			 array_of(&labelled, series->nr_points, point_to_json), "change_points",
			 array_of(&labelled, series->nr_changes, change_to_json));
}

int fpb_trend_export_json(const struct fpb_trend *trend, FILE *out, unsigned width)
{
	json_t *json =
		json_pack("{s:o}", "series", array_of(trend, trend->nr_series, series_to_json));
	int ret = 0;

	(void)width;
	if (!json)
		return -ENOMEM;
	if (json_dumpf(json, out, JSON_INDENT(1)) || fputc('\n', out) == EOF)
		ret = -EIO;
	json_decref(json);
	return ret;
}
