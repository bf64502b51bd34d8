/* SPDX-License-Identifier: MIT */
/*
 * xcr0.h - the axis "guest XCR0 equal to the host's, or another": KVM executes XSETBV around every
 * entry whose XCR0 differs. Shared by the exit families.
 */
#ifndef BENCH_CASES_XCR0_H
#define BENCH_CASES_XCR0_H

#include "bench/bench.h"
#include "guest/x86/xsave.h"
#include "host/vmm/vcpu.h"

#define XCR0_HOST  0
#define XCR0_OTHER (XFEATURE_X87 | XFEATURE_SSE)

static const struct fpb_value xcr0_values[] __attribute__((unused)) = {
	{ .name = "host", .number = XCR0_HOST },
	{ .name = "other", .number = XCR0_OTHER, .needs = FPB_NEED_XSAVE | FPB_NEED_XCR0 },
	{ 0 },
};

/* HOST_FN: gives the vCPU the row's XCR0. */
static inline int xcr0_set(struct fpb_run *run, unsigned int axis, struct fpb_err *err)
{
	if (run->value[axis] == XCR0_HOST)
		return 0;
	return vcpu_set_xcr0(run->vcpu, run->value[axis], err);
}

/* GUEST_FN, after the loop. */
static inline void xcr0_observe(struct fpb_run *run, unsigned int axis)
{
	if (run->value[axis] != XCR0_HOST)
		fpb_observe(run, ABI_EVIDENCE_XCR0, xgetbv(0), run->value[axis]);
}

#endif
