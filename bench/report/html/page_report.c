// SPDX-License-Identifier: MIT
/* page_report.c - a report as the page has it: one value per row and run instead of batches. */
#include <errno.h>
#include <math.h>

#include "bench/report/debate.h"
#include "bench/report/html/page_json.h"
#include "bench/report/record_json.h"
#include "bench/report/rows.h"
#include "bench/report/text.h"

json_t *fpb_page_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* The item in the place of the one that is too large, or NULL: it is not. */
static int make_item_exact(json_t *item, json_t **instead)
{
	static const json_int_t most = (json_int_t)1 << 53;

	*instead = NULL;
	if (!json_is_integer(item))
		return fpb_page_make_exact(item);
	if (json_integer_value(item) > most || json_integer_value(item) < -most) {
		*instead = json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(item));
		return *instead ? 0 : -ENOMEM;
	}
	return 0;
}

/* Depth is bounded by the reader of reports. */
int fpb_page_make_exact(json_t *json)
{
	const char *key;
	json_t *item, *instead;
	size_t i;
	int ret = 0;

	json_object_foreach(json, key, item) {
		ret = ret ? ret : make_item_exact(item, &instead);
		if (!ret && instead && json_object_set_new(json, key, instead))
			ret = -ENOMEM;
	}
	json_array_foreach(json, i, item) {
		ret = ret ? ret : make_item_exact(item, &instead);
		if (!ret && instead && json_array_set_new(json, i, instead))
			ret = -ENOMEM;
	}
	return ret;
}

/* Takes the reference. */
static json_t *append(json_t *array, json_t *item)
{
	if (!json_array_append_new(array, item))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *flags_to_json(const struct fpb_table_row *row)
{
	json_t *array = json_array();

	for (size_t i = 0; i < row->nr_flags && array; i++)
		array = append(array, fpb_text_to_json(row->flags[i]));
	return array;
}

static json_t *runs_to_json(const struct fpb_value_row *values)
{
	json_t *array = json_array();

	for (size_t i = 0; i < values->nr && array; i++)
		array = append(array, json_integer(values->run[i]));
	return array;
}

static json_t *values_to_json(const struct fpb_value_row *values)
{
	json_t *array = json_array();

	for (size_t i = 0; i < values->nr && array; i++)
		array = append(array, fpb_page_number(values->value[i]));
	return array;
}

static json_t *row_to_json(const struct fpb_table_row *row, const struct fpb_value_row *values)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "name", fpb_text_to_json(row->name), "substrate",
			 fpb_text_to_json(row->substrate), "unit", fpb_text_to_json(row->unit),
			 "gated", values->is_gated, "median", fpb_page_number(row->median), "low",
			 fpb_page_number(row->low), "high", fpb_page_number(row->high), "spread",
			 fpb_page_number(row->spread), "p99", fpb_page_number(row->p99), "proof",
			 row->has_expectation, "flags", flags_to_json(row), "runs",
			 runs_to_json(values), "values", values_to_json(values));
}

/* Rows and run values are both one per name, substrate and unit, in the same order. */
static json_t *rows_to_json(const struct fpb_side *side)
{
	struct fpb_table_row *rows;
	json_t *array = json_array();
	size_t nr;

	if (fpb_rows_make(&side->report, &rows, &nr)) {
		json_decref(array);
		return NULL;
	}
	for (size_t i = 0; i < nr && i < side->values.nr && array; i++)
		array = append(array, row_to_json(&rows[i], &side->values.row[i]));
	fpb_rows_free(rows, nr);
	return array;
}

static json_t *skips_to_json(const struct fpb_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->nr_skips && array; i++)
		array = append(array, fpb_skip_to_json(&report->skips[i]));
	return array;
}

static json_t *failures_to_json(const struct fpb_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->nr_failures && array; i++)
		array = append(array, fpb_failure_to_json(&report->failures[i]));
	return array;
}

/* Those that no claim has: the others stand under their claims. */
static json_t *derived_to_json(const struct fpb_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->nr_derived && array; i++) {
		if (!fpb_debate_has(report->derived[i].name))
			array = append(array, fpb_derived_to_json(&report->derived[i]));
	}
	return array;
}

/* The entries only say once more which observations there are. */
static json_t *plan_to_json(const struct fpb_report *report)
{
	struct fpb_report_plan plan = report->plan;

	plan.nr_entries = 0;
	return fpb_plan_to_json(&plan);
}

json_t *fpb_page_report(const struct fpb_side *side)
{
	const struct fpb_report *report = &side->report;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "context",
			 json_deep_copy(report->context), "suite",
			 fpb_suite_to_json(&report->suite), "environment",
			 json_deep_copy(report->environment), "plan", plan_to_json(report), "rows",
			 rows_to_json(side), "derived", derived_to_json(report), "skips",
			 skips_to_json(report), "failures", failures_to_json(report), "noise_floor",
			 fpb_noise_floor_to_json(report), "answers", fpb_page_answers(report));
}
