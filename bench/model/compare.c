// SPDX-License-Identifier: MIT
#include "bench/model/compare.h"

#include <math.h>
#include <string.h>

#define ROUNDING 1e-12

void fpb_account_sum(const struct fpb_account *account, double per_second[FPB_NR_COSTS])
{
	memset(per_second, 0, FPB_NR_COSTS * sizeof(*per_second));
	for (size_t term = 0; term < FPB_NR_TERMS; term++) {
		for (size_t i = 0; i < FPB_NR_COSTS; i++)
			per_second[i] += account->per_second[term][i];
	}
}

void fpb_account_minus(const struct fpb_account *a, const struct fpb_account *b,
		       double per_second[FPB_NR_COSTS])
{
	double of_b[FPB_NR_COSTS];

	fpb_account_sum(a, per_second);
	fpb_account_sum(b, of_b);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const double larger = fmax(per_second[i], of_b[i]);

		per_second[i] -= of_b[i];
		/* Equal but for the order in which it was added up. */
		if (fabs(per_second[i]) <= ROUNDING * larger)
			per_second[i] = 0;
	}
}

static void add_product(struct fpb_amount *sum, double factor, double value, double low,
			double high)
{
	sum->value += factor * value;
	sum->low += factor * (factor < 0 ? high : low);
	sum->high += factor * (factor < 0 ? low : high);
}

/* A range of instructions at a range of cycles each, whose ends are not negative. */
static void add_counted(struct fpb_amount *sum, const struct fpb_amount *insn,
			const struct fpb_cost_value *cycles)
{
	sum->value += insn->value * cycles->value;
	sum->low += insn->low * (insn->low < 0 ? cycles->high : cycles->low);
	sum->high += insn->high * (insn->high < 0 ? cycles->low : cycles->high);
}

struct fpb_amount fpb_amount_of(const double per_second[FPB_NR_COSTS],
				const struct fpb_costs *costs)
{
	struct fpb_amount sum = { 0 }, insn = { 0 };

	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_value *cost = &costs->of[i];

		if (cost->is_counted)
			add_product(&insn, per_second[i], cost->insn, cost->insn_low,
				    cost->insn_high);
		else
			add_product(&sum, per_second[i], cost->value, cost->low, cost->high);
	}
	add_counted(&sum, &insn, &costs->of[FPB_COST_CYCLES_PER_INSN]);
	return sum;
}

struct fpb_amount fpb_amount_total(const struct fpb_account *account, const struct fpb_costs *costs)
{
	double per_second[FPB_NR_COSTS];

	fpb_account_sum(account, per_second);
	return fpb_amount_of(per_second, costs);
}

struct fpb_amount fpb_amount_term(const struct fpb_account *account, enum fpb_term term,
				  const struct fpb_costs *costs)
{
	return fpb_amount_of(account->per_second[term], costs);
}

struct fpb_amount fpb_amount_difference(const struct fpb_account *a, const struct fpb_account *b,
					const struct fpb_costs *costs)
{
	double per_second[FPB_NR_COSTS];

	fpb_account_minus(a, b, per_second);
	return fpb_amount_of(per_second, costs);
}

enum fpb_order fpb_order_of(const struct fpb_amount *difference)
{
	if (difference->low == 0 && difference->high == 0)
		return FPB_ORDER_SAME;
	if (difference->low >= -FPB_NEGLIGIBLE_CYC && difference->high <= FPB_NEGLIGIBLE_CYC)
		return FPB_ORDER_NEGLIGIBLE;
	if (difference->low > FPB_NEGLIGIBLE_CYC)
		return FPB_ORDER_MORE;
	return difference->high < -FPB_NEGLIGIBLE_CYC ? FPB_ORDER_LESS : FPB_ORDER_UNKNOWN;
}

bool fpb_sign_is_certain(const struct fpb_amount *difference)
{
	return difference->high < 0 || difference->low > 0;
}
