/* SPDX-License-Identifier: MIT */
/* supported_cpuid.h - time KVM_GET_SUPPORTED_CPUID, for the families that ask about it. */
#ifndef BENCH_CASES_SUPPORTED_CPUID_H
#define BENCH_CASES_SUPPORTED_CPUID_H

#include "bench/bench.h"
#include "host/vmm/vcpu.h"

/* More entries than any KVM has; the table lies in scratch memory. */
#define CPUID_ENTRIES 256

/* HOST_FN: observes that every call answered 0, and returns the last table. */
static inline const struct kvm_cpuid2 *time_supported_cpuid(struct fpb_run *run)
{
	struct kvm_cpuid2 *table = (void *)run->scratch;
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const unsigned long arg = (unsigned long)table;
	const int fd = run->vcpu->vm->kvm_fd;
	uint64_t nr_failed = 0;

	/* KVM overwrites the number of entries there is room for with that of those it gave. */
	FPB_TIMED_LOOP(run, table->nent = CPUID_ENTRIES;
		       nr_failed += sys->ioctl(fd, KVM_GET_SUPPORTED_CPUID, arg) != 0);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed, 0);
	return table;
}

#endif
