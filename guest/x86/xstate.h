/* SPDX-License-Identifier: MIT */
/*
 * xstate.h - images of xstate with known contents, to make components live and to check them.
 *
 * Standard (not compacted) layout: component i >= 2 at CPUID.(0xD,i).EBX, EAX bytes. The area is
 * 64-byte aligned and holds XSTATE_AREA_BYTES. For code built with -mgeneral-regs-only.
 */
#ifndef GUEST_X86_XSTATE_H
#define GUEST_X86_XSTATE_H

#include <stdbool.h>

#include "bench/abi.h"
#include "guest/x86/amx.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xsave.h"

/*
 * Components a task may hold and a benchmark may set at will. PKRU is never init in Linux; AMX needs
 * permission first. Both have rows of their own.
 */
#define XSTATE_ORDINARY                                                                            \
	(XFEATURE_X87 | XFEATURE_SSE | XFEATURE_YMM | XFEATURE_OPMASK | XFEATURE_ZMM_HI256 |       \
	 XFEATURE_HI16_ZMM)

enum xstate_index { XSTATE_PKRU = 9, XSTATE_TILECFG = 17 };

/* The layout of this processor. By CPUID: not inside a guest's timed or counted part. */
static inline void xstate_layout(struct abi_xstate layout[ABI_NR_XSTATE])
{
	layout[0] = (struct abi_xstate){ 32, 128 }; /* ST0..7; FCW and the like are not touched */
	layout[1] = (struct abi_xstate){ 160, 256 };
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		struct cpuid_regs r = cpuid(CPUID_D, i);

		/* Supervisor components have no place in the standard format. */
		if (r.ecx & CPUID_DI_ECX_SUPERVISOR || r.ebx + r.eax > XSTATE_AREA_BYTES)
			r.eax = r.ebx = 0;
		layout[i] = (struct abi_xstate){ r.ebx, r.eax };
	}
}

/* Whether byte `at` of a component is part of a register: an x87 register has 10 bytes of 16. */
static inline bool xstate_is_register(unsigned int component, uint32_t at)
{
	return component != 0 || at % 16 < 10;
}

/* One byte of the pattern: never 0, and no two neighbouring components alike. */
static inline uint8_t xstate_pattern(unsigned int component, uint32_t at, uint8_t seed)
{
	return (uint8_t)(seed + component * 29 + at % 10 * 3) | 1;
}

/*
 * Components whose bytes are not free: another PKRU would shut this thread out of its memory, another
 * TILECFG is #GP.
 */
static inline void xstate_fill_special(void *area, const struct abi_xstate layout[ABI_NR_XSTATE],
				       uint64_t live)
{
	uint8_t *bytes = area;

	if (live & XFEATURE_PKRU && layout[XSTATE_PKRU].bytes >= sizeof(uint32_t)) {
		uint32_t *pkru = (void *)(bytes + layout[XSTATE_PKRU].offset);

		pkru[0] = PKRU_OTHER;
		for (uint32_t i = 1; i < layout[XSTATE_PKRU].bytes / sizeof(*pkru); i++)
			pkru[i] = 0;
	}
	if (live & XFEATURE_XTILECFG && layout[XSTATE_TILECFG].bytes >= sizeof(struct tile_config))
		tile_config_full((void *)(bytes + layout[XSTATE_TILECFG].offset));
}

/*
 * Fills the whole area: components of `live` with a pattern (PKRU and TILECFG with a valid value), the
 * others as init.
 */
static inline void xstate_fill(void *area, const struct abi_xstate layout[ABI_NR_XSTATE],
			       uint64_t live, uint8_t seed)
{
	struct xsave_area *legacy = area;
	uint8_t *bytes = area;

	for (uint32_t i = 0; i < XSTATE_AREA_BYTES; i++)
		bytes[i] = 0;
	legacy->fcw = FCW_DEFAULT;
	legacy->mxcsr = MXCSR_DEFAULT;
	legacy->xstate_bv = live;
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++) {
		for (uint32_t at = 0; live >> i & 1 && at < layout[i].bytes; at++) {
			if (xstate_is_register(i, at))
				bytes[layout[i].offset + at] = xstate_pattern(i, at, seed);
		}
	}
	if (live & XFEATURE_X87)
		legacy->ftw = 0xff; /* abridged: all eight registers valid */
	xstate_fill_special(area, layout, live);
}

/*
 * Where a component >= 2 of `xcomp_bv` lies in a compacted image (SDM vol. 1 section 13.4.3). By
 * CPUID: not inside a guest's timed or counted part.
 */
static inline uint32_t xstate_compacted_offset(uint64_t xcomp_bv, unsigned int component)
{
	uint32_t offset = sizeof(struct xsave_area);

	for (unsigned int i = 2; i <= component; i++) {
		struct cpuid_regs r;

		if (!(xcomp_bv >> i & 1))
			continue;
		r = cpuid(CPUID_D, i);
		if (r.ecx & CPUID_DI_ECX_ALIGNED)
			offset = (offset + XSAVE_ALIGN - 1) & -(uint32_t)XSAVE_ALIGN;
		if (i < component)
			offset += r.eax;
	}
	return offset;
}

/* FNV-1a over the register contents of the components in `live`; area in standard format. */
static inline uint64_t xstate_checksum(const void *area,
				       const struct abi_xstate layout[ABI_NR_XSTATE], uint64_t live)
{
	const uint8_t *bytes = area;
	uint64_t hash = 0xcbf29ce484222325ull;

	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++) {
		for (uint32_t at = 0; live >> i & 1 && at < layout[i].bytes; at++) {
			if (xstate_is_register(i, at))
				hash = (hash ^ bytes[layout[i].offset + at]) * 0x100000001b3ull;
		}
	}
	return hash;
}

#endif
