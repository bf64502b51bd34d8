// SPDX-License-Identifier: MIT
/*
 * xsetbv.c - what does a guest's XSETBV cost?
 *
 * Asks:     the round trip of a guest write to XCR0, with the value it has and with another.
 * Times:    N XSETBV at CPL 0; change: between all features and x87 with SSE alone.
 * Includes: the exit: XSETBV always exits on VMX, and KVM intercepts it on SVM too.
 * Excludes: -
 * Valid if: KVM counts one exit per operation (and one at the end of each batch of change), where it
 *           counts them; XCR0 read back is what was written last.
 */
#include "bench/cases/exits.h"
#include "bench/cases/live.h"

static void run_same(struct fpb_run *run)
{
	const uint64_t xcr0 = xgetbv(0);

	FPB_TIMED_LOOP(run, xsetbv(0, xcr0));
	fpb_observe(run, ABI_EVIDENCE_XCR0, xgetbv(0), xcr0);
}

static void run_change(struct fpb_run *run)
{
	const uint64_t all = xgetbv(0);
	uint64_t now = XFEATURE_X87 | XFEATURE_SSE, next = all, other;

	FPB_TIMED_LOOP(run, xsetbv(0, now); other = now; now = next; next = other);
	/* `next` is what was written last. */
	fpb_observe(run, ABI_EVIDENCE_XCR0, xgetbv(0), next);
	xsetbv(0, all);
}

static void one_exit_each(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, 0);
}

/* Each batch ends with one more, which puts all features back. */
static void one_exit_each_and_one(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, 1);
}

static const struct fpb_bench xsetbv_same = {
	.name = "xsetbv/same",
	.title = "XSETBV with the value XCR0 has",
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSETBV,
	.gate = true,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_same),
	.verify = HOST_FN(one_exit_each),
};

static const struct fpb_bench xsetbv_change = {
	.name = "xsetbv/change",
	.title = "XSETBV between all features and x87 with SSE",
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSETBV,
	.gate = true,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_change),
	.verify = HOST_FN(one_exit_each_and_one),
};

const struct fpb_bench *const family_xsetbv[] = { &xsetbv_same, &xsetbv_change, NULL };
