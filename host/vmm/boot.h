/* SPDX-License-Identifier: MIT */
/*
 * boot.h - the tables a vCPU starts on: GDT, IDT, TSS, page tables, all below ABI_SHARED_GPA.
 *
 * Long mode (SDM vol. 3A ch. 10.8), identity map of the first 1 GiB in 2 MiB pages accessible from
 * both rings, interrupts off. Ring 3 gets IOPL 3, so that IN and OUT work there.
 */
#ifndef HOST_VMM_BOOT_H
#define HOST_VMM_BOOT_H

#include "host/vmm/payload.h"
#include "host/vmm/vm.h"

enum vcpu_ring { VCPU_RING0 = 0, VCPU_RING3 = 3 };

/* Writes GDT, TSS with stacks, IDT to the payload's trap stubs, page tables. -EINVAL: no room. */
int boot_write_tables(struct vm *vm, const struct payload *payload, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Fills what KVM_GET_SREGS gave: segments, control registers, EFER, GDTR, IDTR, TR. */
void boot_set_sregs(struct kvm_sregs *sregs, enum vcpu_ring ring, bool has_xsave);
struct kvm_regs boot_regs(const struct payload *payload, enum vcpu_ring ring);

#endif
