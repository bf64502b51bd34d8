/* SPDX-License-Identifier: MIT */
/*
 * idt.h - a case's own handler for one vector (SDM vol. 3A section 6.10). Ring 0 only; the case puts
 * back what was there before its batch ends, so that whatever comes later is reported.
 */
#ifndef GUEST_X86_IDT_H
#define GUEST_X86_IDT_H

#include "guest/x86/desc.h"

struct idt_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static inline struct idt_gate *idt_gate_of(unsigned int vector)
{
	struct idt_register idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	return (struct idt_gate *)idtr.base + vector;
}

/* Points the gate to `handler`, an interrupt gate of ring 0 on the current stack; returns the old. */
static inline struct idt_gate idt_set(unsigned int vector, const void *handler)
{
	struct idt_gate *gate = idt_gate_of(vector);
	const struct idt_gate before = *gate;
	const uint64_t offset = (uint64_t)handler;

	*gate = (struct idt_gate){
		.offset_low = (uint16_t)offset,
		.offset_mid = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
		.selector = SEL_CODE0,
		.type = GATE_INTERRUPT,
	};
	return before;
}

static inline void idt_restore(unsigned int vector, struct idt_gate before)
{
	*idt_gate_of(vector) = before;
}

#endif
