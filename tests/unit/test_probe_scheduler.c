// SPDX-License-Identifier: MIT
/* The right to SCHED_FIFO, with a kernel that grants or refuses it. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/probe_priv.h"

static int code;	 /* of asking for SCHED_FIFO */
static int policy_after; /* the last one granted */

int __wrap_sched_setscheduler(pid_t pid, int policy, const struct sched_param *param);

int __wrap_sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	assert_int_equal(pid, 0);
	assert_int_equal(param->sched_priority, policy == SCHED_FIFO ? 1 : 0);
	if (policy == SCHED_FIFO && code) {
		errno = code;
		return -1;
	}
	policy_after = policy;
	return 0;
}

static void test_granted(void **state)
{
	struct fpb_capabilities caps = { 0 };

	(void)state;
	code = 0;
	policy_after = -1;
	probe_fifo(&caps);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		assert_int_equal(caps.on[s].have, FPB_NEED_FIFO);
	/* What is probed and measured afterwards runs as it did before. */
	assert_int_equal(policy_after, SCHED_OTHER);
}

static void test_refused(void **state)
{
	struct fpb_capabilities caps = { 0 };

	(void)state;
	code = EPERM;
	policy_after = -1;
	probe_fifo(&caps);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		const struct fpb_lack *lack = &caps.on[s].lack[__builtin_ctzll(FPB_NEED_FIFO)];

		assert_int_equal(caps.on[s].have, 0);
		assert_string_equal(lack->reason, "no-permission");
		assert_non_null(strstr(lack->text, "SCHED_FIFO"));
		assert_non_null(strstr(lack->text, "CAP_SYS_NICE"));
		assert_non_null(strstr(lack->text, strerror(EPERM)));
	}
	assert_int_equal(policy_after, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("probe_scheduler", tests, NULL, NULL);
}
