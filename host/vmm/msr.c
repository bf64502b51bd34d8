// SPDX-License-Identifier: MIT
#include "host/vmm/msr.h"

#include <errno.h>

#include "guest/x86/msr.h"
#include "host/vmm/hazard.h"

int vcpu_get_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value, struct fpb_err *err)
{
	union one_msr one = one_msr(msr, 0);
	int nr = KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_GET_MSRS, &one.list, err);

	if (nr < 0)
		return nr;
	if (nr != 1)
		return FPB_FAIL(err, -EINVAL, "KVM_GET_MSRS: vcpu %u: KVM refuses MSR %#x",
				vcpu->id, msr);
	*value = one.list.entries[0].data;
	return 0;
}

int vcpu_set_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value, struct fpb_err *err)
{
	union one_msr one = one_msr(msr, value);
	int nr;

	if (msr == MSR_IA32_XFD) {
		nr = hazard_check_xfd(vcpu, value, err);
		if (nr)
			return nr;
	}
	nr = KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_SET_MSRS, &one.list, err);
	if (nr < 0)
		return nr;
	if (nr != 1)
		return FPB_FAIL(err, -EINVAL,
				"KVM_SET_MSRS: vcpu %u: KVM refuses %#llx for MSR %#x", vcpu->id,
				(unsigned long long)value, msr);
	return 0;
}

int vcpu_prime_xfd(struct vcpu *vcpu, struct fpb_err *err)
{
	int ret = vcpu_set_msr(vcpu, MSR_IA32_XFD, XFD_XTILEDATA, err);

	return ret ? ret : vcpu_set_msr(vcpu, MSR_IA32_XFD, 0, err);
}
