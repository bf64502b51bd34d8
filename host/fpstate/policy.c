// SPDX-License-Identifier: MIT
/* Built with -mgeneral-regs-only: guests' registers are live while it runs. */
#include "host/fpstate/policy.h"

#include <errno.h>

const char *fpu_policy_name(enum fpu_policy policy)
{
	static const char *const names[FPU_NR_POLICIES] = {
		[FPU_STATIC] = "static",
		[FPU_AT_CPUID] = "at_cpuid",
		[FPU_ON_XSETBV] = "on_xsetbv",
		[FPU_ON_WRMSR_XFD] = "on_wrmsr_xfd",
	};

	return names[policy];
}

int fpu_vcpu_create(struct fpu_vcpu *vcpu, struct fpu_task *task, enum fpu_policy policy)
{
	*vcpu = (struct fpu_vcpu){
		.guest = { .task = task, .is_static = policy == FPU_STATIC },
		.policy = policy,
		.xcr0 = XFEATURE_X87,
	};
	return fpu_alloc_guest_fpstate(&vcpu->guest) ? 0 : -ENOMEM;
}

void fpu_vcpu_destroy(struct fpu_vcpu *vcpu)
{
	fpu_free_guest_fpstate(&vcpu->guest);
}

int fpu_vcpu_set_cpuid(struct fpu_vcpu *vcpu, uint64_t supported)
{
	int ret = 0;

	if (supported & ~vcpu->guest.perm)
		return -EPERM;
	if (vcpu->policy == FPU_AT_CPUID)
		ret = fpu_enable_guest_xfd_features(&vcpu->guest, supported);
	if (!ret)
		vcpu->supported = supported;
	return ret;
}

int fpu_vcpu_set_xcr0(struct fpu_vcpu *vcpu, uint64_t xcr0)
{
	int ret = 0;

	if (xcr0 & ~vcpu->supported || !(xcr0 & XFEATURE_X87))
		return -EINVAL;
	if (vcpu->policy == FPU_ON_XSETBV)
		ret = fpu_enable_guest_xfd_features(&vcpu->guest, xcr0);
	if (!ret)
		ret = fpu_update_guest_xcr0(&vcpu->guest, xcr0);
	if (!ret)
		vcpu->xcr0 = xcr0;
	return ret;
}

int fpu_vcpu_set_xfd(struct fpu_vcpu *vcpu, uint64_t xfd)
{
	return fpu_update_guest_xfd(&vcpu->guest, vcpu->xcr0, xfd);
}

int fpu_vcpu_set_xsave(struct fpu_vcpu *vcpu, const void *image)
{
	return fpu_copy_uabi_to_guest_fpstate(&vcpu->guest, image, vcpu->supported);
}
