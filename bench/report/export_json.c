// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>

#include "bench/report/exports.h"
#include "bench/report/text.h"

/* Of the interface, apart from that of reports. */
#define COMPARISON_SCHEMA_VERSION 1

/* Neither what is unknown nor what is beyond all numbers is one in JSON. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval(const struct fpb_interval *ci)
{
	return fpb_interval_is_known(ci) ? json_pack("[o, o]", number(ci->low), number(ci->high))
					 : json_null();
}

static json_t *metric_to_json(const struct fpb_metric *metric)
{
	const struct fpb_judgement *judgement = &metric->judgement;

	return json_pack("{s:o, s:o, s:o, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:s}",
			 "name", fpb_text_to_json(metric->base->name), "substrate",
			 fpb_text_to_json(metric->base->substrate), "unit",
			 fpb_text_to_json(metric->base->unit), "base", judgement->base, "new",
			 judgement->new, "ratio", number(judgement->ratio), "ci",
			 interval(&judgement->ci), "p", number(judgement->p), "p_holm",
			 number(judgement->p_holm), "delta", number(judgement->delta), "exact",
			 judgement->is_exact, "gated", metric->is_gated, "runs_needed",
			 (json_int_t)judgement->runs_needed, "verdict",
			 fpb_verdict_name(judgement->verdict));
}

static json_t *metrics_to_json(const struct fpb_comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		if (json_array_append_new(array, metric_to_json(&comparison->metric[i])))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

static json_t *differences_to_json(const struct fpb_differences *differences)
{
	json_t *array = json_array();

	for (size_t i = 0; i < differences->nr; i++) {
		const struct fpb_difference *item = &differences->item[i];
		json_t *json = json_pack("{s:o, s:O, s:O, s:b}", "key", fpb_text_to_json(item->key),
					 "base", item->base, "new", item->new, "allowed",
					 item->is_allowed);

		if (json_array_append_new(array, json))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

/* Ids, NAME@SUBSTRATE. */
static json_t *rows_to_json(const struct fpb_lone_row *rows, size_t nr)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++) {
		if (json_array_append_new(array, fpb_text_to_json(rows[i].row->id)))
			goto out_free;
	}
	return array;

out_free:
	json_decref(array);
	return NULL;
}

json_t *fpb_comparison_to_json(const struct fpb_comparison *comparison)
{
	return json_pack("{s:i, s:b, s:o, s:o, s:o, s:o, s:s}", "schema_version",
			 COMPARISON_SCHEMA_VERSION, "paired", comparison->is_paired,
			 "environment_diff", differences_to_json(&comparison->differences),
			 "metrics", metrics_to_json(comparison), "lost",
			 rows_to_json(comparison->lost, comparison->nr_lost), "gained",
			 rows_to_json(comparison->gained, comparison->nr_gained), "verdict",
			 fpb_comparison_verdict_name(comparison));
}

int fpb_export_json(const struct fpb_export *export, FILE *out)
{
	json_t *json = fpb_comparison_to_json(export->comparison);
	int ret = 0;

	if (!json)
		return -ENOMEM;
	if (json_dumpf(json, out, JSON_INDENT(1)) || fputc('\n', out) == EOF)
		ret = -EIO;
	json_decref(json);
	return ret;
}
