// SPDX-License-Identifier: MIT
/* fuzz_policy_read.c - the reader of a gate's policy, and the questions asked of what it accepts. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/report/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answers(const struct fpb_policy *policy, const char *id)
{
	static const char today[] = "2026-02-28";
	const double limit = fpb_policy_limit(policy, id);
	const struct fpb_acceptance *accepted = fpb_policy_acceptance(policy, id, today);

	if (!isnan(limit) && !(limit >= 0 && isfinite(limit)))
		abort();
	if (accepted && (fpb_acceptance_is_expired(accepted, today) || !(accepted->up_to >= 0)))
		abort();
	(void)fpb_policy_allows_loss(policy, id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_policy policy;

	if (fpb_policy_parse((const char *)data, size, &policy, &problem)) {
		if (!problem.text[0])
			abort();
		return 0;
	}
	check_answers(&policy, "exit/cpuid@guest/ring3");
	check_answers(&policy, "");
	fpb_policy_clear(&policy);
	return 0;
}
