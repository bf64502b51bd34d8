// SPDX-License-Identifier: MIT
#include <math.h>

#include "bench/model/cost_rows.h"
#include "bench/model/model.h"
#include "bench/model/workload_json.h"
#include "bench/report/json_make.h"
#include "bench/report/json_strict.h"
#include "bench/report/text.h"

static json_t *number(double value)
{
	return isnan(value) ? json_null() : fpb_json_from_double(value);
}

static json_t *cost_to_json(const struct fpb_cost_value *cost)
{
	json_t *json = json_pack("{s:o, s:s, s:o, s:o, s:o, s:b}", "value", number(cost->value),
				 "unit", cost->unit, "source", fpb_text_to_json(cost->source),
				 "low", number(cost->low), "high", number(cost->high), "assumed",
				 cost->is_assumed);

	if (json && cost->missing[0] &&
	    json_object_set_new(json, "missing", fpb_text_to_json(cost->missing))) {
		json_decref(json);
		return NULL;
	}
	if (json && cost->is_counted && json_object_set_new(json, "insn", number(cost->insn))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static json_t *costs_to_json(const struct fpb_costs *costs)
{
	json_t *json = json_object();

	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		if (json_object_set_new(json, fpb_cost_infos[i].name, cost_to_json(&costs->of[i])))
			goto out_free;
	}
	return json;

out_free:
	json_decref(json);
	return NULL;
}

static json_t *terms_to_json(const struct fpb_standing *standing)
{
	json_t *json = json_object();

	for (size_t i = 0; i < FPB_NR_TERMS; i++) {
		if (json_object_set_new(json, fpb_term_names[i], number(standing->term[i].value)))
			goto out_free;
	}
	return json;

out_free:
	json_decref(json);
	return NULL;
}

static json_t *choices_to_json(const struct fpb_xfd_design *design)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "allocation",
			 fpb_allocations[design->allocation].name, "interception",
			 fpb_interceptions[design->interception].name, "sync",
			 fpb_syncs[design->sync].name, "xfd_err",
			 fpb_xfd_errs[design->xfd_err].name, "restore_order",
			 fpb_restore_orders[design->restore_order].name);
}

static json_t *amount_to_json(const struct fpb_amount *amount)
{
	return json_pack("[o, o, o]", number(amount->low), number(amount->value),
			 number(amount->high));
}

static json_t *standing_to_json(const void *what, size_t i)
{
	static const char *const orders[] = {
		[FPB_ORDER_SAME] = "same",
		[FPB_ORDER_NEGLIGIBLE] = "negligible",
		[FPB_ORDER_UNKNOWN] = "no_difference",
		[FPB_ORDER_LESS] = "less",
		[FPB_ORDER_MORE] = "more",
	};
	const struct fpb_model *model = what;
	const struct fpb_standing *standing = &model->standing[i];
	const struct fpb_xfd_design *design = &fpb_designs[standing->design];

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:s, s:s, s:s, s:o}", "name",
			 design->name, "cycles_per_second", number(standing->cycles.value), "low",
			 number(standing->cycles.low), "high", number(standing->cycles.high),
			 "bytes_per_vcpu", number(standing->bytes.value), "terms",
			 terms_to_json(standing), "rank", (int)standing->rank, "over_best",
			 amount_to_json(&standing->over_best), "to_best",
			 orders[standing->order_to_best], "title", design->title, "origin",
			 design->origin, "design", choices_to_json(design));
}

static json_t *break_even_to_json(const void *what, size_t i)
{
	const struct fpb_model *model = what;
	const struct fpb_break_even *point = &model->break_even[i];
	const char *a = fpb_designs[point->a].name, *b = fpb_designs[point->b].name;

	return json_pack("{s:[s, s], s:s, s:o, s:o, s:o, s:s, s:s}", "between", a, b, "parameter",
			 fpb_parameters[point->parameter].name, "value", number(point->value),
			 "low", number(point->low), "high", number(point->high), "cheaper_below", a,
			 "cheaper_above", b);
}

static const char *design_at(const struct fpb_model *model, size_t place)
{
	return fpb_designs[model->standing[place].design].name;
}

/* The best row to measure it by; null: none isolates it. */
static json_t *row_to_json(enum fpb_cost cost)
{
	const char *row = fpb_cost_row(cost);

	return row ? json_string(row) : json_null();
}

static json_t *sensitivity_to_json(const void *what, size_t i)
{
	const struct fpb_model *model = what;
	const struct fpb_sensitivity *s = &model->sensitivity[i];

	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:i, s:o, s:o, s:b}", "cost",
			 fpb_cost_infos[s->cost].name, "best_at_low",
			 design_at(model, s->best_at_low), "best_at_high",
			 design_at(model, s->best_at_high), "changes_best", s->changes_best,
			 "changes_order", s->changes_order, "settles", (int)s->nr_settled, "swing",
			 number(s->swing), "row", row_to_json(s->cost), "stand_in",
			 model->costs.of[s->cost].is_stand_in);
}

static json_t *payoff_to_json(const void *what, size_t i)
{
	const struct fpb_model *model = what;
	const struct fpb_payoff *payoff = &model->payoff[i];
	const double none = NAN;

	return json_pack("{s:o, s:o, s:o, s:o}", "exits_per_second", number(payoff->exits),
			 "xfd_writes_per_second", number(payoff->has_point ? payoff->value : none),
			 "low", number(payoff->has_point ? payoff->low : none), "high",
			 number(payoff->has_point ? payoff->high : none));
}

int fpb_model_export_json(const struct fpb_model *model, FILE *out)
{
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "workload",
		fpb_workload_to_json(&model->workload), "costs", costs_to_json(&model->costs),
		"policies", fpb_json_array_of(model, FPB_NR_DESIGNS, standing_to_json),
		"break_even", fpb_json_array_of(model, model->nr_break_even, break_even_to_json),
		"assumed_costs", (int)fpb_costs_nr_assumed(&model->costs), "sensitivity",
		fpb_json_array_of(model, model->nr_sensitivity, sensitivity_to_json),
		"negligible_cycles", number(FPB_NEGLIGIBLE_CYC), "passthrough_pays_above",
		fpb_json_array_of(model, model->nr_payoffs, payoff_to_json));

	return fpb_json_print(json, out);
}
