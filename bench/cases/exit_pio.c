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
 *           (SSE in use with all registers zero counts as init, see live.h), and so are XCR0,
 *           IA32_XSS and PKRU. After the sample writes of IA32_XFD show by their exits whether the
 *           vCPU was primed.
 *           Compare exit/pio_kernel, which KVM finishes itself: the difference is the state swap
 *           plus the system call, not the swap alone.
 */
#include "bench/cases/live.h"
#include "bench/cases/switched.h"
#include "bench/cases/xfd.h"
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

		xsave(now, live_rfbm_of(run, live));
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		fpb_note(run, ABI_EVIDENCE_XINUSE, now->xstate_bv & live_rfbm_of(run, live));
		/* No tiles left to whoever sets IA32_XFD. */
		live_load(run, run->scratch, 0);
	}
}

static int set_registers(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	const int ret = switched_set(run, vm, err);

	return ret ? ret : xfd_set(run, vm, err);
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

static void check_afterwards(void *arg)
{
	check_user_state(arg);
	switched_observe(arg);
}

static void one_reload_per_exit(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect(proof, "pio_exits", sample->nr_resumed, sample->operations, 0);
	if (sample->has_stats)
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
	fpb_expect_exits(proof, sample, sample->operations + sample->nr_doorbells);
	xfd_expect(sample, proof);
}

static const struct fpb_bench exit_pio = {
	.name = "exit/pio",
	.title = "OUT to user space and back, by live register state",
	.axes = { { "live", guest_live_sets },
		  { "user", live_sets },
		  { "xcr0", xcr0_values },
		  { "xss", xss_values },
		  { "pkru", pkru_values },
		  { "xfd", xfd_values } },
	.needs = FPB_NEED_PIO_EXIT,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_in_guest),
	.setup = HOST_FN(set_registers),
	.prepare = HOST_FN(load_user_state),
	.finish = HOST_FN(check_afterwards),
	.verify = HOST_FN(one_reload_per_exit),
	.prove = xfd_prove,
};

const struct fpb_bench *const family_exit_pio[] = { &exit_pio, NULL };
