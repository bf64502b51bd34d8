/* SPDX-License-Identifier: MIT */
/* The linked payload as read-only data of the host binary: fpb_payload_elf .. fpb_payload_elf_end. */
	.section .rodata
	.balign 64
	.globl fpb_payload_elf, fpb_payload_elf_end
fpb_payload_elf:
	.incbin FPB_PAYLOAD_FILE
fpb_payload_elf_end:

	.section .note.GNU-stack, "", @progbits
