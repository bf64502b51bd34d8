/* SPDX-License-Identifier: MIT */
/*
 * nm.S - see guest/x86/nm.h. In assembly, so that nothing is between a stamp and what it is of, and
 * no handler touches a register that the interrupted code has.
 *
 * #NM has no error code: at a handler RSP points to RIP.
 */
#include "guest/x86/nm.h"

#define MSR_IA32_XFD	 0x1c4
#define MSR_IA32_XFD_ERR 0x1c5
#define XFD_XTILEDATA	 0x40000
#define CR0_TS_BIT	 3

	.macro function name
	.balign 64
	.globl \name
	.type \name, @function
\name:
	.endm

	.macro end_function name
	.size \name, . - \name
	.endm

	/* Clobbers RAX and RDX. */
	.macro stamp index
	lfence
	rdtsc
	lfence
	shlq $32, %rdx
	orq %rdx, %rax
	movq %rax, nm_state + 8 * \index(%rip)
	.endm

	.text
function nm_fault_tile
	stamp NM_STAMP_START
	call fpb_sled
nm_tile_at:
	.byte 0xc4, 0xe2, 0x7b, 0x49, 0xc0 /* tilezero %tmm0 */
	stamp NM_STAMP_END
	ret
end_function nm_fault_tile

function nm_fault_sse
	stamp NM_STAMP_START
	call fpb_sled
nm_sse_at:
	movaps %xmm0, %xmm0
	stamp NM_STAMP_END
	ret
end_function nm_fault_sse

function nm_no_fault
	stamp NM_STAMP_START
	call fpb_sled
	stamp NM_STAMP_END
	ret
end_function nm_no_fault

function nm_tilezero
	.byte 0xc4, 0xe2, 0x7b, 0x49, 0xc0 /* tilezero %tmm0 */
	ret
end_function nm_tilezero

function nm_ud2
	ud2
	ret
end_function nm_ud2

function nm_sled
	jmp fpb_sled
end_function nm_sled

	.macro save
	pushq %rax
	pushq %rcx
	pushq %rdx
	.endm

	.macro restore
	popq %rdx
	popq %rcx
	popq %rax
	.endm

	/* Leaves for `other` unless the instruction at \address faulted. After `save`. */
	.macro check_rip address, other
	leaq \address(%rip), %rcx
	cmpq %rcx, 24(%rsp)
	jne \other
	.endm

	/* CR0 into RAX and the record. */
	.macro read_cr0
	movq %cr0, %rax
	movq %rax, nm_state + NM_CR0(%rip)
	.endm

	.macro handle_tile stamped
	save
	.if \stamped
	stamp NM_STAMP_ENTRY
	.endif
	check_rip nm_tile_at, other_than_tile
	read_cr0
	btl $CR0_TS_BIT, %eax
	jc other_than_tile
	.if \stamped
	stamp NM_STAMP_CHECKED
	.endif
	movl $MSR_IA32_XFD_ERR, %ecx
	rdmsr
	movl %eax, nm_state + NM_XFD_ERR(%rip)
	movl %edx, nm_state + NM_XFD_ERR + 4(%rip)
	.if \stamped
	call fpb_sled
	stamp NM_STAMP_RDMSR_ERR
	.endif
	cmpq $XFD_XTILEDATA, nm_state + NM_XFD_ERR(%rip)
	jne other_than_tile
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	.if \stamped
	call fpb_sled
	stamp NM_STAMP_WRMSR_ERR
	.endif
	movl $MSR_IA32_XFD, %ecx
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	.if \stamped
	call fpb_sled
	stamp NM_STAMP_WRMSR_XFD
	call fpb_sled
	.endif
	incq nm_state + NM_NR_HANDLED(%rip)
	restore
	iretq
	.endm

function nm_handle_tile
	handle_tile 0
end_function nm_handle_tile

function nm_handle_tile_stamped
	handle_tile 1
end_function nm_handle_tile_stamped

function nm_handle_sse
	save
	check_rip nm_sse_at, other_than_sse
	read_cr0
	btl $CR0_TS_BIT, %eax
	jnc other_than_sse
	clts
	incq nm_state + NM_NR_HANDLED(%rip)
	restore
	iretq
end_function nm_handle_sse

/* What was read goes into the evidence, the exception to whoever had the gate before. */
other_than_tile:
	movl $MSR_IA32_XFD_ERR, %ecx
	rdmsr
	shlq $32, %rdx
	orq %rdx, %rax
	movq nm_state + NM_XFD_ERR_SEEN(%rip), %rcx
	movq %rax, (%rcx)
other_than_sse:
	movq %cr0, %rax
	shrl $CR0_TS_BIT, %eax
	andl $1, %eax
	movq nm_state + NM_CR0_TS_SEEN(%rip), %rcx
	movq %rax, (%rcx)
	restore
	jmp *nm_state + NM_NEXT(%rip)

	.bss
	.balign 64
	.globl nm_state
	.type nm_state, @object
nm_state:
	.skip NM_CR0_TS_SEEN + 8
	.size nm_state, . - nm_state

	.section .note.GNU-stack, "", @progbits
