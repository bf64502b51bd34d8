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

static inline uint64_t live_mask(const struct fpb_run *run, uint64_t number)
{
	const uint64_t ordinary = run->xfeatures & XSTATE_ORDINARY;

	return number == LIVE_FULL ? ordinary : number & ordinary;
}

/* Requested-feature bitmap of a row: what XCR0 enables, PKRU and AMX left out (xstate.h). */
static inline uint64_t live_rfbm(const struct fpb_run *run)
{
	return run->xfeatures & XSTATE_ORDINARY;
}

/*
 * XINUSE as this processor reads back a state with the components of `live` in use: it need not
 * track the others (SDM volume 1, 13.6; QEMU's TCG tracks none).
 */
static inline uint64_t live_xinuse(const struct fpb_run *run, uint64_t live)
{
	return live | (run->always_in_use & live_rfbm(run));
}

/*
 * Loads exactly `live` into the registers, everything else init. Uses XSTATE_AREA_BYTES at `area`.
 * Without XSAVE it does nothing: a fresh vCPU's state is init.
 */
static inline void live_load(const struct fpb_run *run, void *area, uint64_t live)
{
	if (!run->xfeatures)
		return;
	xstate_fill(area, run->xstate, live, 1);
	xrstor(area, live_rfbm(run));
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
	const uint64_t judged = live_rfbm(run) & ~(live & XFEATURE_SSE ? 0 : XFEATURE_SSE);

	fpb_observe(run, id, xstate_bv & judged, live_xinuse(run, live) & judged);
}

#endif
