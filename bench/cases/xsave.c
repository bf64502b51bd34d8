// SPDX-License-Identifier: MIT
/*
 * xsave.c - what do the XSAVE and XRSTOR instructions cost by live state?
 *
 * Asks:     cost of one save or restore, keyed by (RFBM, XINUSE): how much does more live state
 *           cost, and what do the init and modified optimisations and a warm cache save?
 * Times:    N executions of the instruction with RFBM = XCR0 without PKRU and AMX; rows that are
 *           about these, or about a supervisor state, add it. reuse=same: on one buffer that was
 *           restored from before, the optimistic floor. reuse=switch: two buffers in turn; saves
 *           find every live component modified since the last one.
 *           cache=cold: NR_COLD executions, each on a buffer that was flushed from the caches.
 *           xfd=set: with IA32_XFD[18]=1, RFBM has AMX and the tiles are init: XSAVES does not fault
 *           and saves them as init.
 * Includes: the instruction and its memory traffic.
 * Excludes: the loop, choosing the buffer and modifying the registers: a control loop that does
 *           only that is subtracted. Flushing comes before the first TSC read.
 * Valid if: XSTATE_BV (and XCOMP_BV for the compacted formats) read back equal the row's key;
 *           after restores, which begin with other contents, XINUSE equals it and the registers
 *           hold what the buffer held. Whether the modified optimisation applies is found by
 *           poisoning the buffer behind the processor's back, and noted.
 */
#include "bench/cases/live.h"
#include "guest/x86/msr.h"
#include "host/vmm/vcpu.h"

#define STATE(state, component, need)                                                              \
	{                                                                                          \
		.name = (state), .number = (component), .needs = FPB_NEED_XINUSE | (need)          \
	}
#define STATE_UNJUDGED(state, component, need)                                                     \
	{                                                                                          \
		.name = (state), .number = (component), .needs = FPB_NEED_XINUSE | (need),         \
		.informational = true                                                              \
	}
#define FULL_STATE                                                                                 \
	{                                                                                          \
		.name = "full", .number = LIVE_FULL, .informational = true                         \
	}

/* What XSAVE can name. */
static const struct fpb_value user_states[] = {
	STATE("init", 0, 0),
	STATE_UNJUDGED("x87", XFEATURE_X87, 0),
	STATE("sse", XFEATURE_SSE, 0),
	STATE("avx", XFEATURE_AVX, FPB_NEED_AVX),
	STATE("avx512", XFEATURE_AVX512, FPB_NEED_AVX512),
	STATE_UNJUDGED("pkru", XFEATURE_PKRU, FPB_NEED_PKU),
	STATE_UNJUDGED("amx", XFEATURE_AMX, FPB_NEED_AMX_TASK),
	FULL_STATE,
	{ 0 },
};

/* The same and what only XSAVES can. */
static const struct fpb_value all_states[] = {
	STATE("init", 0, 0),
	STATE_UNJUDGED("x87", XFEATURE_X87, 0),
	STATE("sse", XFEATURE_SSE, 0),
	STATE("avx", XFEATURE_AVX, FPB_NEED_AVX),
	STATE("avx512", XFEATURE_AVX512, FPB_NEED_AVX512),
	STATE_UNJUDGED("pkru", XFEATURE_PKRU, FPB_NEED_PKU),
	STATE_UNJUDGED("cet_u", XFEATURE_CET_U, FPB_NEED_CET_U),
	STATE_UNJUDGED("cet_s", XFEATURE_CET_S, FPB_NEED_CET_S),
	STATE_UNJUDGED("amx", XFEATURE_AMX, FPB_NEED_AMX_TASK),
	FULL_STATE,
	{ 0 },
};

enum reuse { REUSE_SAME, REUSE_SWITCH };

static const struct fpb_value reuses[] = {
	{ .name = "same", .number = REUSE_SAME, .informational = true },
	{ .name = "switch", .number = REUSE_SWITCH },
	{ 0 },
};

/* Operations of a cold batch: one per flushed buffer. */
#define NR_COLD 64

enum cache { CACHE_HOT, CACHE_COLD };

