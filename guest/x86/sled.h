/* SPDX-License-Identifier: MIT */
/*
 * sled.h - the planted slowdown (--inject): every timed operation ends with one call into a sled
 * of `add eax,eax` closed by RET. With N = 0 the sled is a bare RET, so that two values of N differ
 * by exactly that many one-instruction, one-cycle, dependent additions and by nothing else.
 */
#ifndef GUEST_X86_SLED_H
#define GUEST_X86_SLED_H

#include <stdint.h>

#define SLED_ADD_BYTES 2
#define SLED_BYTES     32768u
#define SLED_MAX       16383u

/* Emitted in bench/core/sled.S: SLED_MAX additions and the RET fit. */
extern uint8_t fpb_sled[];

static inline void sled_call(void)
{
	__asm__ volatile("call fpb_sled" : : : "rax", "cc", "memory");
}

/* Writes nr additions and the RET. 0, or -1 when bytes do not suffice. */
static inline int sled_write(uint8_t *sled, uint64_t bytes, uint32_t nr)
{
	if ((uint64_t)nr * SLED_ADD_BYTES + 1 > bytes)
		return -1;
	while (nr--) {
		*sled++ = 0x01; /* add eax,eax */
		*sled++ = 0xc0;
	}
	*sled = 0xc3;
	return 0;
}

#endif
