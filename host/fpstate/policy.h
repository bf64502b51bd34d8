/* SPDX-License-Identifier: MIT */
/*
 * policy.h - when a vCPU's fpstate is made large enough for dynamic features: the four answers of
 * the debate, over the functions of fpstate.h.
 *
 * What KVM does at each of these events and nothing else: no vmexit, no CPUID table.
 */
#ifndef HOST_FPSTATE_POLICY_H
#define HOST_FPSTATE_POLICY_H

#include "host/fpstate/fpstate.h"

enum fpu_policy {
	FPU_STATIC,	  /* at KVM_CREATE_VCPU, for all that is permitted */
	FPU_AT_CPUID,	  /* at KVM_SET_CPUID2, for what the guest is shown: Linux since 5.17 */
	FPU_ON_XSETBV,	  /* when the feature enters XCR0, whatever XFD says */
	FPU_ON_WRMSR_XFD, /* when it is in XCR0 and not in XFD: as first proposed */
	FPU_NR_POLICIES,
};

/* "static", "at_cpuid", "on_xsetbv", "on_wrmsr_xfd". */
const char *fpu_policy_name(enum fpu_policy policy);

struct fpu_vcpu {
	struct fpu_guest guest;
	enum fpu_policy policy;
	uint64_t supported; /* XCR0 bits that the guest's CPUID shows; 0 until it is set */
	uint64_t xcr0;	    /* the guest's; x87 at reset */
};

/* KVM_CREATE_VCPU. 0 or -ENOMEM. Destroy also after failure. */
int fpu_vcpu_create(struct fpu_vcpu *vcpu, struct fpu_task *task, enum fpu_policy policy)
	FPB_MUST_CHECK;
/* The guest's state must not be in the registers. */
void fpu_vcpu_destroy(struct fpu_vcpu *vcpu);

/*
 * The events. A failure leaves everything as it was; which ones KVM turns into #GP is KVM's matter.
 *
 * KVM_SET_CPUID2: -EPERM for features not permitted, -EFAULT for no memory.
 * XSETBV, KVM_SET_XCRS: -EINVAL for a value that the guest's CPUID does not allow or that lacks x87,
 *	-EFAULT for no memory.
 * WRMSR IA32_XFD, KVM_SET_MSRS: -ENOTSUPP for bits that are no dynamic features of the processor,
 *	-EFAULT.
 * KVM_SET_XSAVE: as fpu_copy_uabi_to_guest_fpstate().
 */
int fpu_vcpu_set_cpuid(struct fpu_vcpu *vcpu, uint64_t supported) FPB_MUST_CHECK;
int fpu_vcpu_set_xcr0(struct fpu_vcpu *vcpu, uint64_t xcr0) FPB_MUST_CHECK;
int fpu_vcpu_set_xfd(struct fpu_vcpu *vcpu, uint64_t xfd) FPB_MUST_CHECK;
int fpu_vcpu_set_xsave(struct fpu_vcpu *vcpu, const void *image) FPB_MUST_CHECK;

#endif
