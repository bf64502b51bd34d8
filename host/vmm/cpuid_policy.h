/* SPDX-License-Identifier: MIT */
/*
 * cpuid_policy.h - what the guest's CPUID shows, and the permission for dynamic features.
 *
 * Permission is the process's, not the VM's: arch_prctl(ARCH_REQ_XCOMP_GUEST_PERM) must come
 * before the first KVM_CREATE_VCPU of the process, and only exec takes it back. So a VM that is
 * not meant to show AMX masks it, and a process that asks for AMX runs nothing else.
 */
#ifndef HOST_VMM_CPUID_POLICY_H
#define HOST_VMM_CPUID_POLICY_H

#include <stdint.h>

#include "host/vmm/kvm_sys.h"

enum xstate_permission {
	XSTATE_PERMISSION_NONE,
	XSTATE_PERMISSION_GUEST, /* XTILEDATA for guests: the only one whose VMs show AMX */
	XSTATE_PERMISSION_TASK,	 /* XTILEDATA for the process's own threads */
	NR_XSTATE_PERMISSIONS,
};

/*
 * Asks the kernel for XTILEDATA; arch/x86/kernel/fpu/xstate.c, xstate_request_perm(). For guests
 * -EBUSY: a vCPU exists already. -EOPNOTSUPP, -EINVAL: no such feature. -ENOSPC: a signal stack of
 * this process is too small for the larger frame.
 */
int xstate_permission_request(enum xstate_permission permission, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * KVM_GET_SUPPORTED_CPUID; without permission for guests leaves 17 and 18 of 0xD, XFD and AMX are
 * masked. The caller frees *out with free().
 */
int cpuid_policy_create(const struct kvm_sys *sys, int kvm_fd, enum xstate_permission permission,
			struct kvm_cpuid2 **out, struct fpb_err *err) FPB_MUST_CHECK;

/* Sets CPUID.1:ECX[24]: the local APIC's timer has IA32_TSC_DEADLINE. */
void cpuid_policy_show_deadline(struct kvm_cpuid2 *cpuid);

/* Register of an entry, or zeros where the table has no such leaf. */
struct kvm_cpuid_entry2 cpuid_policy_leaf(const struct kvm_cpuid2 *cpuid, uint32_t leaf,
					  uint32_t subleaf);
/* XCR0 bits the table allows: CPUID.(0xD,0).EDX:EAX; 0 without XSAVE. */
uint64_t cpuid_policy_xcr0(const struct kvm_cpuid2 *cpuid);
/* IA32_XSS bits the table allows: CPUID.(0xD,1).EDX:ECX; 0 without XSAVES. */
uint64_t cpuid_policy_xss(const struct kvm_cpuid2 *cpuid);

/*
 * Takes components away from what XCR0 may hold, CPUID.(0xD,0).EDX:EAX, which is what KVM goes by;
 * the table keeps its length and all else. For vCPUs whose guest never looks.
 */
void cpuid_policy_withhold(struct kvm_cpuid2 *cpuid, uint64_t xfeatures);

#endif
