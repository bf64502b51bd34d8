// SPDX-License-Identifier: MIT
/*
 * msr.c - what do the MSRs of xstate cost a guest?
 *
 * Asks:     RDMSR and WRMSR of IA32_XFD, IA32_XFD_ERR and IA32_XSS, with and without the exit that a
 *           kernel's interception makes of them.
 * Times:    N accesses at CPL 0; writes with the value that the register has.
 * Includes: the instruction, and vmexit, KVM's handler and re-entry where KVM intercepts it.
 * Excludes: the loop.
 * Valid if: all accesses exited or none did, by KVM's count; which of the two is in the evidence as
 *           exits_each, beside what Linux 6.12 does (expected_exits_each), which is no judgement: a
 *           kernel that does otherwise has another design. The register holds at the end what it
 *           held at the beginning. IA32_XFD is proven unprimed or primed after the sample.
 */
#include "bench/bench.h"
#include "bench/cases/exits.h"
#include "bench/cases/xfd.h"
#include "guest/x86/msr.h"

enum access { ACCESS_READ, ACCESS_WRITE };

static uint32_t msr_of(uint64_t number)
{
	return (uint32_t)(number >> 1);
}

static enum access access_of(uint64_t number)
{
	return number & 1 ? ACCESS_WRITE : ACCESS_READ;
}

#define READ_OF(msr)  ((uint64_t)(msr) << 1 | ACCESS_READ)
#define WRITE_OF(msr) ((uint64_t)(msr) << 1 | ACCESS_WRITE)

static enum abi_evidence_id evidence_of(uint32_t msr)
{
	switch (msr) {
	case MSR_IA32_XFD:
		return ABI_EVIDENCE_XFD;
	case MSR_IA32_XFD_ERR:
		return ABI_EVIDENCE_XFD_ERR;
	default:
		return ABI_EVIDENCE_XSS;
	}
}

/* IA32_XFD and IA32_XFD_ERR are 0 in a new vCPU; IA32_XSS is what its CPUID allows (vcpu.h). */
static uint64_t value_of(const struct fpb_run *run, uint32_t msr)
{
	return msr == MSR_IA32_XSS ? run->supervisor : 0;
}

static void run_access(struct fpb_run *run)
{
	const uint32_t msr = msr_of(run->bench->number);
	const uint64_t value = value_of(run, msr);
	uint64_t read = 0;

	if (access_of(run->bench->number) == ACCESS_WRITE) {
		FPB_TIMED_LOOP(run, wrmsr(msr, value));
		read = rdmsr(msr);
	} else {
		FPB_TIMED_LOOP(run, read = rdmsr(msr));
	}
	fpb_observe(run, evidence_of(msr), read, value);
}

/*
 * VMX: vmx_set_msr() stops intercepting both accesses of IA32_XFD at the first nonzero write,
 * vmx_vcpu_after_set_cpuid() (vmx_recalc_msr_intercepts() since 6.17) those of IA32_XFD_ERR that
 * read; IA32_XSS is in no list of what is passed through. SVM has no XFD, and passes IA32_XSS through
 * for SEV-ES guests only (svm.c, direct_access_msrs).
 */
static uint64_t expected_exits(const struct fpb_run *run, uint32_t msr, enum access access)
{
	switch (msr) {
	case MSR_IA32_XFD:
		return !xfd_is_primed(run);
	case MSR_IA32_XFD_ERR:
		return access == ACCESS_WRITE;
	default:
		return 1;
	}
}

/* As many accesses may have exited, or not, for reasons of their own; as fpb_expect_exits() has it. */
#define MAX_SURPLUS_DIVISOR 20 /* 5 % */

/* After a loop of writes the register is read once per batch, which may exit or not. */
static void all_or_none_exit(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	const uint64_t number = sample->bench->number;
	const uint64_t each = fpb_exits_each(sample);
	const uint64_t reads = access_of(number) == ACCESS_WRITE ? exits_nr_batches(sample) : 0;
	const uint64_t others = sample->nr_doorbells + sample->irq_exits;
	const uint64_t own = sample->exits > others ? sample->exits - others : 0;

	xfd_expect(sample, proof);
	if (!sample->has_exits)
		return;
	fpb_record(proof, "exits_each", each);
	fpb_record(proof, "expected_exits_each",
		   expected_exits(sample->run, msr_of(number), access_of(number)));
	fpb_expect(proof, "access_exits", own, each * sample->operations,
		   reads + (sample->is_exact ? 0 : sample->operations / MAX_SURPLUS_DIVISOR));
}

static const struct fpb_bench msr_rdmsr_xfd = {
	.name = "msr/rdmsr_xfd",
	.title = "RDMSR of IA32_XFD",
	.axes = { { "xfd", xfd_values } },
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_RDMSR_EXIT,
	.number = READ_OF(MSR_IA32_XFD),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.setup = HOST_FN(xfd_set),
	.verify = HOST_FN(all_or_none_exit),
	.prove = xfd_prove,
};

static const struct fpb_bench msr_wrmsr_xfd = {
	.name = "msr/wrmsr_xfd",
	.title = "WRMSR of IA32_XFD with 0, which it holds",
	.axes = { { "xfd", xfd_values } },
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_RDMSR_EXIT,
	.number = WRITE_OF(MSR_IA32_XFD),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.setup = HOST_FN(xfd_set),
	.verify = HOST_FN(all_or_none_exit),
	.prove = xfd_prove,
};

static const struct fpb_bench msr_rdmsr_xfd_err = {
	.name = "msr/rdmsr_xfd_err",
	.title = "RDMSR of IA32_XFD_ERR",
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_RDMSR_EXIT,
	.number = READ_OF(MSR_IA32_XFD_ERR),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.verify = HOST_FN(all_or_none_exit),
};

static const struct fpb_bench msr_wrmsr_xfd_err = {
	.name = "msr/wrmsr_xfd_err",
	.title = "WRMSR of IA32_XFD_ERR with 0, which it holds",
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_RDMSR_EXIT,
	.number = WRITE_OF(MSR_IA32_XFD_ERR),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.verify = HOST_FN(all_or_none_exit),
};

static const struct fpb_bench msr_rdmsr_xss = {
	.name = "msr/rdmsr_xss",
	.title = "RDMSR of IA32_XSS",
	.needs = FPB_NEED_XSS | FPB_NEED_RDMSR_EXIT,
	.number = READ_OF(MSR_IA32_XSS),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.verify = HOST_FN(all_or_none_exit),
};

static const struct fpb_bench msr_wrmsr_xss = {
	.name = "msr/wrmsr_xss",
	.title = "WRMSR of IA32_XSS with the value it holds",
	.needs = FPB_NEED_XSS | FPB_NEED_RDMSR_EXIT,
	.number = WRITE_OF(MSR_IA32_XSS),
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_access),
	.verify = HOST_FN(all_or_none_exit),
};

const struct fpb_bench *const family_msr[] = {
	&msr_rdmsr_xfd, &msr_wrmsr_xfd, &msr_rdmsr_xfd_err, &msr_wrmsr_xfd_err, &msr_rdmsr_xss,
	&msr_wrmsr_xss, NULL,
};
