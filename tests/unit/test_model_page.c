// SPDX-License-Identifier: MIT
/* test_model_page.c - the ranking, and how it is told: for people and as JSON. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "bench/model/model.h"
#include "bench/model/workload_presets.h"
#include "model_random.h"

static struct fpb_model *make(const char *preset, const struct fpb_costs *costs)
{
	struct fpb_model *model = malloc(sizeof(*model));
	struct fpb_workload workload;

	assert_non_null(model);
	assert_int_equal(fpb_workload_preset(preset, &workload), 0);
	assert_int_equal(fpb_model_make(&workload, costs, model), 0);
	return model;
}

static void destroy(struct fpb_model *model)
{
	fpb_model_clear(model);
	free(model);
}

static char *printed(const struct fpb_model *model, fpb_model_exporter *export)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(export(model, out), 0);
	fclose(out);
	return text;
}

static void check_standing(const struct fpb_model *model)
{
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		const struct fpb_standing *s = &model->standing[i];
		double sum = 0;
		size_t rank = 1;

		assert_true(s->cycles.low <= s->cycles.value && s->cycles.value <= s->cycles.high);
		if (i)
			assert_true(s->cycles.value >= model->standing[i - 1].cycles.value);
		for (size_t term = 0; term < FPB_NR_TERMS; term++)
			sum += s->term[term].value;
		assert_true(fabs(sum - s->cycles.value) <= 1e-9 * sum);
		for (size_t k = 0; k < FPB_NR_DESIGNS; k++) {
			rank += fpb_model_order(model, i, k) == FPB_ORDER_MORE;
			if (k != i)
				assert_int_not_equal(model->standing[k].design, s->design);
		}
		assert_int_equal(s->rank, rank);
	}
	assert_int_equal(model->standing[0].order_to_best, FPB_ORDER_SAME);
}

static void ranking(void **state)
{
	struct model_random random = { 77 };
	struct fpb_costs costs;

	(void)state;
	for (size_t i = 0; i < 20 * FPB_NR_PRESETS; i++) {
		struct fpb_model *model;

		random_costs(&random, &costs);
		model = make(fpb_preset_names[i % FPB_NR_PRESETS], &costs);
		check_standing(model);
		destroy(model);
	}
}

/* Known costs: nothing is in doubt, and nothing is left to measure. */
static void certainty(void **state)
{
	struct fpb_costs costs;
	struct fpb_model *model;

	(void)state;
	fpb_costs_assume(&costs);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const double value = costs.of[i].value;

		fpb_cost_measure(&costs, (enum fpb_cost)i, value, value, value, "r.json: row@host");
	}
	model = make("linux_amx", &costs);
	assert_int_equal(model->nr_sensitivity, 0);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++)
		assert_int_not_equal(model->standing[i].order_to_best, FPB_ORDER_UNKNOWN);
	destroy(model);
}

/* Of few runs "certain" is told with what it is worth; a count and an assumption need none. */
static void few_runs_are_told(void **state)
{
	struct fpb_costs costs;
	struct fpb_model *model;
	char *text;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_cost_measure(&costs, FPB_COST_RDMSR_XFD, 50, 40, 60, "test");
	fpb_cost_measure(&costs, FPB_COST_WRMSR_XFD, 50, 40, 60, "test");
	for (unsigned runs = 6; runs; runs -= 3) {
		costs.of[FPB_COST_RDMSR_XFD].nr_runs = 12;
		costs.of[FPB_COST_WRMSR_XFD].nr_runs = runs;
		model = make("linux_amx", &costs);
		text = printed(model, fpb_model_export_text);
		if (runs < 6)
			assert_non_null(strstr(text, "timed in 3 runs only, whose lowest and "
						     "highest hold the\nmedian with 75 %"));
		else
			assert_null(strstr(text, "runs only"));
		free(text);
		destroy(model);
	}
}

/* Labelled, with the row that would be the cost itself. */
static void a_stand_in_is_told(void **state)
{
	struct fpb_costs costs;
	struct fpb_workload workload;
	struct fpb_model *model = malloc(sizeof(*model));
	char *text;

	(void)state;
	assert_non_null(model);
	fpb_costs_assume(&costs);
	costs.of[FPB_COST_EXPAND].is_assumed = false;
	costs.of[FPB_COST_EXPAND].is_stand_in = true;
	assert_int_equal(fpb_workload_preset("linux", &workload), 0);
	workload.rate[FPB_RATE_BOOTS] = 864000;
	assert_int_equal(fpb_model_make(&workload, &costs, model), 0);
	text = printed(model, fpb_model_export_text);
	assert_non_null(strstr(text, "\nexpand (stand-in)  "));
	assert_non_null(strstr(strstr(text, "\nexpand (stand-in)  "), "expand/eager_cpuid2@host"));
	free(text);
	text = printed(model, fpb_model_export_json);
	assert_non_null(strstr(text, "\"stand_in\": true"));
	free(text);
	destroy(model);
}

static void check_loud(const char *text, bool is_loud)
{
	assert_int_equal(strstr(text, "ALL 38 COSTS ARE ASSUMED") != NULL, is_loud);
}

