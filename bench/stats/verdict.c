// SPDX-License-Identifier: MIT
#include "bench/stats/verdict.h"

#include <math.h>

#include "bench/stats/design.h"

/* One instruction, less what dividing a batch by its iterations may have rounded off. */
#define ONE_INSN (1 - 1e-6)

const char *fpb_verdict_name(enum fpb_verdict verdict)
{
	static const char *const names[] = {
		[FPB_VERDICT_PASS] = "pass",
		[FPB_VERDICT_REGRESSION] = "regression",
		[FPB_VERDICT_IMPROVEMENT] = "improvement",
		[FPB_VERDICT_INCONCLUSIVE] = "inconclusive",
		[FPB_VERDICT_NOT_GATED] = "not-gated",
	};

	return names[verdict];
}

double fpb_delta(double noise_floor, size_t nr_runs)
{
	/* fmax() of NaN and a number is the number. */
	return fmax(0.01, 3 * noise_floor / sqrt((double)nr_runs));
}

enum fpb_verdict fpb_judge(const struct fpb_grounds *grounds)
{
	bool is_different = grounds->p_holm < FPB_LEVEL;

	if (!grounds->can_flag || !fpb_interval_is_known(&grounds->ratio))
		return FPB_VERDICT_INCONCLUSIVE;
	if (is_different && grounds->ratio.low > 1 + grounds->delta)
		return FPB_VERDICT_REGRESSION;
	if (is_different && grounds->ratio.high < 1 - grounds->delta)
		return FPB_VERDICT_IMPROVEMENT;
	if (grounds->ratio.high < 1 + grounds->delta)
		return FPB_VERDICT_PASS;
	return FPB_VERDICT_INCONCLUSIVE;
}

enum fpb_verdict fpb_judge_exact(double base_insn, double new_insn, double allowed)
{
	double more = new_insn - base_insn;

	if (more >= ONE_INSN && more > allowed * base_insn)
		return FPB_VERDICT_REGRESSION;
	if (more <= -ONE_INSN)
		return FPB_VERDICT_IMPROVEMENT;
	return FPB_VERDICT_PASS;
}
