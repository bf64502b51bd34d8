/* SPDX-License-Identifier: MIT */
/* A file as read-only data of the host binary: SYMBOL[SYMBOL_bytes], by fpb_embed() of CMake. */
	.section .rodata
	.balign 64
	.globl FPB_EMBED_SYMBOL
FPB_EMBED_SYMBOL:
	.incbin FPB_EMBED_FILE
1:
	.balign 8
	.globl FPB_EMBED_SYMBOL_BYTES
FPB_EMBED_SYMBOL_BYTES:
	.quad 1b - FPB_EMBED_SYMBOL

	.section .note.GNU-stack, "", @progbits
