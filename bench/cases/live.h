/* SPDX-License-Identifier: MIT */
/*
 * live.h - the axis "which components are live", shared by the families that have it.
 *
 * A value's number is the XINUSE it stands for; LIVE_FULL stands for every ordinary component that
 * XCR0 enables.
 */
#ifndef BENCH_CASES_LIVE_H
#define BENCH_CASES_LIVE_H

#include "bench/bench.h"
#include "guest/x86/xstate.h"

#define LIVE_FULL (~0ull)

static const struct fpb_value live_sets[] __attribute__((unused)) = {
	{ .name = "init", .number = 0 },
	{ .name = "sse", .number = XFEATURE_SSE, .needs = FPB_NEED_XSAVE },
	{ .name = "avx", .number = XFEATURE_AVX, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX },
	{ .name = "avx512", .number = XFEATURE_AVX512, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX512 },
	{ 0 },
};

/* The same where the guest's tiles can be live, and where those of a task can. */
static const struct fpb_value guest_live_sets[] __attribute__((unused)) = {
	{ .name = "init", .number = 0 },
	{ .name = "sse", .number = XFEATURE_SSE, .needs = FPB_NEED_XSAVE },
	{ .name = "avx", .number = XFEATURE_AVX, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX },
	{ .name = "avx512", .number = XFEATURE_AVX512, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX512 },
	{
		.name = "amx",
		.number = XFEATURE_AMX,
		.needs = FPB_NEED_XSAVE | FPB_NEED_AMX_GUEST,
		.informational = true,
	},
	{ 0 },
};

static const struct fpb_value task_live_sets[] __attribute__((unused)) = {
	{ .name = "init", .number = 0 },
	{ .name = "sse", .number = XFEATURE_SSE, .needs = FPB_NEED_XSAVE },
	{ .name = "avx", .number = XFEATURE_AVX, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX },
	{ .name = "avx512", .number = XFEATURE_AVX512, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX512 },
	{
		.name = "amx",
		.number = XFEATURE_AMX,
		.needs = FPB_NEED_XSAVE | FPB_NEED_AMX_TASK,
		.informational = true,
	},
	{ 0 },
};

/* Components that are live only where a row says so by name. */
#define LIVE_SPECIAL (XFEATURE_PKRU | XFEATURE_AMX)

static inline uint64_t live_mask(const struct fpb_run *run, uint64_t number)
{
	if (number == LIVE_FULL)
		return run->xfeatures & XSTATE_ORDINARY;
	return number & run->xfeatures & (XSTATE_ORDINARY | LIVE_SPECIAL);
}

/* Requested-feature bitmap of a row: what XCR0 enables, PKRU and AMX left out (xstate.h). */
static inline uint64_t live_rfbm(const struct fpb_run *run)
{
	return run->xfeatures & XSTATE_ORDINARY;
}

/* The same with PKRU or AMX where the row is about them. */
static inline uint64_t live_rfbm_of(const struct fpb_run *run, uint64_t live)
{
	return live_rfbm(run) | (live & LIVE_SPECIAL);
}

/*
 * XINUSE as this processor reads back a state with the components of `live` in use: it need not
 * track the others (SDM volume 1, 13.6; QEMU's TCG tracks none).
 */
static inline uint64_t live_xinuse(const struct fpb_run *run, uint64_t live)
{
	return live | (run->always_in_use & live_rfbm_of(run, live));
}

/*
 * Loads exactly `live` into the registers, everything else init; PKRU stays where `live` lacks it.
 * Uses XSTATE_AREA_BYTES at `area`. Without XSAVE it does nothing: a fresh vCPU's state is init.
 * Tiles made init are no #NM, whatever IA32_XFD says (SDM vol. 1 section 13.14).
 */
static inline void live_load(const struct fpb_run *run, void *area, uint64_t live)
{
	if (!run->xfeatures)
		return;
	xstate_fill(area, run->xstate, live, 1);
	xrstor(area, live_rfbm_of(run, live) | (run->xfeatures & XFEATURE_AMX));
}

/*
 * XSTATE_BV as a row through the kernel may expect it. Once the kernel saved and restored this
 * state, some processors hold SSE in use although every XMM register is zero (seen: XSTATE_BV[1]
 * set after a context switch on AMD family 25), so that bit is judged only where SSE is meant to be
 * live. The raw reading goes into evidence `xinuse`.
 */
static inline void live_observe(struct fpb_run *run, enum abi_evidence_id id, uint64_t xstate_bv,
				uint64_t live)
{
	const uint64_t judged = live_rfbm_of(run, live) & ~(live & XFEATURE_SSE ? 0 : XFEATURE_SSE);

	fpb_observe(run, id, xstate_bv & judged, live_xinuse(run, live) & judged);
}

#endif
