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

/* The row's value, whichever axis it is in its benchmark. */
static inline uint64_t xcr0_wanted(const struct fpb_run *run)
{
	return fpb_number_of(run, xcr0_values, XCR0_HOST);
}

/* .setup: gives the vCPU the row's XCR0. */
static inline int xcr0_set(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	const uint64_t wanted = xcr0_wanted(run);

	(void)vm;
	return wanted == XCR0_HOST ? 0 : vcpu_set_xcr0(run->vcpu, wanted, err);
}

/* GUEST_FN, before anything is saved: the row's XCR0 is in force, not the one that was probed. */
static inline void xcr0_adopt(struct fpb_run *run)
{
	const uint64_t wanted = xcr0_wanted(run);

	if (wanted != XCR0_HOST)
		run->xfeatures = wanted;
}

/* GUEST_FN, after the loop. */
static inline void xcr0_observe(struct fpb_run *run)
{
	const uint64_t wanted = xcr0_wanted(run);

	if (wanted != XCR0_HOST)
		fpb_observe(run, ABI_EVIDENCE_XCR0, xgetbv(0), wanted);
}

#endif