static const struct fpb_value caches[] = {
	{ .name = "hot", .number = CACHE_HOT },
	{ .name = "cold", .number = CACHE_COLD, .needs = FPB_NEED_TIME, .oneshot = NR_COLD },
	{ 0 },
};

enum xfd { XFD_CLEAR, XFD_SET };

static const struct fpb_value xfd_states[] = {
	{ .name = "clear", .number = XFD_CLEAR },
	{
		.name = "set",
		.number = XFD_SET,
		.needs = FPB_NEED_AMX_GUEST,
		.rings = FPB_RING0,
		.informational = true,
	},
	{ 0 },
};

enum { AXIS_STATE, AXIS_REUSE, AXIS_CACHE, AXIS_XFD };

/*
 * A cold buffer is a fresh one by itself: reuse has no meaning there. Tiles under XFD are init, and
 * nothing else is of interest then.
 */
static bool has_meaning(const struct fpb_value *const value[ABI_MAX_AXES])
{
	if (value[AXIS_XFD] && value[AXIS_XFD]->number == XFD_SET)
		return !value[AXIS_STATE]->number && value[AXIS_REUSE]->number == REUSE_SAME &&
		       value[AXIS_CACHE]->number == CACHE_HOT;
	return value[AXIS_CACHE]->number == CACHE_HOT || value[AXIS_REUSE]->number == REUSE_SAME;
}

enum op { OP_XSAVE, OP_XSAVEC, OP_XSAVEOPT, OP_XSAVES, OP_XRSTOR, OP_XRSTORS };

/* In scratch: the operation's two buffers, the source image, what the registers held at the end. */
static uint8_t *buffer(struct fpb_run *run, unsigned int nr)
{
	return run->scratch + nr * (size_t)XSTATE_AREA_BYTES;
}

#define NR_BUFFERS 4
enum { BUFFER_A, BUFFER_B, BUFFER_SOURCE, BUFFER_CHECK };

/* Behind them the cold ones; AMX's 11008 bytes are the most a component set needs so far. */
#define COLD_STRIDE 12288u
#define CACHE_LINE  64u
_Static_assert(NR_BUFFERS *(XSTATE_AREA_BYTES) + NR_COLD * COLD_STRIDE <= ABI_SCRATCH_BYTES,
	       "scratch memory");

#define CET (XFEATURE_CET_U | XFEATURE_CET_S)

static uint64_t live_of(const struct fpb_run *run)
{
	const uint64_t number = run->value[AXIS_STATE];

	return number != LIVE_FULL && number & CET ? number & run->supervisor
						   : live_mask(run, number);
}

static uint64_t rfbm_of(const struct fpb_run *run)
{
	const uint64_t live = live_of(run);
	const uint64_t tiles = run->value[AXIS_XFD] == XFD_SET ? run->xfeatures & XFEATURE_AMX : 0;

	return live_rfbm_of(run, live) | (live & CET) | tiles;
}

/* Of all of CET_U and CET_S these two stack pointers can be set whatever else the processor has. */
#define SSP_LIVE 0x7ffff000ull

static void write_cet(uint64_t live, uint64_t value)
{
	if (live & XFEATURE_CET_U)
		wrmsr(MSR_IA32_PL3_SSP, value);
	if (live & XFEATURE_CET_S)
		wrmsr(MSR_IA32_PL0_SSP, value);
}

/* What to put back at the end: a thread without its PKRU is not as it was found. */
static uint32_t save_pkru(uint64_t live)
{
	return live & XFEATURE_PKRU ? rdpkru() : 0;
}

static void make_live(struct fpb_run *run, uint64_t live)
{
	live_load(run, buffer(run, BUFFER_SOURCE), live & ~CET);
	write_cet(live, SSP_LIVE);
}

/* The same components with other contents; BUFFER_SOURCE keeps those of make_live(). */
static void make_other(struct fpb_run *run, uint64_t live)
{
	live_load(run, buffer(run, BUFFER_CHECK), 0);
	write_cet(live, 0);
	if (live & XFEATURE_PKRU)
		wrpkru(PKRU_LINUX);
}

/* No upper halves, tiles or x87 registers left behind for whoever runs next in this thread. */
static void make_init(struct fpb_run *run, uint64_t live, uint32_t pkru)
{
	live_load(run, buffer(run, BUFFER_SOURCE), 0);
	write_cet(live, 0);
	if (live & XFEATURE_PKRU)
		wrpkru(pkru);
}

