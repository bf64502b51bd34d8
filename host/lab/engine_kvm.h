/* SPDX-License-Identifier: MIT */
/* engine_kvm.h - can a guest of this machine's KVM be a hypervisor itself? */
#ifndef HOST_LAB_ENGINE_KVM_H
#define HOST_LAB_ENGINE_KVM_H

#include "host/err.h"
#include "host/vmm/kvm_sys.h"

/*
 * sysroot: as in host/machine/sysfile.h. -EOPNOTSUPP: no; err names what was read and what turns
 * it on.
 */
int kvm_can_nest(const struct kvm_sys *sys, const char *sysroot, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
