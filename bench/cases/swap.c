// SPDX-License-Identifier: MIT
/*
 * swap.c - what does KVM's swap of the FPU state cost without any guest execution?
 *
 * Asks:     fpu_swap_kvm_fpstate() in and out again, by live guest state: the slope against bytes
 *           is the figure.
 * Times:    N KVM_RUN with kvm_run.immediate_exit = 1: KVM loads the guest FPU, sees the flag, puts
 *           the host's back and returns -EINTR without entering the guest.
 * Includes: the system call, vcpu_load and vcpu_put: compare null/ioctl, which has only these.
 * Excludes: making the state live: the guest's by KVM_SET_XSAVE; the host's own state is init.
 * Valid if: every KVM_RUN answered -EINTR, fpu_reload grew by one per call, and KVM_GET_XSAVE gives
 *           XSTATE_BV as set.
 */
#include <errno.h>

#include "bench/cases/live.h"
#include "host/vmm/vcpu.h"

enum { AXIS_LIVE };

static int set_guest_state(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	xstate_fill(run->scratch, run->xstate, live_mask(run, run->value[AXIS_LIVE]), 1);
	return vcpu_set_xsave(run->vcpu, run->scratch, err);
}

static void run_immediate(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const int fd = run->vcpu->fd;
	uint64_t nr_answers = 0;

	run->vcpu->run->immediate_exit = 1;
	live_load(run, run->scratch, 0);
	FPB_TIMED_LOOP(run, nr_answers += sys->ioctl(fd, KVM_RUN, 0) == -EINTR);
	run->vcpu->run->immediate_exit = 0;
	fpb_observe(run, ABI_EVIDENCE_ANSWER, nr_answers, run->iterations);
}

static void read_guest_state(void *arg)
{
	struct fpb_run *run = arg;
	const uint64_t live = live_mask(run, run->value[AXIS_LIVE]);
	const struct xsave_area *now = (const void *)run->scratch;
	struct fpb_err ignored = { 0 };

	if (vcpu_get_xsave(run->vcpu, run->scratch, &ignored) == 0)
		fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv & live_rfbm_of(run, live),
			    live_xinuse(run, live));
	else
		fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, 1ull << 62, 0);
}

static void one_reload_per_call(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->operations, 0);
}

static const struct fpb_bench swap_run_immediate = {
	.name = "swap/run_immediate",
	.title = "KVM_RUN that loads and puts the guest FPU without entering the guest",
	.axes = { { "live", guest_live_sets } },
	.needs = FPB_NEED_KVM | FPB_NEED_STATS,
	.gate = true,
	.host = HOST_FN(run_immediate),
	.setup = HOST_FN(set_guest_state),
	.finish = HOST_FN(read_guest_state),
	.verify = HOST_FN(one_reload_per_call),
};

const struct fpb_bench *const family_swap[] = { &swap_run_immediate, NULL };
