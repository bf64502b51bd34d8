// SPDX-License-Identifier: MIT
/*
 * xsave.c - what do the XSAVE and XRSTOR instructions cost by live state?
 *
 * Asks:     cost of one save or restore, keyed by (RFBM, XINUSE): how much does more live state
 *           cost, and what do the init and modified optimisations save?
 * Times:    N executions of the instruction with RFBM = XCR0 without PKRU and AMX. reuse=same: on
 *           one buffer that was restored from before, the optimistic floor. reuse=switch: two
 *           buffers in turn; saves find every live component modified since the last one.
 * Includes: the instruction, its memory traffic to a warm buffer.
 * Excludes: the loop and, for reuse=switch, choosing the buffer and modifying the registers: a
 *           control loop that does only that is subtracted.
 * Valid if: XSTATE_BV (and XCOMP_BV for the compacted formats) read back equal the row's key;
 *           after restores XINUSE equals it and the registers hold what the buffer held.
 */
#include "bench/cases/live.h"

static const struct fpb_value states[] = {
	{ .name = "init", .number = 0 },
	{ .name = "x87", .number = XFEATURE_X87, .informational = true },
	{ .name = "sse", .number = XFEATURE_SSE },
	{ .name = "avx", .number = XFEATURE_AVX, .needs = FPB_NEED_AVX },
	{ .name = "avx512", .number = XFEATURE_AVX512, .needs = FPB_NEED_AVX512 },
	{ .name = "full", .number = LIVE_FULL, .informational = true },
	{ 0 },
};

enum reuse { REUSE_SAME, REUSE_SWITCH };

static const struct fpb_value reuses[] = {
	{ .name = "same", .number = REUSE_SAME, .informational = true },
	{ .name = "switch", .number = REUSE_SWITCH },
	{ 0 },
};

enum { AXIS_STATE, AXIS_REUSE };

enum op { OP_XSAVE, OP_XSAVEC, OP_XSAVEOPT, OP_XSAVES, OP_XRSTOR, OP_XRSTORS };

/* In scratch: the operation's two buffers, the source image, what the registers held at the end. */
static uint8_t *buffer(struct fpb_run *run, unsigned int nr)
{
	return run->scratch + nr * (size_t)XSTATE_AREA_BYTES;
}

#define NR_BUFFERS 4
enum { BUFFER_A, BUFFER_B, BUFFER_SOURCE, BUFFER_CHECK };
_Static_assert(XSTATE_AREA_BYTES *NR_BUFFERS <= ABI_SCRATCH_BYTES, "scratch memory");

/*
 * Writes one register of every live component, so that the modified optimisation does not apply.
 * One block of assembly with its branches inside: the compiler must not unswitch the timed loops by
 * them, which would spoil the distances of the layout copies.
 */
static inline __attribute__((always_inline)) void modify(uint64_t live)
{
	__asm__ volatile("bt $0, %0\n\t" /* x87 */
			 "jnc 1f\n\t"
			 "fchs\n"
			 "1:\tbt $7, %0\n\t" /* Hi16_ZMM */
			 "jnc 1f\n\t"
			 "vpternlogd $0xff, %%zmm16, %%zmm16, %%zmm16\n"
			 "1:\tbt $5, %0\n\t" /* opmask */
			 "jnc 1f\n\t"
			 "kxnorq %%k1, %%k1, %%k1\n"
			 "1:\tbt $6, %0\n\t" /* ZMM_Hi256, and with it YMM and XMM */
			 "jnc 1f\n\t"
			 "vpternlogd $0xff, %%zmm0, %%zmm0, %%zmm0\n\t"
			 "jmp 3f\n"
			 "1:\tbt $2, %0\n\t" /* YMM, and with it XMM */
			 "jnc 2f\n\t"
			 "vpcmpeqd %%xmm0, %%xmm0, %%xmm0\n\t"
			 "vinsertf128 $1, %%xmm0, %%ymm0, %%ymm0\n\t"
			 "jmp 3f\n"
			 "2:\tbt $1, %0\n\t" /* XMM */
			 "jnc 3f\n\t"
			 "pcmpeqd %%xmm0, %%xmm0\n"
			 "3:"
			 :
			 : "r"(live)
			 : "cc", "memory");
}

