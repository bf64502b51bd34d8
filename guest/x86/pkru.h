/* SPDX-License-Identifier: MIT */
/* pkru.h - the protection-key rights of user pages (SDM vol. 2, RDPKRU). */
#ifndef GUEST_X86_PKRU_H
#define GUEST_X86_PKRU_H

#include <stdint.h>

#define CPUID_7_ECX_PKU	  (1u << 3)
#define CPUID_7_ECX_OSPKE (1u << 4)

/*
 * Every right for key 0, which all of a program's pages have unless it says otherwise; the other 15
 * keys differ between the two. The first is what Linux gives a new task.
 */
#define PKRU_LINUX 0x55555554u
#define PKRU_OTHER 0xaaaaaaa8u

/* #UD unless CPUID.(7,0):ECX[4] (OSPKE). */
static inline uint32_t rdpkru(void)
{
	uint32_t eax, edx;

	__asm__ volatile("rdpkru" : "=a"(eax), "=d"(edx) : "c"(0));
	return eax;
}

/* Key 0 must keep its rights in `value`: the next access would fault. */
static inline void wrpkru(uint32_t value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}

#endif
