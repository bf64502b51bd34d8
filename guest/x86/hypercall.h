/* SPDX-License-Identifier: MIT */
/*
 * hypercall.h - VMCALL (Intel) and VMMCALL (AMD), KVM's calling convention: number in RAX,
 * arguments in RBX, RCX, RDX, RSI, answer in RAX (Documentation/virt/kvm/x86/hypercalls.rst).
 */
#ifndef GUEST_X86_HYPERCALL_H
#define GUEST_X86_HYPERCALL_H

#include <stdint.h>

/* No KVM implements this number: it answers -KVM_ENOSYS after the full round trip. */
#define HYPERCALL_UNKNOWN 0x7fffffffu

static inline int64_t vmcall(uint64_t nr)
{
	int64_t ret;

	__asm__ volatile("vmcall" : "=a"(ret) : "a"(nr), "b"(0), "c"(0), "d"(0), "S"(0) : "memory");
	return ret;
}

static inline int64_t vmmcall(uint64_t nr)
{
	int64_t ret;

	__asm__ volatile("vmmcall"
			 : "=a"(ret)
			 : "a"(nr), "b"(0), "c"(0), "d"(0), "S"(0)
			 : "memory");
	return ret;
}

#endif
