/* SPDX-License-Identifier: MIT */
/*
 * switched.h - the axes "a register that KVM switches around every entry, because it is not the
 * host's": XCR0, IA32_XSS and PKRU (x86.c, kvm_load_guest_xsave_state()). Shared by the exit
 * families.
 *
 * What is the host's: a new vCPU has XCR0 and IA32_XSS as its CPUID table allows and the thread's
 * PKRU (host/vmm/vcpu.h); flags tell where that is not the host's all the same. Each other value is
 * set from outside, which costs the guest nothing, and read back from outside after the last batch.
 */
#ifndef BENCH_CASES_SWITCHED_H
#define BENCH_CASES_SWITCHED_H

#include "bench/bench.h"
#include "bench/cases/xcr0.h"
#include "guest/x86/msr.h"
#include "guest/x86/pkru.h"
#include "host/vmm/msr.h"

enum { SWITCHED_HOST, SWITCHED_OTHER };

/* The guest's IA32_XSS is 0; the host's has at least what the guest's could have. */
static const struct fpb_value xss_values[] __attribute__((unused)) = {
	{ .name = "host", .number = SWITCHED_HOST },
	{
		.name = "other",
		.number = SWITCHED_OTHER,
		.needs = FPB_NEED_XSS | FPB_NEED_CET_U,
		.rings = FPB_RING0,
		.informational = true,
	},
	{ 0 },
};

/* Every key but 0, which has all rights, other than in the host. */
static const struct fpb_value pkru_values[] __attribute__((unused)) = {
	{ .name = "host", .number = SWITCHED_HOST },
	{
		.name = "other",
		.number = SWITCHED_OTHER,
		.needs = FPB_NEED_PKU,
		.informational = true,
	},
	{ 0 },
};

/* Whether the row has the other value of this axis, wherever its benchmark has it. */
static inline bool switched_is_other(const struct fpb_run *run, const struct fpb_value *values)
{
	return fpb_number_of(run, values, SWITCHED_HOST) == SWITCHED_OTHER;
}

/* HOST_FN. PKRU of a row that is about it; never this thread's. */
static inline uint32_t switched_pkru(void)
{
	return rdpkru() ^ (PKRU_LINUX ^ PKRU_OTHER);
}

/* .setup, or part of it. */
static inline int switched_set(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	int ret = xcr0_set(run, vm, err);

	if (!ret && switched_is_other(run, xss_values))
		ret = vcpu_set_msr(run->vcpu, MSR_IA32_XSS, 0, err);
	if (!ret && switched_is_other(run, pkru_values))
		ret = vcpu_set_pkru(run->vcpu, switched_pkru(), err);
	return ret;
}

/* .finish, or part of it. */
static inline void switched_observe(void *arg)
{
	struct fpb_run *run = arg;
	struct fpb_err ignored = { 0 };
	uint64_t xss;
	uint32_t pkru;

	/* What could not be read holds no row's value. */
	if (switched_is_other(run, xss_values)) {
		if (vcpu_get_msr(run->vcpu, MSR_IA32_XSS, &xss, &ignored))
			xss = INT64_MAX;
		fpb_observe(run, ABI_EVIDENCE_XSS, xss, 0);
	}
	if (switched_is_other(run, pkru_values)) {
		if (vcpu_get_pkru(run->vcpu, &pkru, &ignored))
			pkru = rdpkru();
		fpb_observe(run, ABI_EVIDENCE_PKRU, pkru, switched_pkru());
	}
}

#endif
