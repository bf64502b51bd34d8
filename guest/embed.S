/* SPDX-License-Identifier: MIT */
/* The linked payload as read-only data of the host binary: fpb_payload_elf[fpb_payload_elf_bytes]. */
	.section .rodata
	.balign 64
	.globl fpb_payload_elf
fpb_payload_elf:
	.incbin FPB_PAYLOAD_FILE
1:
	.balign 8
	.globl fpb_payload_elf_bytes
fpb_payload_elf_bytes:
	.quad 1b - fpb_payload_elf

	.section .note.GNU-stack, "", @progbits
