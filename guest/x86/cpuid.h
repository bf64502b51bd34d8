/* SPDX-License-Identifier: MIT */
/* cpuid.h - CPUID (SDM vol. 2). In a guest every execution is a vmexit on VMX and SVM. */
#ifndef GUEST_X86_CPUID_H
#define GUEST_X86_CPUID_H

#include <stdint.h>

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf)
			 : "memory");
	return r;
}

#define CPUID_1_ECX_VMX	       (1u << 5)
#define CPUID_1_ECX_XSAVE      (1u << 26)
#define CPUID_1_ECX_OSXSAVE    (1u << 27)
#define CPUID_1_ECX_AVX	       (1u << 28)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)

#define CPUID_EXTENDED		  0x80000000u
#define CPUID_SVM		  0x8000000au
#define CPUID_SVM_EDX_NRIPS	  (1u << 3)
#define CPUID_80000001_ECX_SVM	  (1u << 2)
#define CPUID_80000001_EDX_RDTSCP (1u << 27)

#define CPUID_D			0x0du
#define CPUID_D1_EAX_XSAVEOPT	(1u << 0)
#define CPUID_D1_EAX_XSAVEC	(1u << 1)
#define CPUID_D1_EAX_XGETBV1	(1u << 2)
#define CPUID_D1_EAX_XSAVES	(1u << 3)
#define CPUID_D1_EAX_XFD	(1u << 4)
#define CPUID_DI_ECX_SUPERVISOR (1u << 0)
#define CPUID_DI_ECX_ALIGNED	(1u << 1)
#define CPUID_DI_ECX_XFD	(1u << 2)

#endif
