// SPDX-License-Identifier: MIT
/*
 * ctxsw/vcpu on the real KVM: what it proves, and that it proves nothing as soon as its mechanism
 * is taken away. The partner is reached through calls that the linker hands to this program.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/core/measure.h"
#include "guest/x86/xstate.h"
#include "host/vmm/vcpu.h"
#include "tests/kvm/kvm_test.h"

#define TSC_KHZ	    2000000
#define PARTNER_ID  1
#define PARTNER_GPA (ABI_SCRATCH_GPA + ABI_SCRATCH_BYTES)

static struct fpb_capabilities caps;
static struct fpb_rows rows;
static struct fpb_observation obs;
static struct fpb_err err;

static struct {
	bool has_no_priority, is_refused, has_no_state, hangs;
} fault;

int __real_pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param);
int __wrap_pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param);
int __real_vcpu_set_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *e);
int __wrap_vcpu_set_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *e);
int __real_watchdog_start(struct vcpu *vcpu, unsigned int timeout_ms, struct fpb_err *e);
int __wrap_watchdog_start(struct vcpu *vcpu, unsigned int timeout_ms, struct fpb_err *e);

int __wrap_pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	if (fault.is_refused)
		return EPERM;
	return fault.has_no_priority ? 0 : __real_pthread_setschedparam(thread, policy, param);
}

/* The partner's code is in place when its state is set. */
int __wrap_vcpu_set_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *e)
{
	static const uint8_t spin[] = { 0xeb, 0xfe };

	if (fault.hangs && vcpu->id == PARTNER_ID)
		memcpy(vm_at(vcpu->vm, PARTNER_GPA, sizeof(spin)), spin, sizeof(spin));
	return fault.has_no_state ? 0 : __real_vcpu_set_xsave(vcpu, area, e);
}

int __wrap_watchdog_start(struct vcpu *vcpu, unsigned int timeout_ms, struct fpb_err *e)
{
	const bool is_short = fault.hangs && vcpu->id == PARTNER_ID;

	return __real_watchdog_start(vcpu, is_short ? 20 : timeout_ms, e);
}

/* NULL, and a line that says why, where this machine cannot run it. */
static const struct fpb_row *find(const char *id)
{
	const struct fpb_row *row = NULL;
	const struct fpb_lack *lack;

	for (size_t i = 0; i < rows.nr; i++) {
		if (strcmp(rows.row[i].id, id) == 0)
			row = &rows.row[i];
	}
	if (!row)
		fail_msg("no row %s", id);
	lack = fpb_row_lack(&caps, row);
	if (lack)
		print_message("SKIP: %s: %s: %s\n", id, lack->reason, lack->text);
	return lack ? NULL : row;
}

static int measure(const struct fpb_row *row)
{
	const struct fpb_measure_request request = {
		.row = row,
		.nr_batches = FPB_MIN_BATCHES,
		.tsc_khz = TSC_KHZ,
		.cpu = -1,
	};

	return fpb_measure(&request, &caps, &obs, &err);
}

static json_int_t evidence_of(const char *key)
{
	for (size_t i = 0; i < obs.nr_evidence; i++) {
		if (strcmp(obs.evidence[i].key, key) == 0)
			return obs.evidence[i].value;
	}
	fail_msg("no evidence '%s'", key);
	return -1;
}

static void test_every_out_is_one_switch(void **state)
{
	static const struct {
		const char *id;
		uint64_t live;
	} cases[] = {
		{ "ctxsw/vcpu@guest/ring3", 0 },
		{ "ctxsw/vcpu/live=sse@guest/ring3", XFEATURE_SSE },
		{ "ctxsw/vcpu/live=avx@guest/ring3", XFEATURE_AVX },
		{ "ctxsw/vcpu/live=avx512@guest/ring3", XFEATURE_AVX512 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fpb_row *row = find(cases[i].id);
		json_int_t operations;

		if (!row)
			continue;
		if (measure(row))
			fail_msg("%s: %s", cases[i].id, err.text);
		operations = (json_int_t)obs.iterations_per_batch * (json_int_t)obs.nr_batches;
		/* Each batch done again was switched in too. */
		assert_true(evidence_of("partner_turns") >= operations);
		assert_int_equal(
			evidence_of("partner_turns") % (json_int_t)obs.iterations_per_batch, 0);
		assert_int_equal(evidence_of("context_switches"), evidence_of("partner_turns"));
		assert_int_equal(evidence_of("partner_switches"), evidence_of("partner_turns"));
		assert_int_equal(evidence_of("xstate_bv"), cases[i].live);
		assert_int_equal(evidence_of("partner_xstate_bv"), cases[i].live);
		fpb_observation_clear(&obs);
	}
}

static void expect_violation(const char *id, const char *key)
{
	const struct fpb_row *row = find(id);

	if (!row)
		skip();
	assert_int_equal(measure(row), -EBADE);
	if (!strstr(err.text, key))
		fail_msg("'%s' does not name %s", err.text, key);
}

/* Just another thread: the scheduler lets it wait, and it finds several OUTs at once. */
static void test_partner_without_priority(void **state)
{
	(void)state;
	fault.has_no_priority = true;
	expect_violation("ctxsw/vcpu@guest/ring3", "partner_turns");
}

static void test_partner_without_state(void **state)
{
	(void)state;
	fault.has_no_state = true;
	expect_violation("ctxsw/vcpu/live=avx@guest/ring3", "partner_xstate_bv");
}

/* It has the highest priority of its CPU: were it not stopped, nobody else would run there. */
static void test_partner_that_hangs(void **state)
{
	(void)state;
	fault.hangs = true;
	expect_violation("ctxsw/vcpu@guest/ring3", "failed_calls");
}

static void test_no_permission(void **state)
{
	const struct fpb_row *row = find("ctxsw/vcpu@guest/ring3");

	(void)state;
	if (!row)
		skip();
	fault.is_refused = true;
	assert_int_equal(measure(row), -EPERM);
	assert_non_null(strstr(err.text, "CAP_SYS_NICE"));
}

/* On one CPU, as the harness runs it. */
static int make(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned int)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) || fpb_probe(&caps, &err))
		return -1;
	return fpb_rows_create(&rows, &err);
}

static int mend(void **state)
{
	(void)state;
	fpb_observation_clear(&obs);
	obs = (struct fpb_observation){ 0 };
	err = (struct fpb_err){ 0 };
	memset(&fault, 0, sizeof(fault));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_out_is_one_switch, mend, mend),
		cmocka_unit_test_setup_teardown(test_partner_without_priority, mend, mend),
		cmocka_unit_test_setup_teardown(test_partner_without_state, mend, mend),
		cmocka_unit_test_setup_teardown(test_partner_that_hangs, mend, mend),
		cmocka_unit_test_setup_teardown(test_no_permission, mend, mend),
	};
	int ret;

	if (make())
		return 1;
	ret = kvm_test_main("ctxsw", tests, sizeof(tests) / sizeof(tests[0]));
	fpb_rows_clear(&rows);
	return ret;
}