/*
 * Writes one register of every live component, so that the modified optimisation does not apply.
 * One block of assembly with its branches inside: the compiler must not unswitch the timed loops by
 * them, which would spoil the distances of the layout copies.
 */
static inline __attribute__((always_inline)) void modify(uint64_t live)
{
	__asm__ volatile("bt $9, %0\n\t" /* PKRU: from PKRU_LINUX to PKRU_OTHER and back */
			 "jnc 1f\n\t"
			 "xorl %%ecx, %%ecx\n\t"
			 "rdpkru\n\t"
			 "xorl $0xfffffffc, %%eax\n\t"
			 "wrpkru\n"
			 "1:\tbt $11, %0\n\t" /* CET_U: IA32_PL3_SSP */
			 "jnc 1f\n\t"
			 "movl $0x6a7, %%ecx\n\t"
			 "rdmsr\n\t"
			 "xorl $0x1000, %%eax\n\t"
			 "wrmsr\n"
			 "1:\tbt $12, %0\n\t" /* CET_S: IA32_PL0_SSP */
			 "jnc 1f\n\t"
			 "movl $0x6a4, %%ecx\n\t"
			 "rdmsr\n\t"
			 "xorl $0x1000, %%eax\n\t"
			 "wrmsr\n"
			 "1:\tbt $18, %0\n\t" /* XTILEDATA: TMM0 of eight */
			 "jnc 1f\n\t" TILEZERO0 "\n"
			 "1:\tbt $0, %0\n\t" /* x87 */
			 "jnc 1f\n\t"
			 "fchs\n"
			 "1:\tbt $7, %0\n\t" /* Hi16_ZMM */
			 "jnc 1f\n\t"
			 "vpternlogd $0xff, %%zmm16, %%zmm16, %%zmm16\n"
			 "1:\tbt $5, %0\n\t" /* opmask */
			 "jnc 1f\n\t"
			 "kxnorw %%k1, %%k1, %%k1\n"
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
			 : "rax", "rcx", "rdx", "cc", "memory");
}

#define TIME_SAME(insn) FPB_TIMED_LOOP(run, insn(a, rfbm))
#define TIME_SWITCH_SAVE(insn)                                                                     \
	FPB_TIMED_LOOP(run, modify(live); insn(a, rfbm); other = a; a = b; b = other)
#define TIME_SWITCH_RESTORE(insn) FPB_TIMED_LOOP(run, insn(a, rfbm); other = a; a = b; b = other)
#define TIME_COLD(insn)		  FPB_TIMED_LOOP(run, insn(a, rfbm); a += COLD_STRIDE)

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

static void time_cold(struct fpb_run *run, uint8_t *a, uint64_t rfbm)
{
	switch (run->bench->number) {
	case OP_XSAVE:
		TIME_COLD(xsave);
		break;
	case OP_XSAVEC:
		TIME_COLD(xsavec);
		break;
	case OP_XSAVEOPT:
		TIME_COLD(xsaveopt);
		break;
	case OP_XSAVES:
		TIME_COLD(xsaves);
		break;
	case OP_XRSTOR:
		TIME_COLD(xrstor);
		break;
	default:
		TIME_COLD(xrstors);
		break;
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

	fpb_note(run, ABI_EVIDENCE_RFBM, rfbm);
	if (live & CET) {
		/* The standard format has no place for it; its registers can be read. */
		xsaves(now, rfbm);
		fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv & rfbm, live);
		fpb_observe(run, ABI_EVIDENCE_REGISTERS,
			    rdmsr(live & XFEATURE_CET_U ? MSR_IA32_PL3_SSP : MSR_IA32_PL0_SSP),
			    SSP_LIVE);
		return;
	}
	xsave(now, rfbm);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv & rfbm, live);
	fpb_observe(run, ABI_EVIDENCE_REGISTERS, xstate_checksum(now, run->xstate, live) >> 1,
		    xstate_checksum(source, run->xstate, live) >> 1);
}

/*
 * Does a save leave alone what did not change? Poison one byte of the buffer after restoring from
 * it: if it is still there after the save, the modified optimisation was at work.
 */
