// SPDX-License-Identifier: MIT
#include "host/vmm/msr.h"

#include <errno.h>
#include <stddef.h>

#include "guest/x86/msr.h"
#include "host/vmm/hazard.h"

/* struct kvm_msrs with room for one entry. */
struct one_msr {
	struct kvm_msrs head;
	struct kvm_msr_entry entry;
};
_Static_assert(offsetof(struct one_msr, entry) == offsetof(struct kvm_msrs, entries), "entries");

int vcpu_get_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value, struct fpb_err *err)
{
	struct one_msr list = { .head.nmsrs = 1, .entry.index = msr };
	int nr = KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_GET_MSRS, &list.head, err);

	if (nr < 0)
		return nr;
	if (nr != 1)
		return FPB_FAIL(err, -EINVAL, "KVM_GET_MSRS: vcpu %u: KVM refuses MSR %#x",
				vcpu->id, msr);
	*value = list.entry.data;
	return 0;
}

int vcpu_set_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value, struct fpb_err *err)
{
	struct one_msr list = { .head.nmsrs = 1, .entry = { .index = msr, .data = value } };
	int nr;

	if (msr == MSR_IA32_XFD) {
		nr = hazard_check_xfd(vcpu, value, err);
		if (nr)
			return nr;
	}
	nr = KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_SET_MSRS, &list.head, err);
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