static void assumptions_are_told(void **state)
{
	fpb_model_exporter *const exporters[] = { fpb_model_export_text,
						  fpb_model_export_markdown };
	struct fpb_costs costs, some;

	(void)state;
	fpb_costs_assume(&costs);
	some = costs;
	fpb_cost_measure(&some, FPB_COST_SWAP, 900, 880, 920, "r.json: swap@host");
	fpb_cost_count(&some, FPB_COST_EXIT_MSR, 1000, 1000, 1000, "lab.json: exit/rdmsr@guest");
	for (size_t i = 0; i < 2; i++) {
		struct fpb_model *model = make("linux", &costs);
		char *text = printed(model, exporters[i]);

		check_loud(text, true);
		assert_null(strstr(text, "counted in instructions"));
		free(text);
		destroy(model);
		model = make("linux", &some);
		text = printed(model, exporters[i]);
		check_loud(text, false);
		assert_non_null(strstr(text, "37 of 39 costs are assumed"));
		assert_non_null(strstr(text, "counted in instructions"));
		assert_non_null(strstr(text, "r.json: swap@host"));
		assert_non_null(strstr(text, "lab.json: exit/rdmsr@guest"));
		free(text);
		destroy(model);
	}
}

/* What is printed of a file's name must not reach the terminal as a command. */
static void names_are_made_printable(void **state)
{
	fpb_model_exporter *const exporters[] = { fpb_model_export_text, fpb_model_export_markdown,
						  fpb_model_export_json };
	struct fpb_costs costs;
	struct fpb_model *model;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_cost_measure(&costs, FPB_COST_SWAP, 1, 1, 1, "a|b`c\x1b[2J\n\xff: row");
	snprintf(costs.of[FPB_COST_RDMSR_XFD].missing, sizeof(costs.of[0].missing), "\x1b[2J");
	model = make("linux", &costs);
	snprintf(model->workload.name, sizeof(model->workload.name), "\x1b[2J\xe2\x80\xae|\n`x");
	for (size_t i = 0; i < 3; i++) {
		char *text = printed(model, exporters[i]);

		assert_null(strchr(text, '\x1b'));
		assert_null(strstr(text, "\xff"));
		free(text);
	}
	destroy(model);
}

static json_t *as_json(const struct fpb_model *model)
{
	char *text = printed(model, fpb_model_export_json);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	free(text);
	assert_non_null(json);
	return json;
}

static double number(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void check_json_policies(const json_t *policies, const struct fpb_model *model)
{
	assert_int_equal(json_array_size(policies), FPB_NR_DESIGNS);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		const json_t *policy = json_array_get(policies, i);
		const struct fpb_standing *s = &model->standing[i];
		const json_t *terms = json_object_get(policy, "terms");

		assert_string_equal(json_string_value(json_object_get(policy, "name")),
				    fpb_designs[s->design].name);
		assert_true(number(policy, "cycles_per_second") == s->cycles.value);
		assert_true(number(policy, "low") == s->cycles.low);
		assert_true(number(policy, "high") == s->cycles.high);
		assert_true(number(policy, "bytes_per_vcpu") == s->bytes.value);
		assert_true(json_is_string(json_object_get(policy, "to_best")));
		assert_int_equal(json_object_size(terms), FPB_NR_TERMS);
		for (size_t term = 0; term < FPB_NR_TERMS; term++)
			assert_true(number(terms, fpb_term_names[term]) == s->term[term].value);
	}
}

static void check_json_costs(const json_t *json, const struct fpb_costs *costs)
{
	assert_int_equal(json_object_size(json), FPB_NR_COSTS);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const json_t *cost = json_object_get(json, fpb_cost_infos[i].name);

		assert_true(number(cost, "value") == costs->of[i].value);
		assert_string_equal(json_string_value(json_object_get(cost, "unit")),
				    costs->of[i].unit);
		assert_string_equal(json_string_value(json_object_get(cost, "source")),
				    costs->of[i].source);
		if (costs->of[i].missing[0])
			assert_string_equal(json_string_value(json_object_get(cost, "missing")),
					    costs->of[i].missing);
		assert_int_equal(json_object_get(cost, "insn") != NULL, costs->of[i].is_counted);
	}
}

static void check_json_break_even(const json_t *points, const struct fpb_model *model)
{
	assert_true(model->nr_break_even > 0);
	assert_int_equal(json_array_size(points), model->nr_break_even);
	for (size_t i = 0; i < model->nr_break_even; i++) {
		const json_t *point = json_array_get(points, i);
		const json_t *between = json_object_get(point, "between");

		assert_int_equal(json_array_size(between), 2);
		assert_string_equal(json_string_value(json_array_get(between, 0)),
				    fpb_designs[model->break_even[i].a].name);
		assert_true(number(point, "value") == model->break_even[i].value);
	}
}

static void json(void **state)
{
	struct fpb_costs costs;

	(void)state;
	fpb_costs_assume(&costs);
	fpb_cost_count(&costs, FPB_COST_EXIT_MSR, 1000, 1000, 1000, "lab.json: exit/rdmsr@guest");
	snprintf(costs.of[FPB_COST_SWAP].missing, sizeof(costs.of[0].missing), "r.json: no row");
	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		struct fpb_model *model = make(fpb_preset_names[i], &costs);
		json_t *all = as_json(model);

		check_json_policies(json_object_get(all, "policies"), model);
		check_json_costs(json_object_get(all, "costs"), &costs);
		check_json_break_even(json_object_get(all, "break_even"), model);
		assert_int_equal(json_array_size(json_object_get(all, "sensitivity")),
				 model->nr_sensitivity);
		assert_string_equal(json_string_value(json_object_get(
					    json_object_get(all, "workload"), "name")),
				    fpb_preset_names[i]);
		json_decref(all);
		destroy(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranking),
		cmocka_unit_test(certainty),
		cmocka_unit_test(few_runs_are_told),
		cmocka_unit_test(a_stand_in_is_told),
		cmocka_unit_test(assumptions_are_told),
		cmocka_unit_test(names_are_made_printable),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