static void note_modified_optimisation(struct fpb_run *run, uint8_t *area, uint64_t rfbm,
				       uint64_t live)
{
	const enum op op = (enum op)run->bench->number;
	unsigned int lowest;
	uint8_t *byte, planted;

	if (!live || (op != OP_XSAVEOPT && op != OP_XSAVES))
		return;
	lowest = (unsigned int)__builtin_ctzll(live);
	byte = area + (op == OP_XSAVES && lowest >= 2 ? xstate_compacted_offset(rfbm, lowest)
						      : run->xstate[lowest].offset);
	xstate_fill(area, run->xstate, 0, 1);
	save_once(op, area, rfbm);
	restore_once(op, area, rfbm);
	if (run->value[AXIS_REUSE] == REUSE_SWITCH)
		modify(live);
	*byte ^= 0xff;
	planted = *byte;
	save_once(op, area, rfbm);
	fpb_note(run, ABI_EVIDENCE_MODIFIED, *byte == planted);
}

static uint8_t *cold_buffer(struct fpb_run *run, unsigned int i)
{
	return buffer(run, NR_BUFFERS) + i * (size_t)COLD_STRIDE;
}

static void clear_cold_buffers(struct fpb_run *run)
{
	for (unsigned int i = 0; i < NR_COLD; i++) {
		for (size_t at = 0; at < sizeof(struct xsave_area); at++)
			cold_buffer(run, i)[at] = 0;
	}
}

static void save_to_cold_buffers(struct fpb_run *run, enum op op, uint64_t rfbm)
{
	for (unsigned int i = 0; i < NR_COLD; i++)
		save_once(op, cold_buffer(run, i), rfbm);
}

static void flush_cold_buffers(struct fpb_run *run)
{
	uint8_t *const first = cold_buffer(run, 0);

	for (size_t at = 0; at < NR_COLD * (size_t)COLD_STRIDE; at += CACHE_LINE)
		__asm__ volatile("clflush (%0)" : : "r"(first + at) : "memory");
	__asm__ volatile("mfence" : : : "memory");
}

static void run_cold(struct fpb_run *run)
{
	const enum op op = (enum op)run->bench->number;
	const uint64_t rfbm = rfbm_of(run);
	const uint64_t live = live_of(run);
	const uint32_t pkru = save_pkru(live);

	clear_cold_buffers(run);
	if (is_restore(op)) {
		make_live(run, live);
		save_to_cold_buffers(run, op, rfbm);
		flush_cold_buffers(run);
		FPB_HERE(run);
		make_other(run, live);
		time_cold(run, cold_buffer(run, 0), rfbm);
		check_restore(run, rfbm, live);
	} else {
		/* Flushed first: the less time the state is live, the fewer interrupts find it so. */
		flush_cold_buffers(run);
		make_live(run, live);
		__asm__ volatile("mfence" : : : "memory");
		FPB_HERE(run);
		time_cold(run, cold_buffer(run, 0), rfbm);
		check_save(run, cold_buffer(run, NR_COLD - 1), rfbm, live);
	}
	make_init(run, live, pkru);
}

/* Tiles that are live under IA32_XFD[18] are what crashes some hosts (host/vmm/hazard.h). */
static void set_xfd(const struct fpb_run *run)
{
	if (run->value[AXIS_XFD] != XFD_SET)
		return;
	tilerelease();
	wrmsr(MSR_IA32_XFD, XFD_XTILEDATA);
}

static void clear_xfd(struct fpb_run *run)
{
	if (run->value[AXIS_XFD] != XFD_SET)
		return;
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), XFD_XTILEDATA);
	wrmsr(MSR_IA32_XFD, 0);
}

static void run_hot(struct fpb_run *run)
{
	const enum op op = (enum op)run->bench->number;
	const uint64_t rfbm = rfbm_of(run);
	const uint64_t live = live_of(run);
	const uint32_t pkru = save_pkru(live);
	uint8_t *a = buffer(run, BUFFER_A), *b = buffer(run, BUFFER_B);

	xstate_fill(a, run->xstate, 0, 1);
	xstate_fill(b, run->xstate, 0, 1);
	make_live(run, live);
	set_xfd(run);
	save_once(op, b, rfbm);
	save_once(op, a, rfbm);
	FPB_HERE(run);
	if (is_restore(op)) {
		make_other(run, live);
		time_restore(run, a, b, rfbm);
		check_restore(run, rfbm, live);
	} else {
		restore_once(op, a, rfbm);
		time_save(run, a, b, rfbm, live);
		check_save(run, a, rfbm, live);
		note_modified_optimisation(run, a, rfbm, live);
	}
	clear_xfd(run);
	make_init(run, live, pkru);
}

