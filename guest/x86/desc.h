/* SPDX-License-Identifier: MIT */
/* desc.h - descriptor tables of long mode (SDM vol. 3A ch. 3, 6, 7), as the VMM lays them out. */
#ifndef GUEST_X86_DESC_H
#define GUEST_X86_DESC_H

#include <stdint.h>

/* Selectors of the GDT that host/vmm/boot.c writes. */
#define SEL_CODE0 0x08
#define SEL_DATA0 0x10
#define SEL_DATA3 (0x18 | 3)
#define SEL_CODE3 (0x20 | 3)
#define SEL_TSS	  0x28 /* 16 bytes */
#define GDT_BYTES 0x38

struct idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type; /* present, DPL, gate type */
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap_base;
} __attribute__((packed));

_Static_assert(sizeof(struct idt_gate) == 16, "IDT gate");
_Static_assert(sizeof(struct tss) == 104, "64-bit TSS");

#define GATE_INTERRUPT 0x8e /* present, DPL 0, 64-bit interrupt gate */
#define NR_EXCEPTIONS  32
/*
 * The IDT is a whole page; gates beyond the exceptions are absent until a case sets one. An
 * interrupt that comes all the same is #NP, its error code 8 * vector + 3.
 */
#define NR_VECTORS 256

#define X86_VECTOR_NMI 2
#define X86_VECTOR_UD  6
#define X86_VECTOR_NM  7
#define X86_VECTOR_DF  8
#define X86_VECTOR_GP  13
#define X86_VECTOR_MC  18

#endif