#define TIME_SAME(insn) FPB_TIMED_LOOP(run, insn(a, rfbm))
#define TIME_SWITCH_SAVE(insn)                                                                     \
	FPB_TIMED_LOOP(run, modify(live); insn(a, rfbm); other = a; a = b; b = other)
#define TIME_SWITCH_RESTORE(insn) FPB_TIMED_LOOP(run, insn(a, rfbm); other = a; a = b; b = other)

static bool is_restore(enum op op)
{
	return op == OP_XRSTOR || op == OP_XRSTORS;
}

static void time_save(struct fpb_run *run, uint8_t *a, uint8_t *b, uint64_t rfbm, uint64_t live)
{
	const bool same = run->value[AXIS_REUSE] == REUSE_SAME;
	uint8_t *other;

	switch (run->bench->number) {
	case OP_XSAVE:
		if (same)
			TIME_SAME(xsave);
		else
			TIME_SWITCH_SAVE(xsave);
		break;
	case OP_XSAVEC:
		if (same)
			TIME_SAME(xsavec);
		else
			TIME_SWITCH_SAVE(xsavec);
		break;
	case OP_XSAVEOPT:
		if (same)
			TIME_SAME(xsaveopt);
		else
			TIME_SWITCH_SAVE(xsaveopt);
		break;
	default:
		if (same)
			TIME_SAME(xsaves);
		else
			TIME_SWITCH_SAVE(xsaves);
		break;
	}
}

static void time_restore(struct fpb_run *run, uint8_t *a, uint8_t *b, uint64_t rfbm)
{
	const bool same = run->value[AXIS_REUSE] == REUSE_SAME;
	uint8_t *other;

	if (run->bench->number == OP_XRSTOR) {
		if (same)
			TIME_SAME(xrstor);
		else
			TIME_SWITCH_RESTORE(xrstor);
	} else {
		if (same)
			TIME_SAME(xrstors);
		else
			TIME_SWITCH_RESTORE(xrstors);
	}
}

/* Puts the live registers into buffer `area` in the format that `op` saves or restores. */
static void save_once(enum op op, uint8_t *area, uint64_t rfbm)
{
	switch (op) {
	case OP_XSAVEC:
		xsavec(area, rfbm);
		break;
	case OP_XSAVEOPT:
		xsaveopt(area, rfbm);
		break;
	case OP_XSAVES:
	case OP_XRSTORS:
		xsaves(area, rfbm);
		break;
	default:
		xsave(area, rfbm);
		break;
	}
}

/* Restoring from the very buffer is what arms the modified optimisation (SDM vol. 1, 13.8). */
static void restore_once(enum op op, const uint8_t *area, uint64_t rfbm)
{
	if (op == OP_XSAVES || op == OP_XRSTORS)
		xrstors(area, rfbm);
	else
		xrstor(area, rfbm);
}

static void check_save(struct fpb_run *run, const uint8_t *area, uint64_t rfbm, uint64_t live)
{
	const struct xsave_area *header = (const void *)area;

	fpb_note(run, ABI_EVIDENCE_RFBM, rfbm);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, header->xstate_bv & rfbm, live);
	if (run->bench->number == OP_XSAVEC || run->bench->number == OP_XSAVES)
		fpb_observe(run, ABI_EVIDENCE_XCOMP_BV, header->xcomp_bv & ~XCOMP_BV_COMPACTED,
			    rfbm);
}

static void check_restore(struct fpb_run *run, uint64_t rfbm, uint64_t live)
{
	struct xsave_area *now = (void *)buffer(run, BUFFER_CHECK);
	const uint8_t *source = buffer(run, BUFFER_SOURCE);

	xsave(now, rfbm);
	fpb_note(run, ABI_EVIDENCE_RFBM, rfbm);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv & rfbm, live);
	fpb_observe(run, ABI_EVIDENCE_REGISTERS, xstate_checksum(now, run->xstate, live) >> 1,
		    xstate_checksum(source, run->xstate, live) >> 1);
}

