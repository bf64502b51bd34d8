/* SPDX-License-Identifier: MIT */
/*
 * nm.h - #NM caused on purpose, with stamps on its way; guest/nm.S. Ring 0, interrupts disabled.
 *
 * A stamp is LFENCE, RDTSC, LFENCE. What lies between two of them holds exactly one call of the sled,
 * where nm_no_fault() has nothing else.
 */
#ifndef GUEST_X86_NM_H
#define GUEST_X86_NM_H

/* Indices of stamps, in the order in which they are taken. */
#define NM_STAMP_START	   0 /* before the instruction that faults */
#define NM_STAMP_ENTRY	   1 /* in the handler */
#define NM_STAMP_CHECKED   2 /* it is the #NM that was meant */
#define NM_STAMP_RDMSR_ERR 3
#define NM_STAMP_WRMSR_ERR 4
#define NM_STAMP_WRMSR_XFD 5
#define NM_STAMP_END	   6 /* the instruction was done again, without fault */
#define NM_NR_STAMPS	   7

/* Offsets in struct nm_state. */
#define NM_XFD_ERR	56
#define NM_CR0		64
#define NM_NR_HANDLED	72
#define NM_NEXT		80
#define NM_XFD_ERR_SEEN 88
#define NM_CR0_TS_SEEN	96

#ifndef __ASSEMBLER__
#include <stdint.h>

struct nm_state {
	uint64_t stamp[NM_NR_STAMPS];
	uint64_t xfd_err; /* as the last handler read it; IA32_XFD_ERR was set to 0 thereafter */
	uint64_t cr0;	  /* likewise */
	uint64_t nr_handled;
	/*
	 * Where a handler jumps that sees an #NM which is none of its own, with everything as the
	 * processor left it, and where it leaves what it read: IA32_XFD_ERR (tiles only) and CR0.TS.
	 */
	uint64_t next;
	uint64_t *xfd_err_seen, *cr0_ts_seen;
};
_Static_assert(__builtin_offsetof(struct nm_state, xfd_err) == NM_XFD_ERR, "nm_state");
_Static_assert(__builtin_offsetof(struct nm_state, cr0) == NM_CR0, "nm_state");
_Static_assert(__builtin_offsetof(struct nm_state, nr_handled) == NM_NR_HANDLED, "nm_state");
_Static_assert(__builtin_offsetof(struct nm_state, next) == NM_NEXT, "nm_state");
_Static_assert(__builtin_offsetof(struct nm_state, xfd_err_seen) == NM_XFD_ERR_SEEN, "nm_state");
_Static_assert(__builtin_offsetof(struct nm_state, cr0_ts_seen) == NM_CR0_TS_SEEN, "nm_state");

extern struct nm_state nm_state;

/* TILEZERO between START and END; the same with an SSE instruction; with nothing. */
void nm_fault_tile(void);
void nm_fault_sse(void);
void nm_no_fault(void);

/*
 * Handlers, for the IDT only. tile: RDMSR of IA32_XFD_ERR, WRMSR of 0 to it and to IA32_XFD; with
 * stamps or without. sse: CLTS.
 */
extern const uint8_t nm_handle_tile[], nm_handle_tile_stamped[], nm_handle_sse[];

/* The bare instructions: at their first byte, NM_TILEZERO_BYTES and NM_UD2_BYTES long. */
#define NM_TILEZERO_BYTES 5
#define NM_UD2_BYTES	  2
void nm_tilezero(void);
void nm_ud2(void);

/* The sled, for operations that are timed by stamps and not as a loop of FPB_TIMED_LOOP(). */
static inline void nm_stamped_sled(void)
{
	__asm__ volatile("call nm_sled" : : : "rax", "cc", "memory");
}

#endif
#endif
