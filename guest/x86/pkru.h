/* SPDX-License-Identifier: MIT */
/* pkru.h - the protection-key rights of user pages (SDM vol. 2, RDPKRU). */
#ifndef GUEST_X86_PKRU_H
#define GUEST_X86_PKRU_H

#include <stdint.h>

#define CPUID_7_ECX_OSPKE (1u << 4)

/* #UD unless CPUID.(7,0):ECX[4] (OSPKE). */
static inline uint32_t rdpkru(void)
{
	uint32_t eax, edx;

	__asm__ volatile("rdpkru" : "=a"(eax), "=d"(edx) : "c"(0));
	return eax;
}

#endif