static void run_instruction(struct fpb_run *run)
{
	if (run->value[AXIS_CACHE] == CACHE_COLD)
		run_cold(run);
	else
		run_hot(run);
}

/* As if the instruction used the pointer. */
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer))

/* What the row does besides the instruction. */
static void run_control(struct fpb_run *run)
{
	const uint64_t live = live_of(run);
	const uint32_t pkru = save_pkru(live);
	uint8_t *a = buffer(run, BUFFER_A), *b = buffer(run, BUFFER_B), *other;

	if (run->value[AXIS_CACHE] == CACHE_COLD) {
		FPB_TIMED_LOOP(run, KEEP(a); a += COLD_STRIDE);
		return;
	}
	if (run->value[AXIS_REUSE] == REUSE_SAME) {
		fpb_null_loop(run);
		return;
	}
	make_live(run, live);
	if (is_restore((enum op)run->bench->number))
		FPB_TIMED_LOOP(run, KEEP(a); other = a; a = b; b = other);
	else
		FPB_TIMED_LOOP(run, modify(live); KEEP(a); other = a; a = b; b = other);
	make_init(run, live, pkru);
}

/* The guest modifies and restores PKRU by its own instructions. */
static int enable_pku(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	return run->vcpu && run->value[AXIS_STATE] == XFEATURE_PKRU
		       ? vcpu_enable_pku(run->vcpu, err)
		       : 0;
}

static const struct fpb_bench xsave_xsave = {
	.name = "xsave/xsave",
	.title = "XSAVE: standard format, init components skipped in memory only",
	.axes = { { "state", user_states }, { "reuse", reuses }, { "cache", caches } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE,
	.number = OP_XSAVE,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

static const struct fpb_bench xsave_xsavec = {
	.name = "xsave/xsavec",
	.title = "XSAVEC: compacted format, init optimisation",
	.axes = { { "state", user_states }, { "reuse", reuses }, { "cache", caches } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVEC,
	.number = OP_XSAVEC,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

static const struct fpb_bench xsave_xsaveopt = {
	.name = "xsave/xsaveopt",
	.title = "XSAVEOPT: standard format, init and modified optimisations",
	.axes = { { "state", user_states }, { "reuse", reuses }, { "cache", caches } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVEOPT,
	.number = OP_XSAVEOPT,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

static const struct fpb_bench xsave_xsaves = {
	.name = "xsave/xsaves",
	.title = "XSAVES: what the kernel saves with, init and modified optimisations",
	.axes = { { "state", all_states },
		  { "reuse", reuses },
		  { "cache", caches },
		  { "xfd", xfd_states } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVES,
	.rings = FPB_RING0,
	.number = OP_XSAVES,
	.gate = true,
	.guest = GUEST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

static const struct fpb_bench xsave_xrstor = {
	.name = "xsave/xrstor",
	.title = "XRSTOR from standard format",
	.axes = { { "state", user_states }, { "reuse", reuses }, { "cache", caches } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE,
	.number = OP_XRSTOR,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_instruction),
	.host = HOST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

static const struct fpb_bench xsave_xrstors = {
	.name = "xsave/xrstors",
	.title = "XRSTORS from compacted format: what the kernel restores with",
	.axes = { { "state", all_states }, { "reuse", reuses }, { "cache", caches } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVES,
	.rings = FPB_RING0,
	.number = OP_XRSTORS,
	.gate = true,
	.guest = GUEST_FN(run_instruction),
	.control = run_control,
	.setup = HOST_FN(enable_pku),
};

const struct fpb_bench *const family_xsave[] = {
	&xsave_xsave,	&xsave_xsavec, &xsave_xsaveopt, &xsave_xsaves, &xsave_xrstor,
	&xsave_xrstors, NULL,
};
