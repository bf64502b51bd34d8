/* SPDX-License-Identifier: MIT */
/* See guest/x86/sled.h. A page range of its own: the host makes it writable to change N. */
	.section .text.fpb_sled, "ax", @progbits
	.balign 4096
	.globl fpb_sled
	.type fpb_sled, @function
fpb_sled:
	.fill 32768, 1, 0xc3
	.size fpb_sled, . - fpb_sled
	.balign 4096

	.section .note.GNU-stack, "", @progbits
