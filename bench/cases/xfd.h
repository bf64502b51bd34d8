/* SPDX-License-Identifier: MIT */
/*
 * xfd.h - the axes "is IA32_XFD passed through" and "what does the guest know of AMX", shared by the
 * families that have them.
 *
 * KVM intercepts a guest's WRMSR of IA32_XFD until the first nonzero value; from then on the guest
 * reads and writes the register itself, and KVM reads it after every vmexit that leaves the
 * fastpath, for the life of the vCPU (vmx.c, vmx_set_msr(), fpu_sync_guest_vmexit_xfd_state()). So
 * the same guest code runs with and without that RDMSR: `primed` writes 1 << 18 and 0 from outside
 * before the guest starts.
 *
 * A benchmark with one of the axes has xfd_set() in its .setup, .prove = xfd_prove, and calls
 * xfd_expect() in its .verify: whether the vCPU was what the row's name says is proven in every
 * sample, at CPL 0, where IA32_XFD can be written.
 */
#ifndef BENCH_CASES_XFD_H
#define BENCH_CASES_XFD_H

#include "bench/bench.h"
#include "guest/x86/msr.h"
#include "guest/x86/xsave.h"
#include "host/vmm/msr.h"

enum { XFD_UNPRIMED, XFD_PRIMED, XFD_HIDDEN };

/* Unprimed means that AMX is there to be used: with permission where it can be had. */
static const struct fpb_value xfd_values[] __attribute__((unused)) = {
	{
		.name = "unprimed",
		.number = XFD_UNPRIMED,
		.prefers = FPB_NEED_AMX_GUEST,
		.is_interleaved = true,
	},
	{
		.name = "primed",
		.number = XFD_PRIMED,
		.needs = FPB_NEED_AMX_GUEST,
		.rings = FPB_RING0,
		.informational = true,
		.is_interleaved = true,
	},
	{ 0 },
};

/* The same beside the axis `os`, which says itself whether the guest sees AMX. Judged. */
static const struct fpb_value xfd_values_of_os[] __attribute__((unused)) = {
	{ .name = "unprimed", .number = XFD_UNPRIMED, .is_interleaved = true },
	{
		.name = "primed",
		.number = XFD_PRIMED,
		.needs = FPB_NEED_AMX_GUEST,
		.rings = FPB_RING0,
		.is_interleaved = true,
	},
	{ 0 },
};

/* What kind of system the guest is: AMX shown but not used, not shown, used. */
static const struct fpb_value os_values[] __attribute__((unused)) = {
	{ .name = "amx_unprimed", .number = XFD_UNPRIMED, .prefers = FPB_NEED_AMX_GUEST },
	{ .name = "legacy", .number = XFD_HIDDEN, .informational = true },
	{
		.name = "amx_primed",
		.number = XFD_PRIMED,
		.needs = FPB_NEED_AMX_GUEST,
		.rings = FPB_RING0,
		.informational = true,
	},
	{ 0 },
};

/* Whether the row is to run primed, by whichever axis says so. */
static inline bool xfd_is_primed(const struct fpb_run *run)
{
	return fpb_number_of(run, xfd_values, XFD_UNPRIMED) == XFD_PRIMED ||
	       fpb_number_of(run, xfd_values_of_os, XFD_UNPRIMED) == XFD_PRIMED ||
	       fpb_number_of(run, os_values, XFD_UNPRIMED) == XFD_PRIMED;
}

/* .setup, or part of it. */
static inline int xfd_set(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	return xfd_is_primed(run) ? vcpu_prime_xfd(run->vcpu, err) : 0;
}

/* So many that a few exits by interrupts cannot be taken for them. */
#define XFD_NR_PROBES 64

/* Whether this guest can write IA32_XFD: it sees AMX, and is at CPL 0. */
static inline bool xfd_is_provable(uint32_t ring, uint64_t xfeatures)
{
	return ring == 0 && xfeatures & XFEATURE_XTILEDATA;
}

/* .prove: writes of 0, which change nothing and are intercepted only on an unprimed vCPU. */
static inline void xfd_prove(struct fpb_run *run)
{
	if (!xfd_is_provable(run->ring, run->xfeatures))
		return;
	for (unsigned int i = 0; i < XFD_NR_PROBES; i++)
		wrmsr(MSR_IA32_XFD, 0);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), 0);
}

/* In .verify: exits of one such write, to the nearest whole one. */
static inline void xfd_expect_write_exits(const struct fpb_sample *sample, struct fpb_proof *proof,
					  uint64_t expected)
{
	if (!xfd_is_provable(sample->ring, sample->xfeatures))
		return;
	/* Unprimed is what a vCPU is by itself; primed is nothing to be believed unseen. */
	if (!sample->has_proven) {
		if (expected == 0)
			fpb_expect(proof, "xfd_is_proven", 0, 1, 0);
		return;
	}
	fpb_expect(proof, "xfd_write_exits",
		   (sample->proven_exits + XFD_NR_PROBES / 2) / XFD_NR_PROBES, expected, 0);
}

/* In .verify of the benchmarks with one of the axes. */
static inline void xfd_expect(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	xfd_expect_write_exits(sample, proof, xfd_is_primed(sample->run) ? 0 : 1);
}

#endif
