/* SPDX-License-Identifier: MIT */
/* One instruction each that check_vectors.py must catch (bad_*) or let pass (good_*). */
	.text
	.macro function name, instruction:vararg
	.globl \name
	.type \name, @function
\name:
	\instruction
	ret
	.size \name, . - \name
	.endm

	function bad_sse, pxor %xmm0, %xmm0
	function bad_sse_store, movaps %xmm15, (%rdi)
	function bad_avx, vaddps %ymm1, %ymm2, %ymm3
	function bad_avx512, vmovdqu64 %zmm31, (%rdi)
	function bad_avx512_masked, vpaddd %ymm1, %ymm2, %ymm3{%k1}
	function bad_opmask, kmovq %k1, %rax
	function bad_mmx, pxor %mm0, %mm0
	function bad_mmx_end, emms
	function bad_x87, fadd %st(1), %st
	function bad_x87_load, fldl (%rdi)
	function bad_x87_init, fninit
	function bad_x87_control, fnstcw (%rdi)
	function bad_mxcsr, stmxcsr (%rdi)
	function bad_mxcsr_avx, vldmxcsr (%rdi)
	function bad_zeroupper, vzeroupper
	function bad_amx, tilezero %tmm0
	function bad_amx_config, ldtilecfg (%rdi)
	function bad_amx_release, tilerelease
	function good_move, mov %rax, %rbx
	function good_segment, mov %fs:0, %rax
	function good_string, rep movsb
	function good_stack, push %rsp
	function good_lock, lock incl (%rdi)
	function good_xgetbv, xgetbv
	function good_stub, outl %eax, $0xf4

	.section .note.GNU-stack, "", @progbits
