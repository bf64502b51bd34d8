// SPDX-License-Identifier: MIT
#include "bench/report/json_make.h"
#include "bench/report/text.h"
#include "bench/report/trend_exports.h"

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
			 change->after, "p", fpb_json_finite(change->p));
}

static json_t *series_to_json(const void *what, size_t i)
{
	const struct fpb_trend *trend = what;
	const struct fpb_trend_series *series = &trend->series[i];
	const struct labelled labelled = { trend, series };

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", fpb_text_to_json(series->name),
			 "substrate", fpb_text_to_json(series->substrate), "unit",
			 fpb_text_to_json(series->unit), "points",
			 fpb_json_array_of(&labelled, series->nr_points, point_to_json),
			 "change_points",
			 fpb_json_array_of(&labelled, series->nr_changes, change_to_json));
}

int fpb_trend_export_json(const struct fpb_trend *trend, FILE *out, unsigned width)
{
	(void)width;
	return fpb_json_print(json_pack("{s:o}", "series",
					fpb_json_array_of(trend, trend->nr_series, series_to_json)),
			      out);
}
