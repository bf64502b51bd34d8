/* SPDX-License-Identifier: MIT */
/*
 * apic.h - the local APIC by MSRs (x2APIC, SDM vol. 3A section 11.12): no memory has to be mapped for
 * it. Ring 0, in a VM with the in-kernel irqchip.
 */
#ifndef GUEST_X86_APIC_H
#define GUEST_X86_APIC_H

#include <stdbool.h>

#include "guest/x86/idt.h"
#include "guest/x86/msr.h"

#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)

#define MSR_X2APIC_EOI	     0x0000080bu
#define MSR_X2APIC_SPURIOUS  0x0000080fu
#define MSR_X2APIC_LVT_TIMER 0x00000832u
#define MSR_X2APIC_SELF_IPI  0x0000083fu

#define APIC_SPURIOUS_ENABLE (1u << 8)
#define APIC_TIMER_DEADLINE  (2u << 17)

#define APIC_VECTOR_TIMER    0xecu
#define APIC_VECTOR_SELF     0xf2u
#define APIC_VECTOR_SPURIOUS 0xffu

/* Of this payload's vCPU, so that only the first batch has the exits of setting it up. */
static bool apic_is_enabled __attribute__((unused));

/* Enables the local APIC in x2APIC mode, its timer in deadline mode; what is done stays done. */
static inline void apic_enable(void)
{
	if (apic_is_enabled)
		return;
	apic_is_enabled = true;
	/* From off to xAPIC to x2APIC: there is no transition that skips one. */
	wrmsr(MSR_IA32_APIC_BASE, rdmsr(MSR_IA32_APIC_BASE) | APIC_BASE_ENABLE);
	wrmsr(MSR_IA32_APIC_BASE, rdmsr(MSR_IA32_APIC_BASE) | APIC_BASE_X2APIC);
	wrmsr(MSR_X2APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | APIC_VECTOR_SPURIOUS);
	wrmsr(MSR_X2APIC_LVT_TIMER, APIC_TIMER_DEADLINE | APIC_VECTOR_TIMER);
}

/*
 * A deadline that nothing measured here reaches, and that VMX's preemption timer can still hold:
 * it counts 32 bits of ticks divided by at most 2^31, by 32 on processors so far.
 */
#define APIC_FAR_TICKS (1ull << 34)

struct interrupt_frame;

/* Counts interrupts to APIC_VECTOR_SELF. */
static volatile uint64_t apic_nr_interrupts __attribute__((unused));

/* The shortest handler there is. No call: the compiler would have to save vector registers. */
static __attribute__((interrupt, unused)) void apic_handle(struct interrupt_frame *frame)
{
	(void)frame;
	apic_nr_interrupts++;
	__asm__ volatile("wrmsr" : : "c"(MSR_X2APIC_EOI), "a"(0), "d"(0) : "memory");
}

/* Takes interrupts to APIC_VECTOR_SELF; returns the gate to put back by idt_restore(). */
static inline struct idt_gate apic_take_interrupts(void)
{
	apic_enable();
	apic_nr_interrupts = 0;
	return idt_set(APIC_VECTOR_SELF, (const void *)(uintptr_t)apic_handle);
}

/* Interrupts are off: it stays pending. */
static inline void apic_send_self(void)
{
	wrmsr(MSR_X2APIC_SELF_IPI, APIC_VECTOR_SELF);
}

/* An interrupt is pending and is taken after the HLT: STI lets none in before the next instruction. */
static inline void halt_once(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

/* The same without HLT. */
static inline void no_halt(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
}

#endif
