// SPDX-License-Identifier: MIT
/*
 * ioctl.c - what do the ioctls cost that move a guest's xstate and CPUID?
 *
 * Asks:     the price of saving and restoring a vCPU's xstate, XCRs, IA32_XFD and CPUID, as
 *           migration and snapshots do, by live state.
 * Times:    N plain ioctls on a vCPU that does not run.
 * Includes: the system call, vcpu_load and vcpu_put: compare null/ioctl, which has only these
 *           (get_supported_cpuid is an ioctl of /dev/kvm and loads no vCPU).
 * Excludes: preparing the state, once.
 * Valid if: every call answers 0 (KVM_SET_MSRS: 1, of one MSR); XSTATE_BV read back by KVM_GET_XSAVE
 *           is the row's, XCR0 and IA32_XFD are what was set. state=amx: tiles and their
 *           configuration; KVM_GET_XSAVE refuses such a guest.
 */
#include <errno.h>
#include <string.h>

#include "bench/cases/supported_cpuid.h"
#include "bench/cases/tiles.h"
#include "guest/x86/msr.h"
#include "host/vmm/msr.h"

enum { AXIS_STATE };

/* live_sets, and tiles: where the area is that of KVM_GET_XSAVE2. */
static const struct fpb_value states2[] = {
	{ .name = "init", .number = 0 },
	{ .name = "sse", .number = XFEATURE_SSE, .needs = FPB_NEED_XSAVE },
	{ .name = "avx", .number = XFEATURE_AVX, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX },
	{ .name = "avx512", .number = XFEATURE_AVX512, .needs = FPB_NEED_XSAVE | FPB_NEED_AVX512 },
	{
		.name = "amx",
		.number = XFEATURE_AMX,
		.needs = FPB_NEED_XSAVE2 | FPB_NEED_AMX_GUEST,
		.informational = true,
	},
	{ 0 },
};

static uint64_t state_of(const struct fpb_run *run)
{
	const uint64_t state = run->value[AXIS_STATE];

	return live_mask(run, state) | (state & XFEATURE_AMX);
}

static int set_guest_state(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	tiles_fill(run->scratch, run->xstate, state_of(run), 1);
	return vcpu_set_xsave(run->vcpu, run->scratch, err);
}

static void observe_xstate_bv(struct fpb_run *run)
{
	const struct xsave_area *area = (const void *)run->scratch;

	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, area->xstate_bv & (live_rfbm(run) | XFEATURE_AMX),
		    state_of(run));
}

/* Times the ioctl and observes how many calls did not answer what they had to. */
#define TIME_IOCTL_ANSWER(run, fd, request, arg, answer)                                           \
	do {                                                                                       \
		const struct kvm_sys *sys_ = (run)->vcpu->vm->sys;                                 \
		const unsigned long arg_ = (unsigned long)(arg);                                   \
		const int fd_ = (fd);                                                              \
		uint64_t nr_failed_ = 0;                                                           \
		FPB_TIMED_LOOP(run, nr_failed_ += sys_->ioctl(fd_, request, arg_) != (answer));    \
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed_, 0);                           \
	} while (0)
#define TIME_IOCTL(run, fd, request, arg) TIME_IOCTL_ANSWER(run, fd, request, arg, 0)

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

	tiles_fill(run->scratch, run->xstate, state_of(run), 1);
	TIME_IOCTL(run, run->vcpu->fd, KVM_SET_XSAVE, run->scratch);
	xstate_fill(run->scratch, run->xstate, 0, 1);
	if (vcpu_get_xsave(run->vcpu, run->scratch, &ignored) == 0)
		observe_xstate_bv(run);
	else
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
}

/* What the vCPU has: without XSAVE nobody set it, and it is what it is after RESET. */
static uint64_t xcr0_of(const struct fpb_run *run)
{
	return run->vcpu->xcr0 ? run->vcpu->xcr0 : XFEATURE_X87;
}

static void observe_xcr0(struct fpb_run *run)
{
	const struct kvm_xcrs *xcrs = (const void *)run->scratch;

	fpb_observe(run, ABI_EVIDENCE_XCR0, xcrs->xcrs[0].value, xcr0_of(run));
}

static void run_get_xcrs(struct fpb_run *run)
{
	memset(run->scratch, 0, sizeof(struct kvm_xcrs));
	TIME_IOCTL(run, run->vcpu->fd, KVM_GET_XCRS, run->scratch);
	observe_xcr0(run);
}

/* Sets what the vCPU has. */
static void run_set_xcrs(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs = { { .value = xcr0_of(run) } } };

	TIME_IOCTL(run, run->vcpu->fd, KVM_SET_XCRS, &xcrs);
	memset(run->scratch, 0, sizeof(struct kvm_xcrs));
	if (sys->ioctl(run->vcpu->fd, KVM_GET_XCRS, (unsigned long)run->scratch) == 0)
		observe_xcr0(run);
	else
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
}

/* By the door that looks for the hazard; a fresh vCPU has no tiles, and none come later. */
static int set_xfd(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	return vcpu_set_msr(run->vcpu, MSR_IA32_XFD, XFD_XTILEDATA, err);
}

static void run_set_msrs_xfd(struct fpb_run *run)
{
	union one_msr msrs = one_msr(MSR_IA32_XFD, XFD_XTILEDATA);
	struct fpb_err ignored = { 0 };
	uint64_t xfd = 0;

	TIME_IOCTL_ANSWER(run, run->vcpu->fd, KVM_SET_MSRS, &msrs.list, 1);
	if (vcpu_get_msr(run->vcpu, MSR_IA32_XFD, &xfd, &ignored))
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
	fpb_observe(run, ABI_EVIDENCE_XFD, xfd, XFD_XTILEDATA);
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
	.axes = { { "state", states2 } },
	.needs = FPB_NEED_KVM | FPB_NEED_XSAVE2,
	.host = HOST_FN(run_get_xsave2),
	.setup = HOST_FN(set_guest_state),
};

static const struct fpb_bench ioctl_set_xsave = {
	.name = "ioctl/set_xsave",
	.title = "KVM_SET_XSAVE, by the guest's live state",
	.axes = { { "state", states2 } },
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

static const struct fpb_bench ioctl_set_msrs_xfd = {
	.name = "ioctl/set_msrs_xfd",
	.title = "KVM_SET_MSRS of IA32_XFD with the value it has, 1 << 18",
	.needs = FPB_NEED_KVM | FPB_NEED_AMX_GUEST,
	.host = HOST_FN(run_set_msrs_xfd),
	.setup = HOST_FN(set_xfd),
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
	&ioctl_get_xsave,
	&ioctl_get_xsave2,
	&ioctl_set_xsave,
	&ioctl_get_xcrs,
	&ioctl_set_xcrs,
	&ioctl_set_msrs_xfd,
	&ioctl_set_cpuid2,
	&ioctl_get_supported_cpuid,
	NULL,
};
