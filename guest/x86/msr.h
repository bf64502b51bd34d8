/* SPDX-License-Identifier: MIT */
/*
 * msr.h - model-specific registers (SDM vol. 4; vol. 1 section 13.14 for XFD). Ring 0 only: at CPL 3
 * RDMSR and WRMSR are #GP.
 */
#ifndef GUEST_X86_MSR_H
#define GUEST_X86_MSR_H

#include <stdint.h>

#define MSR_IA32_APIC_BASE    0x0000001bu
#define MSR_IA32_MISC_ENABLE  0x000001a0u
#define MSR_IA32_XFD	      0x000001c4u
#define MSR_IA32_XFD_ERR      0x000001c5u
#define MSR_IA32_U_CET	      0x000006a0u
#define MSR_IA32_S_CET	      0x000006a2u
#define MSR_IA32_PL0_SSP      0x000006a4u
#define MSR_IA32_PL3_SSP      0x000006a7u
#define MSR_IA32_TSC_DEADLINE 0x000006e0u
#define MSR_IA32_XSS	      0x00000da0u

/* Bit of XTILEDATA in IA32_XFD and IA32_XFD_ERR. */
#define XFD_XTILEDATA (1ull << 18)

/* CPUID.1:ECX[24]: the local APIC has IA32_TSC_DEADLINE. */
#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

#endif
