// SPDX-License-Identifier: MIT
#include "bench/report/exports.h"
#include "bench/report/json_make.h"
#include "bench/report/text.h"

/* Of the interface, apart from that of reports. */
#define COMPARISON_SCHEMA_VERSION 1

static json_t *interval(const struct fpb_interval *ci)
{
	return fpb_interval_is_known(ci)
		       ? json_pack("[o, o]", fpb_json_finite(ci->low), fpb_json_finite(ci->high))
		       : json_null();
}

static json_t *metric_to_json(const void *comparison, size_t i)
{
	const struct fpb_metric *metric = &((const struct fpb_comparison *)comparison)->metric[i];
	const struct fpb_judgement *judgement = &metric->judgement;

	return json_pack("{s:o, s:o, s:o, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:s}",
			 "name", fpb_text_to_json(metric->base->name), "substrate",
			 fpb_text_to_json(metric->base->substrate), "unit",
			 fpb_text_to_json(metric->base->unit), "base", judgement->base, "new",
			 judgement->new, "ratio", fpb_json_finite(judgement->ratio), "ci",
			 interval(&judgement->ci), "p", fpb_json_finite(judgement->p), "p_holm",
			 fpb_json_finite(judgement->p_holm), "delta",
			 fpb_json_finite(judgement->delta), "exact", judgement->is_exact, "gated",
			 metric->is_gated, "runs_needed", (json_int_t)judgement->runs_needed,
			 "verdict", fpb_verdict_name(judgement->verdict));
}

static json_t *difference_to_json(const void *differences, size_t i)
{
	const struct fpb_difference *item = &((const struct fpb_differences *)differences)->item[i];

	return json_pack("{s:o, s:O, s:O, s:b}", "key", fpb_text_to_json(item->key), "base",
			 item->base, "new", item->new, "allowed", item->is_allowed);
}

/* Its id, NAME@SUBSTRATE. */
static json_t *lone_to_json(const void *rows, size_t i)
{
	return fpb_text_to_json(((const struct fpb_lone_row *)rows)[i].row->id);
}

json_t *fpb_comparison_to_json(const struct fpb_comparison *comparison)
{
	return json_pack(
		"{s:i, s:b, s:o, s:o, s:o, s:o, s:s}", "schema_version", COMPARISON_SCHEMA_VERSION,
		"paired", comparison->is_paired, "environment_diff",
		fpb_json_array_of(&comparison->differences, comparison->differences.nr,
				  difference_to_json),
		"metrics", fpb_json_array_of(comparison, comparison->nr_metrics, metric_to_json),
		"lost", fpb_json_array_of(comparison->lost, comparison->nr_lost, lone_to_json),
		"gained",
		fpb_json_array_of(comparison->gained, comparison->nr_gained, lone_to_json),
		"verdict", fpb_comparison_verdict_name(comparison));
}

int fpb_export_json(const struct fpb_export *export, FILE *out)
{
	return fpb_json_print(fpb_comparison_to_json(export->comparison), out);
}
