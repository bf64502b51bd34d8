/* SPDX-License-Identifier: MIT */
/*
 * amx.h - tiles (SDM vol. 1 ch. 18), by bytes, so that assemblers without AMX build it. A test
 * disassembles them. Code with AMX state enabled in XCR0 only.
 */
#ifndef GUEST_X86_AMX_H
#define GUEST_X86_AMX_H

#include <stdint.h>

#define AMX_TILE_BYTES 1024u /* 16 rows of 64 bytes */
#define AMX_TILE_ROWS  16u
#define AMX_ROW_BYTES  64u

/* The operand of LDTILECFG: palette 1, byte widths at 16, rows at 48 (SDM vol. 1 section 18.2). */
struct tile_config {
	uint8_t palette, start_row;
	uint8_t reserved[14];
	uint16_t row_bytes[16];
	uint8_t rows[16];
};
_Static_assert(sizeof(struct tile_config) == 64, "LDTILECFG operand");
_Static_assert(__builtin_offsetof(struct tile_config, rows) == 48, "rows");

/* All eight tiles, 16 rows of 64 bytes each. */
static inline void tile_config_full(struct tile_config *config)
{
	*config = (struct tile_config){ .palette = 1 };
	for (unsigned int i = 0; i < 8; i++) {
		config->row_bytes[i] = AMX_ROW_BYTES;
		config->rows[i] = AMX_TILE_ROWS;
	}
}

/* ldtilecfg (%rax): #GP for a malformed operand; does not #NM under XFD. */
static inline void ldtilecfg(const struct tile_config *config)
{
	__asm__ volatile(".byte 0xc4, 0xe2, 0x78, 0x49, 0x00" : : "a"(config), "m"(*config));
}

/* tilerelease: tiles and TILECFG become init. */
static inline void tilerelease(void)
{
	__asm__ volatile(".byte 0xc4, 0xe2, 0x78, 0x49, 0xc0" : : : "memory");
}

/* tileloadd (%rax,%rdx,1), %tmm0: 16 rows, `stride` bytes apart. #NM under XFD[18]. */
static inline void tileloadd0(const void *rows, uint64_t stride)
{
	__asm__ volatile(".byte 0xc4, 0xe2, 0x7b, 0x4b, 0x04, 0x10"
			 :
			 : "a"(rows), "d"(stride)
			 : "memory");
}

/* tilestored %tmm0, (%rax,%rdx,1). #NM under XFD[18]. */
static inline void tilestored0(void *rows, uint64_t stride)
{
	__asm__ volatile(".byte 0xc4, 0xe2, 0x7a, 0x4b, 0x04, 0x10"
			 :
			 : "a"(rows), "d"(stride)
			 : "memory");
}

/* tilezero %tmm0. #UD without a palette; #NM under XFD[18]. */
#define TILEZERO0 ".byte 0xc4, 0xe2, 0x7b, 0x49, 0xc0"
static inline void tilezero0(void)
{
	__asm__ volatile(TILEZERO0 : : : "memory");
}

#endif
