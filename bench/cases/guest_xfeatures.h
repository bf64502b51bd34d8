/* SPDX-License-Identifier: MIT */
/* guest_xfeatures.h - HOST_FN: the components that a guest of this VM has. */
#ifndef BENCH_CASES_GUEST_XFEATURES_H
#define BENCH_CASES_GUEST_XFEATURES_H

#include "bench/bench.h"
#include "host/vmm/vcpu.h"

/*
 * By the VM's CPUID table. Some backends show no XSAVE and let guests execute it all the same, with
 * the XCR0 of the host: there it is the processor's.
 */
static inline uint64_t guest_xfeatures(const struct fpb_run *run, const struct vm *vm)
{
	const uint64_t shown = cpuid_policy_xcr0(vm->cpuid);

	return shown ? shown : run->xfeatures;
}

#endif