static void run_instruction(struct fpb_run *run)
{
	const enum op op = (enum op)run->bench->number;
	const uint64_t rfbm = live_rfbm(run);
	const uint64_t live = live_mask(run, run->value[AXIS_STATE]);
	uint8_t *a = buffer(run, BUFFER_A), *b = buffer(run, BUFFER_B);

	xstate_fill(a, run->xstate, 0, 1);
	xstate_fill(b, run->xstate, 0, 1);
	live_load(run, buffer(run, BUFFER_SOURCE), live);
	save_once(op, b, rfbm);
	save_once(op, a, rfbm);
	restore_once(op, a, rfbm);
	FPB_HERE(run);
	if (is_restore(op)) {
		time_restore(run, a, b, rfbm);
		check_restore(run, rfbm, live);
	} else {
		time_save(run, a, b, rfbm, live);
		check_save(run, a, rfbm, live);
	}
	/* No upper halves or x87 registers left behind for whoever runs next in this thread. */
	live_load(run, buffer(run, BUFFER_SOURCE), 0);
}

/* As if the instruction used the pointer. */
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer))

/* What reuse=switch does besides the instruction; for reuse=same the empty loop. */
static void run_control(struct fpb_run *run)
{
	const uint64_t live = live_mask(run, run->value[AXIS_STATE]);
	uint8_t *a = buffer(run, BUFFER_A), *b = buffer(run, BUFFER_B), *other;

	if (run->value[AXIS_REUSE] == REUSE_SAME) {
		fpb_null_loop(run);
		return;
	}
	live_load(run, buffer(run, BUFFER_SOURCE), live);
	if (is_restore((enum op)run->bench->number))
		FPB_TIMED_LOOP(run, KEEP(a); other = a; a = b; b = other);
	else
		FPB_TIMED_LOOP(run, modify(live); KEEP(a); other = a; a = b; b = other);
	live_load(run, buffer(run, BUFFER_SOURCE), 0);
}

static const struct fpb_bench xsave_xsave = {
	.name = "xsave/xsave",
	.title = "XSAVE: standard format, init components skipped in memory only",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE,
	.number = OP_XSAVE,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
};

static const struct fpb_bench xsave_xsavec = {
	.name = "xsave/xsavec",
	.title = "XSAVEC: compacted format, init optimisation",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVEC,
	.number = OP_XSAVEC,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
};

static const struct fpb_bench xsave_xsaveopt = {
	.name = "xsave/xsaveopt",
	.title = "XSAVEOPT: standard format, init and modified optimisations",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVEOPT,
	.number = OP_XSAVEOPT,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
};

static const struct fpb_bench xsave_xsaves = {
	.name = "xsave/xsaves",
	.title = "XSAVES: what the kernel saves with, init and modified optimisations",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVES,
	.rings = FPB_RING0,
	.number = OP_XSAVES,
	.gate = true,
	.guest = GUEST_FN(run_instruction),
	.control = run_control,
};

static const struct fpb_bench xsave_xrstor = {
	.name = "xsave/xrstor",
	.title = "XRSTOR from standard format",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE,
	.number = OP_XRSTOR,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
};

static const struct fpb_bench xsave_xrstors = {
	.name = "xsave/xrstors",
	.title = "XRSTORS from compacted format: what the kernel restores with",
	.axes = { { "state", states }, { "reuse", reuses } },
	.product = true,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVES,
	.rings = FPB_RING0,
	.number = OP_XRSTORS,
	.gate = true,
	.guest = GUEST_FN(run_instruction),
	.control = run_control,
};

const struct fpb_bench *const family_xsave[] = {
	&xsave_xsave,	&xsave_xsavec, &xsave_xsaveopt, &xsave_xsaves, &xsave_xrstor,
	&xsave_xrstors, NULL,
};
