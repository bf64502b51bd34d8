// SPDX-License-Identifier: MIT
#include "bench/model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
	size_t design;
	double cycles;
};

static int by_cycles(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->cycles != y->cycles)
		return x->cycles < y->cycles ? -1 : 1;
	return (x->design > y->design) - (x->design < y->design);
}

static void put_in_order(struct fpb_model *model)
{
	struct candidate candidate[FPB_NR_DESIGNS];
	struct fpb_account account;

	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		fpb_account_make(&fpb_designs[i], &model->workload, &account);
		candidate[i].design = i;
		candidate[i].cycles = fpb_amount_total(&account, &model->costs).value;
	}
	qsort(candidate, FPB_NR_DESIGNS, sizeof(*candidate), by_cycles);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		model->standing[i].design = candidate[i].design;
		fpb_account_make(&fpb_designs[candidate[i].design], &model->workload,
				 &model->account[i]);
	}
}

enum fpb_order fpb_model_order(const struct fpb_model *model, size_t i, size_t k)
{
	const struct fpb_amount difference =
		fpb_amount_difference(&model->account[i], &model->account[k], &model->costs);

	return fpb_order_of(&difference);
}

static void fill_standing(struct fpb_model *model, size_t i)
{
	struct fpb_standing *standing = &model->standing[i];
	const struct fpb_account *account = &model->account[i];
	const struct fpb_cost_value *bytes = &model->costs.of[account->bytes];

	standing->cycles = fpb_amount_total(account, &model->costs);
	for (size_t term = 0; term < FPB_NR_TERMS; term++)
		standing->term[term] = fpb_amount_term(account, (enum fpb_term)term, &model->costs);
	standing->bytes = (struct fpb_amount){ bytes->value, bytes->low, bytes->high };
	standing->over_best = fpb_amount_difference(account, &model->account[0], &model->costs);
	standing->order_to_best = fpb_order_of(&standing->over_best);
	standing->rank = 1;
	for (size_t k = 0; k < FPB_NR_DESIGNS; k++)
		standing->rank += fpb_model_order(model, k, i) == FPB_ORDER_LESS;
}

static int find_break_even(struct fpb_model *model)
{
	const size_t nr_pairs = (size_t)FPB_NR_DESIGNS * (FPB_NR_DESIGNS - 1) / 2;

	model->break_even = calloc(nr_pairs * FPB_NR_PARAMETERS, sizeof(*model->break_even));
	if (!model->break_even)
		return -ENOMEM;
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++) {
		for (size_t k = i + 1; k < FPB_NR_DESIGNS; k++) {
			for (size_t p = 0; p < FPB_NR_PARAMETERS; p++)
				model->nr_break_even += fpb_break_even_find(
					model->standing[i].design, model->standing[k].design, p,
					&model->workload, &model->costs,
					&model->break_even[model->nr_break_even]);
		}
	}
	return 0;
}

static void find_payoffs(struct fpb_model *model)
{
	static const double exits[FPB_NR_PAYOFFS] = { 1e3, 1e4, 1e5, 1e6 };
	const size_t upstream = fpb_design_find("upstream");
	const size_t always = fpb_design_find("intercept_always");
	const size_t writes = fpb_parameter_find("xfd_writes_per_second");

	if (!model->workload.is_xfd_aware)
		return;
	for (size_t i = 0; i < FPB_NR_PAYOFFS; i++) {
		struct fpb_payoff *payoff = &model->payoff[i];
		struct fpb_workload workload = model->workload;
		struct fpb_break_even point;

		fpb_workload_scale_exits(&workload, exits[i]);
		payoff->exits = exits[i];
		payoff->has_point = fpb_break_even_find(upstream, always, writes, &workload,
							&model->costs, &point) &&
				    point.b == upstream;
		if (!payoff->has_point)
			continue;
		payoff->value = point.value;
		payoff->low = point.low;
		payoff->high = point.high;
	}
	model->nr_payoffs = FPB_NR_PAYOFFS;
}

int fpb_model_make(const struct fpb_workload *workload, const struct fpb_costs *costs,
		   struct fpb_model *out)
{
	memset(out, 0, sizeof(*out));
	out->workload = *workload;
	out->costs = *costs;
	put_in_order(out);
	for (size_t i = 0; i < FPB_NR_DESIGNS; i++)
		fill_standing(out, i);
	out->nr_sensitivity =
		fpb_sensitivities(out->account, FPB_NR_DESIGNS, costs, out->sensitivity);
	find_payoffs(out);
	return find_break_even(out);
}

void fpb_model_clear(struct fpb_model *model)
{
	free(model->break_even);
	model->break_even = NULL;
	model->nr_break_even = 0;
}
