// SPDX-License-Identifier: MIT
/*
 * ioctl.c - what do the ioctls cost that move a guest's xstate and CPUID?
 *
 * Asks:     the price of saving and restoring a vCPU's xstate, XCRs and CPUID, as migration and
 *           snapshots do, by live state.
 * Times:    N plain ioctls on a vCPU that does not run.
 * Includes: the system call, vcpu_load and vcpu_put: compare null/ioctl, which has only these
 *           (get_supported_cpuid is an ioctl of /dev/kvm and loads no vCPU).
 * Excludes: preparing the state, once.
 * Valid if: every call answers 0; XSTATE_BV read back by KVM_GET_XSAVE is the row's.
 */
#include <errno.h>

#include "bench/cases/live.h"
#include "bench/cases/supported_cpuid.h"
#include "host/vmm/vcpu.h"

enum { AXIS_STATE };

static uint64_t state_of(const struct fpb_run *run)
{
	return live_mask(run, run->value[AXIS_STATE]);
}

static int set_guest_state(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	xstate_fill(run->scratch, run->xstate, state_of(run), 1);
	return vcpu_set_xsave(run->vcpu, run->scratch, err);
}

static void observe_xstate_bv(struct fpb_run *run)
{
	const struct xsave_area *area = (const void *)run->scratch;

	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, area->xstate_bv & live_rfbm(run), state_of(run));
}

/* Times the ioctl and observes how many calls did not answer 0. */
#define TIME_IOCTL(run, fd, request, arg)                                                          \
	do {                                                                                       \
		const struct kvm_sys *sys_ = (run)->vcpu->vm->sys;                                 \
		const unsigned long arg_ = (unsigned long)(arg);                                   \
		const int fd_ = (fd);                                                              \
		uint64_t nr_failed_ = 0;                                                           \
		FPB_TIMED_LOOP(run, nr_failed_ += sys_->ioctl(fd_, request, arg_) != 0);           \
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed_, 0);                           \
	} while (0)

static void run_get_xsave(struct fpb_run *run)
{
	TIME_IOCTL(run, run->vcpu->fd, KVM_GET_XSAVE, run->scratch);
	observe_xstate_bv(run);
}

static void run_get_xsave2(struct fpb_run *run)
{
	TIME_IOCTL(run, run->vcpu->fd, KVM_GET_XSAVE2, run->scratch);
	observe_xstate_bv(run);
}

static void run_set_xsave(struct fpb_run *run)
{
	struct fpb_err ignored = { 0 };

	xstate_fill(run->scratch, run->xstate, state_of(run), 1);
	TIME_IOCTL(run, run->vcpu->fd, KVM_SET_XSAVE, run->scratch);
	xstate_fill(run->scratch, run->xstate, 0, 1);
	if (vcpu_get_xsave(run->vcpu, run->scratch, &ignored) == 0)
		observe_xstate_bv(run);
	else
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
}

static void run_get_xcrs(struct fpb_run *run)
{
	TIME_IOCTL(run, run->vcpu->fd, KVM_GET_XCRS, run->scratch);
}

/* Sets what KVM_GET_XCRS just gave. */
static void run_set_xcrs(struct fpb_run *run)
{
	const int fd = run->vcpu->fd;

	if (run->vcpu->vm->sys->ioctl(fd, KVM_GET_XCRS, (unsigned long)run->scratch) == 0)
		TIME_IOCTL(run, fd, KVM_SET_XCRS, run->scratch);
	else
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
}

static void run_set_cpuid2(struct fpb_run *run)
{
	TIME_IOCTL(run, run->vcpu->fd, KVM_SET_CPUID2, run->vcpu->vm->cpuid);
}

static void run_get_supported_cpuid(struct fpb_run *run)
{
	(void)time_supported_cpuid(run);
}

static const struct fpb_bench ioctl_get_xsave = {
	.name = "ioctl/get_xsave",
	.title = "KVM_GET_XSAVE, by the guest's live state",
	.axes = { { "state", live_sets } },
	.needs = FPB_NEED_KVM,
	.gate = true,
	.host = HOST_FN(run_get_xsave),
	.setup = HOST_FN(set_guest_state),
};

static const struct fpb_bench ioctl_get_xsave2 = {
	.name = "ioctl/get_xsave2",
	.title = "KVM_GET_XSAVE2, by the guest's live state",
	.axes = { { "state", live_sets } },
	.needs = FPB_NEED_KVM | FPB_NEED_XSAVE2,
	.host = HOST_FN(run_get_xsave2),
	.setup = HOST_FN(set_guest_state),
};

static const struct fpb_bench ioctl_set_xsave = {
	.name = "ioctl/set_xsave",
	.title = "KVM_SET_XSAVE, by the guest's live state",
	.axes = { { "state", live_sets } },
	.needs = FPB_NEED_KVM,
	.gate = true,
	.host = HOST_FN(run_set_xsave),
};

static const struct fpb_bench ioctl_get_xcrs = {
	.name = "ioctl/get_xcrs",
	.title = "KVM_GET_XCRS",
	.needs = FPB_NEED_KVM,
	.host = HOST_FN(run_get_xcrs),
};

static const struct fpb_bench ioctl_set_xcrs = {
	.name = "ioctl/set_xcrs",
	.title = "KVM_SET_XCRS with the value the vCPU has",
	.needs = FPB_NEED_KVM,
	.host = HOST_FN(run_set_xcrs),
};

static const struct fpb_bench ioctl_set_cpuid2 = {
	.name = "ioctl/set_cpuid2",
	.title = "KVM_SET_CPUID2 with the table the vCPU has, before it ever ran",
	.needs = FPB_NEED_KVM,
	.host = HOST_FN(run_set_cpuid2),
};

static const struct fpb_bench ioctl_get_supported_cpuid = {
	.name = "ioctl/get_supported_cpuid",
	.title = "KVM_GET_SUPPORTED_CPUID",
	.needs = FPB_NEED_KVM,
	.host = HOST_FN(run_get_supported_cpuid),
};

const struct fpb_bench *const family_ioctl[] = {
	&ioctl_get_xsave, &ioctl_get_xsave2, &ioctl_set_xsave,		 &ioctl_get_xcrs,
	&ioctl_set_xcrs,  &ioctl_set_cpuid2, &ioctl_get_supported_cpuid, NULL,
};
