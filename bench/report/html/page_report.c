// SPDX-License-Identifier: MIT
/* page_report.c - a report as the page has it: one value per row and run instead of batches. */
#include <errno.h>

#include "bench/report/debate.h"
#include "bench/report/html/page_json.h"
#include "bench/report/json_make.h"
#include "bench/report/record_json.h"
#include "bench/report/rows.h"
#include "bench/report/text.h"

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

static json_t *flag_to_json(const void *row, size_t i)
{
	return fpb_text_to_json(((const struct fpb_table_row *)row)->flags[i]);
}

static json_t *run_to_json(const void *values, size_t i)
{
	return json_integer(((const struct fpb_value_row *)values)->run[i]);
}

static json_t *value_to_json(const void *values, size_t i)
{
	return fpb_json_finite(((const struct fpb_value_row *)values)->value[i]);
}

static json_t *row_to_json(const struct fpb_table_row *row, const struct fpb_value_row *values)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "name", fpb_text_to_json(row->name), "substrate",
			 fpb_text_to_json(row->substrate), "unit", fpb_text_to_json(row->unit),
			 "gated", values->is_gated, "median", fpb_json_finite(row->median), "low",
			 fpb_json_finite(row->low), "high", fpb_json_finite(row->high), "spread",
			 fpb_json_finite(row->spread), "p99", fpb_json_finite(row->p99), "proof",
			 row->has_expectation, "flags",
			 fpb_json_array_of(row, row->nr_flags, flag_to_json), "runs",
			 fpb_json_array_of(values, values->nr, run_to_json), "values",
			 fpb_json_array_of(values, values->nr, value_to_json));
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
		array = fpb_json_append(array, row_to_json(&rows[i], &side->values.row[i]));
	fpb_rows_free(rows, nr);
	return array;
}

static json_t *skip_to_json(const void *report, size_t i)
{
	return fpb_skip_to_json(&((const struct fpb_report *)report)->skips[i]);
}

static json_t *failure_to_json(const void *report, size_t i)
{
	return fpb_failure_to_json(&((const struct fpb_report *)report)->failures[i]);
}

/* Those that no claim has: the others stand under their claims. */
static json_t *derived_to_json(const struct fpb_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->nr_derived && array; i++) {
		if (!fpb_debate_has(report->derived[i].name))
			array = fpb_json_append(array, fpb_derived_to_json(&report->derived[i]));
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
			 fpb_json_array_of(report, report->nr_skips, skip_to_json), "failures",
			 fpb_json_array_of(report, report->nr_failures, failure_to_json),
			 "noise_floor", fpb_noise_floor_to_json(report), "answers",
			 fpb_page_answers(report));
}
