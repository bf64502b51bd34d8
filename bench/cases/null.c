// SPDX-License-Identifier: MIT
/*
 * null.c - what does the harness itself cost, and does its clockwork measure right?
 *
 * Asks:     what is left of an empty loop after the harness has subtracted its own overhead; what
 *           a vCPU ioctl costs that does nothing; is the time of imul r,r three times that of
 *           add r,r?
 * Times:    loop: nothing. ioctl: KVM_GET_TSC_KHZ, which KVM brackets with vcpu_load and vcpu_put
 *           and nothing else. chain: one operation is a chain of CHAIN_LENGTH dependent
 *           instructions on one register.
 * Includes: ioctl: the system call.
 * Excludes: the two TSC reads; the loop too, except for chain, where its few instructions execute
 *           beside the chain and cost nothing: there only the TSC reads are subtracted.
 * Valid if: ioctl: fpu_reload does not grow (KVM_GET_MP_STATE is no control: some kernels load the
 *           guest FPU there). chain: bare hardware only; the ratio 3.00 of a 3-cycle imul to a
 *           1-cycle add holds whatever the frequency does. core_clock: the add chain by the PMU's
 *           core cycles, which is its length.
 */
#include "bench/bench.h"
#include "host/vmm/vcpu.h"

static const struct fpb_bench null_loop = {
	.name = "null/loop",
	.title = "empty loop, after subtraction of the harness's overhead",
	.gate = false,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(fpb_null_loop),
	.host = HOST_FN(fpb_null_loop),
};

static void run_ioctl(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const int fd = run->vcpu->fd;

	uint64_t nr_failed = 0;

	FPB_TIMED_LOOP(run, nr_failed += sys->ioctl(fd, KVM_GET_TSC_KHZ, 0) <= 0);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed, 0);
}

static void no_reload(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect(proof, "fpu_reload", sample->fpu_reload, 0, 0);
}

static const struct fpb_bench null_ioctl = {
	.name = "null/ioctl",
	.title = "KVM_GET_TSC_KHZ: a vCPU ioctl that only loads and puts the vCPU",
	.needs = FPB_NEED_KVM | FPB_NEED_STATS,
	.gate = true,
	.host = HOST_FN(run_ioctl),
	.verify = HOST_FN(no_reload),
};

#define CHAIN_LENGTH 1024

enum { AXIS_OP };
enum chain_op { CHAIN_ADD, CHAIN_IMUL };

/*
 * Register operands only: some processors fold chains of additions of an immediate. In EAX, so that
 * the additions of --inject, which the sled makes there, lengthen this very chain.
 */
#define CHAIN(insn)                                                                                \
	__asm__ volatile(".rept 1024\n\t" insn " %%eax, %%eax\n\t.endr" : : : "rax", "cc")
_Static_assert(CHAIN_LENGTH == 1024, "CHAIN() spells the length out");

static void run_chain(struct fpb_run *run)
{
	if (run->value[AXIS_OP] == CHAIN_IMUL)
		FPB_TIMED_LOOP(run, CHAIN("imull"));
	else
		FPB_TIMED_LOOP(run, CHAIN("addl"));
}

static void run_stamps(struct fpb_run *run)
{
	const uint64_t t0 = tsc_begin();

	run->elapsed = tsc_end(run->has_rdtscp) - t0;
}

static const struct fpb_value chain_ops[] = {
	{ .name = "add", .number = CHAIN_ADD },
	{ .name = "imul", .number = CHAIN_IMUL },
	{ 0 },
};

static const struct fpb_bench null_chain = {
	.name = "null/chain",
	.title = "chain of 1024 dependent instructions: imul/add is 3.00 if time is read right",
	.axes = { { "op", chain_ops } },
	.needs = FPB_NEED_NATIVE | FPB_NEED_TIME,
	.gate = false,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_chain),
	.host = HOST_FN(run_chain),
	.control = run_stamps,
};

static void run_add_chain(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, CHAIN("addl"));
}

static const struct fpb_bench null_core_clock = {
	.name = "null/core_clock",
	.title = "chain of 1024 dependent additions in core cycles: 1024 if the PMU counts right",
	.needs = FPB_NEED_PMU,
	.gate = false,
	.in_core_cyc = true,
	.host = HOST_FN(run_add_chain),
	.control = run_stamps,
};

const struct fpb_bench *const family_null[] = {
	&null_loop, &null_ioctl, &null_chain, &null_core_clock, NULL,
};
