// SPDX-License-Identifier: MIT
/*
 * xgetbv.c - what does it cost to ask which components are in use?
 *
 * Asks:     the price of XGETBV(1), the basis of the idea to mask RFBM with XINUSE before a save.
 * Times:    N XGETBV with ECX=1, everything init.
 * Includes: the instruction.
 * Excludes: the loop.
 * Valid if: the answer is 0 in the ordinary components after they were restored to init (less those
 *           that the processor does not track, which the flag xinuse-untracked tells).
 */
#include "bench/cases/live.h"

static void run_xinuse(struct fpb_run *run)
{
	live_load(run, run->scratch, 0);
	FPB_TIMED_LOOP(run, (void)xgetbv(1));
	fpb_observe(run, ABI_EVIDENCE_XINUSE, xgetbv(1) & live_rfbm(run), live_xinuse(run, 0));
}

static const struct fpb_bench xgetbv_xinuse = {
	.name = "xgetbv/xinuse",
	.title = "XGETBV(1): which components are in use",
	.needs = FPB_NEED_XSAVE | FPB_NEED_XGETBV1,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_xinuse),
	.host = HOST_FN(run_xinuse),
};

const struct fpb_bench *const family_xgetbv[] = { &xgetbv_xinuse, NULL };
