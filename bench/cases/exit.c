// SPDX-License-Identifier: MIT
/*
 * exit.c - what does a vmexit cost that KVM finishes itself?
 *
 * Asks:     the round trip guest, KVM, guest, for exits that never reach user space.
 * Times:    N CPUIDs, hypercalls, or OUTs to a port an ioeventfd answers, inside one TSC pair in
 *           the guest.
 * Includes: vmexit, KVM's handler, re-entry.
 * Excludes: any load or save of xstate: KVM does none on this path.
 * Valid if: KVM counts at least one exit per operation (where it counts them at all) and
 *           fpu_reload grows only by the KVM_RUNs of the VMM itself.
 */
#include "bench/bench.h"
#include "bench/cases/xcr0.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/hypercall.h"
#include "guest/x86/io.h"
#include "host/vmm/vm.h"

static void stays_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect_exits(proof, sample, sample->operations + sample->nr_doorbells);
	if (sample->has_stats)
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
}

static void run_cpuid(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, (void)cpuid(0, 0));
	xcr0_observe(run);
}

static const struct fpb_bench exit_cpuid = {
	.name = "exit/cpuid",
	.title = "CPUID: the shortest exit KVM emulates",
	.axes = { { "xcr0", xcr0_values } },
	.needs = FPB_NEED_CPUID_EXIT,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_cpuid),
	.setup = HOST_FN(xcr0_set),
	.verify = HOST_FN(stays_in_kernel),
};

static void run_hypercall(struct fpb_run *run)
{
	int64_t answer = 0;

	if (run->is_amd)
		FPB_TIMED_LOOP(run, answer = vmmcall(HYPERCALL_UNKNOWN));
	else
		FPB_TIMED_LOOP(run, answer = vmcall(HYPERCALL_UNKNOWN));
	fpb_note(run, ABI_EVIDENCE_ANSWER, (uint32_t)answer);
	xcr0_observe(run);
}

static const struct fpb_bench exit_hypercall = {
	.name = "exit/hypercall",
	.title = "VMCALL or VMMCALL with a number no KVM knows",
	.axes = { { "xcr0", xcr0_values } },
	.needs = FPB_NEED_HYPERCALL,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_hypercall),
	.setup = HOST_FN(xcr0_set),
	.verify = HOST_FN(stays_in_kernel),
};

static void run_pio_kernel(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, outl(ABI_PORT_PIO_KERNEL, 0));
	xcr0_observe(run);
}

static int answer_in_kernel(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	int ret = vm_answer_in_kernel(vm, ABI_PORT_PIO_KERNEL, err);

	return ret ? ret : xcr0_set(run, vm, err);
}

static const struct fpb_bench exit_pio_kernel = {
	.name = "exit/pio_kernel",
	.title = "OUT that an ioeventfd answers inside the kernel",
	.axes = { { "xcr0", xcr0_values } },
	.needs = FPB_NEED_IOEVENTFD,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_pio_kernel),
	.setup = HOST_FN(answer_in_kernel),
	.verify = HOST_FN(stays_in_kernel),
};

const struct fpb_bench *const family_exit[] = {
	&exit_cpuid,
	&exit_hypercall,
	&exit_pio_kernel,
	NULL,
};
