/* SPDX-License-Identifier: MIT */
/*
 * start.S - entry point and trap stubs of the payload.
 *
 * The VMM has set up long mode, a stack and the IDT; RDI holds the ring.
 */
	.text
	.globl _start
_start:
	xorl %ebp, %ebp
	call payload_main
1:	jmp 1b /* never returns */

/*
 * One stub per vector. Those without an error code push 0, so that the frame below is uniform
 * (SDM vol. 3A, table 6-1: error codes with 8, 10..14, 17, 21, 29, 30).
 */
	.set TRAP_STUB_BYTES, 16 /* trap.h has it too; tests/guest compares */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 32
	.balign TRAP_STUB_BYTES
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

/* struct trap_frame of trap.h, lowest address first. */
trap_common:
	cld
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	call payload_trap
	movq %rbp, %rsp
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
