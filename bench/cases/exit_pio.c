// SPDX-License-Identifier: MIT
/*
 * exit_pio.c - what does it cost to leave the guest with registers in use?
 *
 * Asks:     does the round trip to user space get dearer as more vector state is live, in the guest
 *           (live) or in the VMM's thread (user)?
 * Times:    N OUTs to a port nobody handles in the kernel, inside one TSC pair in the guest.
 * Includes: vmexit, the KVM_RUN return, our empty handler, KVM_RUN, re-entry.
 * Excludes: making the state live: once in the guest before the first TSC read, once in the VMM
 *           before the first KVM_RUN; no vector instruction runs in the VMM afterwards.
 * Valid if: fpu_reload grows by one per KVM_RUN, and there was one KVM_RUN per OUT besides those of
 *           the doorbell; XSTATE_BV in the guest and in the VMM is at the end what the row says
 *           (SSE in use with all registers zero counts as init, see live.h).
 *           Compare exit/pio_kernel, which KVM finishes itself: the difference is the state swap
 *           plus the system call, not the swap alone.
 */
#include "bench/cases/live.h"
#include "bench/cases/xcr0.h"
#include "guest/x86/io.h"
#include "host/vmm/vcpu.h"

enum { AXIS_LIVE, AXIS_USER };

static void run_in_guest(struct fpb_run *run)
{
	uint64_t live;

	xcr0_adopt(run);
	live = live_mask(run, run->value[AXIS_LIVE]);
	live_load(run, run->scratch, live);
	FPB_TIMED_LOOP(run, outl(ABI_PORT_PIO, 0));
	xcr0_observe(run);
	if (run->xfeatures) {
		struct xsave_area *now = (void *)run->scratch;

		xsave(now, live_rfbm(run));
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		fpb_note(run, ABI_EVIDENCE_XINUSE, now->xstate_bv & live_rfbm(run));
	}
}

static void load_user_state(void *arg)
{
	struct fpb_run *run = arg;

	live_load(run, run->scratch, live_mask(run, run->value[AXIS_USER]));
}

static void check_user_state(void *arg)
{
	struct fpb_run *run = arg;
	const uint64_t live = live_mask(run, run->value[AXIS_USER]);
	struct xsave_area *now = (void *)run->scratch;

	if (!run->xfeatures)
		return;
	xsave(now, live_rfbm(run));
	live_observe(run, ABI_EVIDENCE_USER_XSTATE_BV, now->xstate_bv, live);
	live_load(run, run->scratch, 0);
}

static void one_reload_per_exit(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect(proof, "pio_exits", sample->nr_resumed, sample->operations, 0);
	if (sample->has_stats)
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
	fpb_expect_exits(proof, sample, sample->operations + sample->nr_doorbells);
}

static const struct fpb_bench exit_pio = {
	.name = "exit/pio",
	.title = "OUT to user space and back, by live register state",
	.axes = { { "live", live_sets }, { "user", live_sets }, { "xcr0", xcr0_values } },
	.needs = FPB_NEED_PIO_EXIT,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_in_guest),
	.setup = HOST_FN(xcr0_set),
	.prepare = HOST_FN(load_user_state),
	.finish = HOST_FN(check_user_state),
	.verify = HOST_FN(one_reload_per_exit),
};

const struct fpb_bench *const family_exit_pio[] = { &exit_pio, NULL };
