// SPDX-License-Identifier: MIT
/*
 * reset.c - what does INIT cost a vCPU, and which components does it clear?
 *
 * Asks:     INIT leaves most of the state alone and clears MPX's and CET's components, for which
 *           KVM takes the guest FPU out and puts it back (kvm_xstate_reset()): what does the whole
 *           cost on this kernel, and what is cleared?
 * Times:    one INIT by the local APIC, with every component live that the guest has and KVM lets
 *           be set: KVM_SET_VCPU_EVENTS latches it (smi.latched_init), KVM_GET_MP_STATE has KVM
 *           accept it. One INIT per sample; the same two calls without an INIT are subtracted.
 * Includes: kvm_vcpu_reset() and, where KVM has something to clear, the swap of the guest FPU.
 * Excludes: making the state live.
 * Valid if: RIP is 0xfff0 afterwards; x87, SSE, AVX and AVX-512 are still in use. Evidence:
 *           `rfbm`, what was live; `cleared`, what of it became init; `fpu_reload`. KVM clears
 *           nothing where neither MPX nor CET is its to virtualise (every SVM before CET).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/guest_xfeatures.h"
#include "bench/cases/live.h"
#include "guest/x86/msr.h"
#include "host/vmm/msr.h"

#define RIP_AFTER_INIT 0xfff0u

#define BNDREGS_INDEX 3
#define BNDCSR_INDEX  4
#define XFEATURE_MPX  (1ull << BNDREGS_INDEX | 1ull << BNDCSR_INDEX)
#define XFEATURE_CET  (XFEATURE_CET_U | XFEATURE_CET_S)

/* A register of each CET component. */
static const struct {
	uint64_t xfeature;
	uint32_t msr;
} cet_registers[] = {
	{ XFEATURE_CET_U, MSR_IA32_PL3_SSP },
	{ XFEATURE_CET_S, MSR_IA32_PL0_SSP },
};
#define NR_CET (sizeof(cet_registers) / sizeof(cet_registers[0]))
/* A stack pointer, and a directory of bounds with MPX off: addresses, which nothing uses. */
#define ANY_PAGE 0x2000ull

/* The vCPU as it was before it met its first INIT: about to execute the payload. */
struct reset {
	struct kvm_sregs sregs;
	struct kvm_regs regs;
};

static int set_up(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct reset *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return FPB_FAIL(err, -ENOMEM, "registers of a vCPU");
	run->private = r;
	ret = KVM_IOCTL(vm->sys, run->vcpu->fd, KVM_GET_SREGS, &r->sregs, err);
	return ret < 0 ? ret : KVM_IOCTL(vm->sys, run->vcpu->fd, KVM_GET_REGS, &r->regs, err);
}

static void tear_down(struct fpb_run *run)
{
	free(run->private);
	run->private = NULL;
}

/* Components in user format that the guest has and this row judges: MPX's besides the ordinary. */
static uint64_t user_xfeatures(const struct fpb_run *run)
{
	return guest_xfeatures(run, run->vcpu->vm) & (XSTATE_ORDINARY | XFEATURE_MPX);
}

static void fill(struct fpb_run *run)
{
	const struct abi_xstate bndcsr = run->xstate[BNDCSR_INDEX];
	const uint64_t live = user_xfeatures(run);

	xstate_fill(run->scratch, run->xstate, live, 1);
	if (!(live >> BNDCSR_INDEX & 1))
		return;
	/* BNDCFGU has reserved bits. */
	memset(run->scratch + bndcsr.offset, 0, bndcsr.bytes);
	*(uint64_t *)(void *)(run->scratch + bndcsr.offset) = ANY_PAGE;
}

