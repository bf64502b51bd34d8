// SPDX-License-Identifier: MIT
#include "model_random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* xorshift64*: Vigna, 2016. */
static uint64_t next(struct model_random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(2685821657736338717);
}

double random_unit(struct model_random *random)
{
	return (double)(next(random) >> 11) / 9007199254740992.0;
}

size_t random_below(struct model_random *random, size_t nr)
{
	return (size_t)(random_unit(random) * (double)nr);
}

double random_rate(struct model_random *random, double most)
{
	if (random_below(random, 4) == 0)
		return 0;
	return most * pow(10, -6 * random_unit(random));
}

static double random_share(struct model_random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return 0;
	case 1:
		return 1;
	default:
		return random_unit(random);
	}
}

static void random_amx(struct model_random *random, struct fpb_workload *out)
{
	out->is_amx_exposed = random_below(random, 8) != 0;
	if (!out->is_amx_exposed)
		return;
	out->is_xfd_aware = random_below(random, 2) != 0;
	out->has_xcr0_tiledata = out->is_xfd_aware || random_below(random, 2) != 0;
	if (out->is_xfd_aware) {
		out->rate[FPB_RATE_XFD_WRITES] = random_rate(random, 1e6);
		out->rate[FPB_RATE_NM] = random_rate(random, 1e5);
	}
	if (!out->has_xcr0_tiledata)
		return;
	out->rate[FPB_RATE_AMX_TASK_SHARE] = random_share(random);
	out->rate[FPB_RATE_TILES_LIVE_SHARE] = random_share(random);
}

void random_workload(struct model_random *random, struct fpb_workload *out)
{
	struct fpb_problem problem = { 0 };

	fpb_workload_init(out, "random", "test");
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		out->exits[i] = random_rate(random, 1e6);
	out->rate[FPB_RATE_VCPUS] = (double)(1 + random_below(random, 64));
	out->rate[FPB_RATE_FASTPATH_SHARE] = random_share(random);
	out->rate[FPB_RATE_USER_EXITS] = fpb_workload_exits(out) *
					 (1 - out->rate[FPB_RATE_FASTPATH_SHARE]) *
					 random_unit(random);
	out->rate[FPB_RATE_VCPU_SWITCHES] = random_rate(random, 1e5);
	out->rate[FPB_RATE_CONTEXT_SWITCHES] = random_rate(random, 1e6);
	out->rate[FPB_RATE_TS_NM] = random_rate(random, 1e5);
	out->rate[FPB_RATE_BOOTS] = random_rate(random, 1e4);
	out->rate[FPB_RATE_MIGRATIONS] = random_rate(random, 1e4);
	random_amx(random, out);
	if (fpb_workload_check(out, &problem))
		fail_msg("the workload drawn is refused: %s: %s", problem.where, problem.text);
}

void random_costs(struct model_random *random, struct fpb_costs *out)
{
	fpb_costs_assume(out);
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const double value = random_rate(random, 1e5);
		const double low = value * random_share(random);
		const double high = value * (1 + random_share(random) * 3);
		const bool is_counted = i != FPB_COST_CYCLES_PER_INSN &&
					random_below(random, 3) == 0;

		if (is_counted)
			fpb_cost_count(out, (enum fpb_cost)i, value, low, high, "test");
		else
			fpb_cost_measure(out, (enum fpb_cost)i, value, low, high, "test");
	}
}

static double between(struct model_random *random, double low, double high)
{
	/* The ends are where what is wrong shows. */
	switch (random_below(random, 3)) {
	case 0:
		return low;
	case 1:
		return high;
	default:
		return low + (high - low) * random_unit(random);
	}
}

void random_within(struct model_random *random, const struct fpb_costs *costs,
		   struct fpb_costs *out)
{
	*out = *costs;
	for (size_t i = 0; i < FPB_NR_COSTS; i++) {
		const struct fpb_cost_value *cost = &costs->of[i];
		double value;

		if (cost->is_counted) {
			value = between(random, cost->insn_low, cost->insn_high);
			fpb_cost_count(out, (enum fpb_cost)i, value, value, value, "test");
		} else {
			value = between(random, cost->low, cost->high);
			fpb_cost_measure(out, (enum fpb_cost)i, value, value, value, "test");
		}
	}
}

size_t all_designs(struct fpb_xfd_design out[MODEL_MAX_DESIGNS])
{
	size_t nr = 0;

	for (size_t i = 0; i < MODEL_MAX_DESIGNS; i++) {
		const struct fpb_xfd_design design = {
			.name = "any",
			.allocation = (enum fpb_allocation)(i % 4),
			.interception = (enum fpb_interception)(i / 4 % 4),
			.sync = (enum fpb_sync)(i / 16 % 4),
			.xfd_err = (enum fpb_xfd_err)(i / 64 % 2),
			.restore_order = (enum fpb_restore_order)(i / 128),
		};

		if (!fpb_design_contradiction(&design))
			out[nr++] = design;
	}
	assert_true(nr > FPB_NR_DESIGNS);
	return nr;
}
