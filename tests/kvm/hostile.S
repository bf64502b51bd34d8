/* SPDX-License-Identifier: MIT */
/* Guests that do not behave; what each does stands in hostile.h, which has these constants too. */
	.set IMAGE, 0x100000
	.set SHARED, 0x20000
	.set SHARED_BYTES, 0x10000
	.set HANDSHAKE_BYTES, 16 /* magic, version, list_hash: image info and shared page begin alike */
	.set VALUE_0, SHARED + 64
	.set NR_DONE, SHARED + 288
	.set DOORBELL, 0xf4

	.section .rodata

	.macro guest name
	.globl hostile_\name, hostile_\name\()_end
hostile_\name:
	.endm
	.macro end name
hostile_\name\()_end:
	.endm

	guest spin
1:	jmp 1b
	end spin

	guest ud2
	ud2
	end ud2

	guest fault
	movl $0x40000000, %eax
	movl (%rax), %eax
	end fault

	guest port
	movl $0xdead, %eax
	outl %eax, $0x80
1:	jmp 1b
	end port

	guest byte
	movb $1, %al
	outb %al, $DOORBELL
1:	jmp 1b
	end byte

	guest input
	inl $DOORBELL, %eax
1:	jmp 1b
	end input

	guest page
	cld
	movl $IMAGE, %esi
	movl $SHARED, %edi
	movl $HANDSHAKE_BYTES, %ecx
	rep movsb
	movl $1, %eax
	outl %eax, $DOORBELL
1:	movl $NR_DONE, %edi
	movl $(SHARED + SHARED_BYTES - NR_DONE), %ecx
	movb $0xff, %al
	rep stosb
	movl VALUE_0, %eax
	outl %eax, $DOORBELL
	jmp 1b
	end page

	.section .note.GNU-stack, "", @progbits
