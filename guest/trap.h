/* SPDX-License-Identifier: MIT */
/* trap.h - the frame trap_common in start.S leaves on the stack. */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <stdint.h>

struct trap_frame {
	uint64_t rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* NR_EXCEPTIONS stubs in start.S. */
#define TRAP_STUB_BYTES 16
extern const uint8_t trap_stubs[];

void payload_trap(struct trap_frame *frame);

#endif
