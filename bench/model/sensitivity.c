// SPDX-License-Identifier: MIT
#include "bench/model/sensitivity.h"

#include <math.h>
#include <stdlib.h>

struct accounts {
	const struct fpb_account *of;
	size_t nr;
};

static double difference(const struct fpb_account *a, const struct fpb_account *b,
			 const struct fpb_costs *costs)
{
	return fpb_amount_difference(a, b, costs).value;
}

/* The cheapest; `best` itself if no other is so by more than a trifle. */
static size_t best_of(const struct accounts *accounts, size_t best, const struct fpb_costs *costs)
{
	size_t cheapest = best;

	for (size_t i = 0; i < accounts->nr; i++) {
		if (difference(&accounts->of[i], &accounts->of[cheapest], costs) < 0)
			cheapest = i;
	}
	return difference(&accounts->of[cheapest], &accounts->of[best], costs) < -FPB_NEGLIGIBLE_CYC
		       ? cheapest
		       : best;
}

static struct fpb_costs with_cost_at(const struct fpb_costs *costs, enum fpb_cost which,
				     double value)
{
	struct fpb_costs changed = *costs;

	changed.of[which].value = changed.of[which].low = changed.of[which].high = value;
	/* In cycles already: it is no count any more that they are to be made of. */
	changed.of[which].is_counted = false;
	fpb_costs_convert(&changed);
	return changed;
}

/* Of a difference that is no trifle; 0 of all others. */
static int sign_of(double value)
{
	return (value > FPB_NEGLIGIBLE_CYC) - (value < -FPB_NEGLIGIBLE_CYC);
}

static bool changes_order(const struct accounts *accounts, const struct fpb_costs *costs,
			  const struct fpb_costs *changed)
{
	for (size_t i = 0; i < accounts->nr; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct fpb_account *a = &accounts->of[i], *b = &accounts->of[k];

			if (sign_of(difference(a, b, costs)) * sign_of(difference(a, b, changed)) <
			    0)
				return true;
		}
	}
	return false;
}

static bool is_in_doubt(const struct fpb_account *a, const struct fpb_account *b,
			const struct fpb_costs *costs)
{
	const struct fpb_amount amount = fpb_amount_difference(a, b, costs);

	return fpb_order_of(&amount) == FPB_ORDER_UNKNOWN;
}

static size_t nr_settled(const struct accounts *accounts, const struct fpb_costs *costs,
			 const struct fpb_costs *known)
{
	size_t nr = 0;

	for (size_t i = 0; i < accounts->nr; i++) {
		for (size_t k = 0; k < i; k++)
			nr += is_in_doubt(&accounts->of[i], &accounts->of[k], costs) &&
			      !is_in_doubt(&accounts->of[i], &accounts->of[k], known);
	}
	return nr;
}

static double swing_of(const struct accounts *accounts, size_t best, const struct fpb_costs *low,
		       const struct fpb_costs *high)
{
	double most = 0;

	for (size_t i = 0; i < accounts->nr; i++) {
		const struct fpb_account *a = &accounts->of[i], *b = &accounts->of[best];

		most = fmax(most, fabs(difference(a, b, high) - difference(a, b, low)));
	}
	return most;
}

static void examine(const struct accounts *accounts, const struct fpb_costs *costs,
		    enum fpb_cost which, struct fpb_sensitivity *out)
{
	const struct fpb_cost_value *cost = &costs->of[which];
	const struct fpb_costs low = with_cost_at(costs, which, cost->low);
	const struct fpb_costs high = with_cost_at(costs, which, cost->high);
	const struct fpb_costs known = with_cost_at(costs, which, cost->value);
	const size_t best = best_of(accounts, 0, costs);

	*out = (struct fpb_sensitivity){
		.cost = which,
		.best_at_low = best_of(accounts, best, &low),
		.best_at_high = best_of(accounts, best, &high),
		.changes_order = changes_order(accounts, costs, &low) ||
				 changes_order(accounts, costs, &high),
		.nr_settled = nr_settled(accounts, costs, &known),
		.swing = swing_of(accounts, best, &low, &high),
	};
	out->changes_best = out->best_at_low != best || out->best_at_high != best;
}

static int by_weight(const void *a, const void *b)
{
	const struct fpb_sensitivity *x = a, *y = b;

	if (x->changes_best != y->changes_best)
		return x->changes_best ? -1 : 1;
	if (x->changes_order != y->changes_order)
		return x->changes_order ? -1 : 1;
	if (x->swing != y->swing)
		return x->swing > y->swing ? -1 : 1;
	return (x->cost > y->cost) - (x->cost < y->cost);
}

size_t fpb_sensitivities(const struct fpb_account *accounts, size_t nr,
			 const struct fpb_costs *costs, struct fpb_sensitivity *out)
{
	const struct accounts all = { accounts, nr };
	size_t nr_out = 0;

	for (size_t i = 0; i < FPB_NR_COSTS && nr; i++) {
		if (!costs->of[i].is_assumed && !costs->of[i].is_stand_in)
			continue;
		examine(&all, costs, (enum fpb_cost)i, &out[nr_out]);
		nr_out += out[nr_out].swing > 0;
	}
	qsort(out, nr_out, sizeof(*out), by_weight);
	return nr_out;
}
