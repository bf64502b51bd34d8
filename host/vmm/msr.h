/* SPDX-License-Identifier: MIT */
/*
 * msr.h - read and write a vCPU's MSRs from outside, and IA32_XFD with its hazard in mind.
 */
#ifndef HOST_VMM_MSR_H
#define HOST_VMM_MSR_H

#include "host/vmm/vcpu.h"

/* struct kvm_msrs with room for one entry. */
union one_msr {
	struct kvm_msrs list;
	uint8_t room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
};

static inline union one_msr one_msr(uint32_t msr, uint64_t value)
{
	union one_msr one = { .list.nmsrs = 1 };

	one.list.entries[0] = (struct kvm_msr_entry){ .index = msr, .data = value };
	return one;
}

/*
 * KVM_GET_MSRS and KVM_SET_MSRS of one register. -EINVAL: KVM refused the MSR, or the value (KVM
 * says no more than that it processed none of the list).
 */
int vcpu_get_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value, struct fpb_err *err)
	FPB_MUST_CHECK;
/* IA32_XFD passes hazard_check_xfd() first (host/vmm/hazard.h): -EPERM where it does not. */
int vcpu_set_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * Makes KVM stop intercepting the guest's WRMSR of IA32_XFD, as a guest's first nonzero write would
 * (vmx.c, vmx_set_msr(), case MSR_IA32_XFD): from then on KVM reads IA32_XFD after every vmexit that
 * leaves the fastpath, for the life of the vCPU. IA32_XFD is 0 before and after.
 */
int vcpu_prime_xfd(struct vcpu *vcpu, struct fpb_err *err) FPB_MUST_CHECK;

#endif
