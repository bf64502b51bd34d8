/* SPDX-License-Identifier: MIT */
/*
 * kvm_stats.h - KVM's binary statistics of a vCPU (KVM_GET_STATS_FD,
 * Documentation/virt/kvm/api.rst 4.133), by the kernel's own names: "exits", "fpu_reload", ..
 */
#ifndef HOST_VMM_KVM_STATS_H
#define HOST_VMM_KVM_STATS_H

#include <stdint.h>

#include "host/vmm/kvm_sys.h"

struct kvm_stats;

/* Opens the statistics of the vCPU (or VM) `fd`. -EINVAL: a descriptor table that makes no sense.
 */
int kvm_stats_open(const struct kvm_sys *sys, int fd, struct kvm_stats **out, struct fpb_err *err)
	FPB_MUST_CHECK;
void kvm_stats_close(struct kvm_stats *stats);

bool kvm_stats_has(const struct kvm_stats *stats, const char *name);
/* Reads one counter now. -ENOENT: this kernel has no statistic of that name. */
int kvm_stats_read(struct kvm_stats *stats, const char *name, uint64_t *value, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
