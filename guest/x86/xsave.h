/* SPDX-License-Identifier: MIT */
/*
 * xsave.h - the XSAVE feature set (SDM vol. 1 ch. 13; APM vol. 2 section 11.5).
 *
 * The buffer of every save and restore here is 64-byte aligned and as large as CPUID leaf 0xD
 * says for the features in XCR0 (and IA32_XSS). `rfbm` is EDX:EAX, the requested-feature bitmap.
 * Functions that write registers clobber them behind the compiler's back: include this only in
 * code built with -mgeneral-regs-only.
 */
#ifndef GUEST_X86_XSAVE_H
#define GUEST_X86_XSAVE_H

#include <stdint.h>

#define XFEATURE_X87	   (1ull << 0)
#define XFEATURE_SSE	   (1ull << 1)
#define XFEATURE_YMM	   (1ull << 2)
#define XFEATURE_OPMASK	   (1ull << 5)
#define XFEATURE_ZMM_HI256 (1ull << 6)
#define XFEATURE_HI16_ZMM  (1ull << 7)
#define XFEATURE_PKRU	   (1ull << 9)
#define XFEATURE_CET_U	   (1ull << 11)
#define XFEATURE_CET_S	   (1ull << 12)
#define XFEATURE_XTILECFG  (1ull << 17)
#define XFEATURE_XTILEDATA (1ull << 18)

#define XFEATURE_AVX	(XFEATURE_SSE | XFEATURE_YMM)
#define XFEATURE_AVX512 (XFEATURE_AVX | XFEATURE_OPMASK | XFEATURE_ZMM_HI256 | XFEATURE_HI16_ZMM)
#define XFEATURE_AMX	(XFEATURE_XTILECFG | XFEATURE_XTILEDATA)

#define XCOMP_BV_COMPACTED (1ull << 63)
#define XSAVE_ALIGN	   64
#define MXCSR_DEFAULT	   0x1f80u
#define FCW_DEFAULT	   0x037fu

/* Legacy region and header; extended components follow at 576. */
struct xsave_area {
	uint16_t fcw, fsw;
	uint8_t ftw, rsvd0;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[128];
	uint8_t xmm[256];
	uint8_t rsvd1[96];
	uint64_t xstate_bv;
	uint64_t xcomp_bv;
	uint64_t rsvd2[6];
};

_Static_assert(sizeof(struct xsave_area) == 576, "legacy region and XSAVE header");
_Static_assert(__builtin_offsetof(struct xsave_area, mxcsr) == 24, "MXCSR");
_Static_assert(__builtin_offsetof(struct xsave_area, st) == 32, "ST0");
_Static_assert(__builtin_offsetof(struct xsave_area, xmm) == 160, "XMM0");
_Static_assert(__builtin_offsetof(struct xsave_area, xstate_bv) == 512, "XSTATE_BV");

#define XSAVE_ASM(insn, area, rfbm)                                                                \
	__asm__ volatile(insn " (%0)"                                                              \
			 :                                                                         \
			 : "r"(area), "a"((uint32_t)(rfbm)), "d"((uint32_t)((rfbm) >> 32))         \
			 : "memory")

static inline void xsave(void *area, uint64_t rfbm)
{
	XSAVE_ASM("xsave64", area, rfbm);
}

static inline void xsaveopt(void *area, uint64_t rfbm)
{
	XSAVE_ASM("xsaveopt64", area, rfbm);
}

static inline void xsavec(void *area, uint64_t rfbm)
{
	XSAVE_ASM("xsavec64", area, rfbm);
}

static inline void xsaves(void *area, uint64_t rfbm)
{
	XSAVE_ASM("xsaves64", area, rfbm);
}

static inline void xrstor(const void *area, uint64_t rfbm)
{
	XSAVE_ASM("xrstor64", area, rfbm);
}

static inline void xrstors(const void *area, uint64_t rfbm)
{
	XSAVE_ASM("xrstors64", area, rfbm);
}
#undef XSAVE_ASM

/* XGETBV: index 0 is XCR0; index 1 (CPUID.(0xD,1):EAX[2]) is XCR0 & XINUSE. */
static inline uint64_t xgetbv(uint32_t index)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(index) : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
	__asm__ volatile("xsetbv"
			 :
			 : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

#endif
