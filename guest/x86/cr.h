/* SPDX-License-Identifier: MIT */
/* cr.h - control registers (SDM vol. 3A section 2.5), and INVD. Ring 0 only. */
#ifndef GUEST_X86_CR_H
#define GUEST_X86_CR_H

#include <stdint.h>

#define CR0_PE (1ull << 0)
#define CR0_MP (1ull << 1)
#define CR0_TS (1ull << 3) /* x87, SSE, AVX and the XSAVE family fault with #NM; TILE* does not */
#define CR0_ET (1ull << 4)
#define CR0_NE (1ull << 5)
#define CR0_WP (1ull << 16)
#define CR0_PG (1ull << 31)

#define CR4_PAE	       (1ull << 5)
#define CR4_OSFXSR     (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_OSXSAVE    (1ull << 18)
#define CR4_PKE	       (1ull << 22)
#define CR4_CET	       (1ull << 23)

static inline uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr0(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr4(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/*
 * Only where a hypervisor intercepts it, as VMX always and KVM on SVM does: on the bare processor the
 * caches' contents would be lost.
 */
static inline void invd(void)
{
	__asm__ volatile("invd" : : : "memory");
}

static inline void clts(void)
{
	__asm__ volatile("clts" : : : "memory");
}

#endif