/* A guest may have IBT without shadow stacks: its CET components then stay init. */
static int make_live(struct fpb_run *run, struct fpb_err *err)
{
	const uint64_t supervisor = cpuid_policy_xss(run->vcpu->vm->cpuid);
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	struct reset *r = run->private;
	int ret = KVM_IOCTL(sys, run->vcpu->fd, KVM_SET_SREGS, &r->sregs, err);

	if (ret >= 0)
		ret = KVM_IOCTL(sys, run->vcpu->fd, KVM_SET_REGS, &r->regs, err);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < NR_CET; i++) {
		struct fpb_err refused = { 0 };

		if (supervisor & cet_registers[i].xfeature)
			ret = vcpu_set_msr(run->vcpu, cet_registers[i].msr, ANY_PAGE, &refused);
		if (ret && ret != -EINVAL)
			return FPB_FAIL(err, ret, "%s", refused.text);
	}
	fill(run);
	return vcpu_set_xsave(run->vcpu, run->scratch, err);
}

/* XSTATE_BV of the user components, and the CET components whose register is not 0. */
static int read_live(struct fpb_run *run, uint64_t *live, struct fpb_err *err)
{
	const uint64_t supervisor = cpuid_policy_xss(run->vcpu->vm->cpuid);
	const struct xsave_area *header = (const void *)run->scratch;
	int ret = vcpu_get_xsave(run->vcpu, run->scratch, err);

	*live = header->xstate_bv & user_xfeatures(run);
	for (unsigned int i = 0; i < NR_CET; i++) {
		struct fpb_err ignored = { 0 };
		uint64_t value;

		if (supervisor & cet_registers[i].xfeature &&
		    !vcpu_get_msr(run->vcpu, cet_registers[i].msr, &value, &ignored) && value)
			*live |= cet_registers[i].xfeature;
	}
	return ret;
}

/* Both calls, with an INIT latched or not. */
static void deliver(struct fpb_run *run, bool is_latched)
{
	struct kvm_vcpu_events events = {
		.flags = KVM_VCPUEVENT_VALID_SMM,
		.smi.latched_init = is_latched,
	};
	struct kvm_mp_state state;
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const unsigned long latch = (unsigned long)&events, accept = (unsigned long)&state;
	const int fd = run->vcpu->fd;
	uint64_t nr_failed = 0;

	FPB_TIMED_LOOP(run, nr_failed += sys->ioctl(fd, KVM_SET_VCPU_EVENTS, latch) != 0;
		       nr_failed += sys->ioctl(fd, KVM_GET_MP_STATE, accept) != 0);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed, 0);
}

static void run_init(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	struct fpb_err ignored = { 0 };
	struct kvm_regs regs = { 0 };
	uint64_t before = 0, after = 0, preserved;
	int ret = make_live(run, &ignored);

	if (!ret)
		ret = read_live(run, &before, &ignored);
	deliver(run, true);
	if (!ret)
		ret = read_live(run, &after, &ignored);
	if (!ret)
		ret = KVM_IOCTL(sys, run->vcpu->fd, KVM_GET_REGS, &regs, &ignored);
	if (ret)
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
	preserved = before & ~(XFEATURE_MPX | XFEATURE_CET);
	fpb_observe(run, ABI_EVIDENCE_ANSWER, regs.rip, RIP_AFTER_INIT);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, after & preserved, preserved);
	fpb_note(run, ABI_EVIDENCE_RFBM, before);
	fpb_note(run, ABI_EVIDENCE_CLEARED, before & ~after);
}

static void run_nothing(struct fpb_run *run)
{
	deliver(run, false);
}

/* None, or one for the INIT, and one for KVM_GET_MP_STATE, which some kernels run with it loaded. */
static void swaps_at_most_twice(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	if (sample->has_stats)
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->operations,
			   sample->operations);
}

static const struct fpb_bench reset_init = {
	.name = "reset/init",
	.title = "INIT of a vCPU by its local APIC, with every component live",
	.needs = FPB_NEED_KVM | FPB_NEED_XSAVE | FPB_NEED_IRQCHIP,
	.oneshot = 1,
	.host = HOST_FN(run_init),
	.setup = HOST_FN(set_up),
	.teardown = HOST_FN(tear_down),
	.control = HOST_FN(run_nothing),
	.verify = HOST_FN(swaps_at_most_twice),
};

const struct fpb_bench *const family_reset[] = { &reset_init, NULL };
