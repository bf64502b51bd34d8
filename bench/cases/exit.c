// SPDX-License-Identifier: MIT
/*
 * exit.c - what does a vmexit cost that KVM finishes itself?
 *
 * Asks:     the round trip guest, KVM, guest, for exits that never reach user space; what it costs
 *           more when KVM has to switch XCR0, IA32_XSS or PKRU around every entry, and when the
 *           guest's IA32_XFD is passed through. wrmsr_tscdeadline, hlt and invd are controls: where
 *           KVM finishes them on its fastpath (the deadline on VMX with the preemption timer; HLT
 *           and INVD since 6.18) none of that is done.
 * Times:    N CPUIDs, hypercalls, RDMSRs of IA32_APIC_BASE, INVDs, WRMSRs of IA32_TSC_DEADLINE, HLTs,
 *           or OUTs to a port an ioeventfd answers, inside one TSC pair in the guest.
 * Includes: vmexit, KVM's handler, re-entry; arming the timer for wrmsr_tscdeadline.
 * Excludes: any load or save of xstate: KVM does none on this path. For hlt the interrupt that is
 *           pending before it: sending, taking and ending it without HLT is the control loop.
 * Valid if: KVM counts one exit per operation (where it counts them at all; for hlt one of its
 *           `halt_exits`, and the guest takes one interrupt) and fpu_reload grows only by the
 *           KVM_RUNs of the VMM itself. XCR0, IA32_XSS and PKRU are at the end what the row says;
 *           the deadline read back is the one written last. After the sample writes of IA32_XFD
 *           show by their exits whether the vCPU was primed.
 */
#include "bench/bench.h"
#include "bench/cases/exits.h"
#include "bench/cases/switched.h"
#include "bench/cases/xfd.h"
#include "guest/x86/apic.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/cr.h"
#include "guest/x86/hypercall.h"
#include "guest/x86/io.h"
#include "host/vmm/vm.h"

static int set_registers(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	const int ret = switched_set(run, vm, err);

	return ret ? ret : xfd_set(run, vm, err);
}

static void stays_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, 0);
	xfd_expect(sample, proof);
}

static void run_cpuid(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, (void)cpuid(0, 0));
	xcr0_observe(run);
}

static const struct fpb_bench exit_cpuid = {
	.name = "exit/cpuid",
	.title = "CPUID: the shortest exit KVM emulates",
	.axes = { { "xcr0", xcr0_values },
		  { "xss", xss_values },
		  { "pkru", pkru_values },
		  { "xfd", xfd_values_of_os },
		  { "os", os_values } },
	.needs = FPB_NEED_CPUID_EXIT,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_cpuid),
	.setup = HOST_FN(set_registers),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(stays_in_kernel),
	.prove = xfd_prove,
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
	.axes = { { "xcr0", xcr0_values }, { "xss", xss_values }, { "pkru", pkru_values } },
	.needs = FPB_NEED_HYPERCALL,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_hypercall),
	.setup = HOST_FN(switched_set),
	.finish = HOST_FN(switched_observe),
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

	return ret ? ret : switched_set(run, vm, err);
}

static const struct fpb_bench exit_pio_kernel = {
	.name = "exit/pio_kernel",
	.title = "OUT that an ioeventfd answers inside the kernel",
	.axes = { { "xcr0", xcr0_values }, { "xss", xss_values }, { "pkru", pkru_values } },
	.needs = FPB_NEED_IOEVENTFD,
	.gate = true,
	.rings = FPB_ANY_RING,
	.guest = GUEST_FN(run_pio_kernel),
	.setup = HOST_FN(answer_in_kernel),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(stays_in_kernel),
};

/*
 * IA32_APIC_BASE: neither VMX nor SVM passes it through, every vCPU has it, and kvm_get_msr_common()
 * answers it from memory.
 */
static void run_rdmsr(struct fpb_run *run)
{
	uint64_t answer = 0;

	FPB_TIMED_LOOP(run, answer = rdmsr(MSR_IA32_APIC_BASE));
	fpb_note(run, ABI_EVIDENCE_ANSWER, answer);
	xcr0_observe(run);
}

static const struct fpb_bench exit_rdmsr = {
	.name = "exit/rdmsr",
	.title = "RDMSR of an MSR that KVM keeps in memory",
	.axes = { { "xcr0", xcr0_values }, { "xss", xss_values }, { "pkru", pkru_values } },
	.needs = FPB_NEED_RDMSR_EXIT,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_rdmsr),
	.setup = HOST_FN(switched_set),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(stays_in_kernel),
};

static void run_invd(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, invd());
	xcr0_observe(run);
}

static const struct fpb_bench exit_invd = {
	.name = "exit/invd",
	.title = "INVD, which KVM skips: a fastpath exit since 6.18",
	.axes = { { "xcr0", xcr0_values },
		  { "xss", xss_values },
		  { "pkru", pkru_values },
		  { "xfd", xfd_values } },
	.needs = FPB_NEED_INVD,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_invd),
	.setup = HOST_FN(set_registers),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(stays_in_kernel),
	.prove = xfd_prove,
};

/*
 * WRMSR with its operands loaded here: the compiler would load some of them between a loop's
 * alignment and its head.
 */
static inline void write_deadline(uint64_t deadline)
{
	__asm__ volatile("movl %0, %%ecx\n\t"
			 "movl %k1, %%eax\n\t"
			 "movq %1, %%rdx\n\t"
			 "shrq $32, %%rdx\n\t"
			 "wrmsr"
			 :
			 : "i"(MSR_IA32_TSC_DEADLINE), "r"(deadline)
			 : "rax", "rcx", "rdx", "cc", "memory");
}

static void run_deadline(struct fpb_run *run)
{
	uint64_t deadline;

	apic_enable();
	deadline = tsc_begin() + APIC_FAR_TICKS;
	/* The first arms a timer that was off; those that are timed move it. */
	wrmsr(MSR_IA32_TSC_DEADLINE, deadline);
	FPB_TIMED_LOOP(run, write_deadline(deadline));
	/* 63 bits, as integers of a report have. */
	fpb_observe(run, ABI_EVIDENCE_ANSWER, rdmsr(MSR_IA32_TSC_DEADLINE) & INT64_MAX,
		    deadline & INT64_MAX);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	xcr0_observe(run);
}

#define NR_DEADLINE_ACCESSES 3 /* before and after the loop, in every batch */

static void arms_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, NR_DEADLINE_ACCESSES);
	xfd_expect(sample, proof);
}

static const struct fpb_bench exit_wrmsr_tscdeadline = {
	.name = "exit/wrmsr_tscdeadline",
	.title = "WRMSR of IA32_TSC_DEADLINE: a fastpath exit on VMX with the preemption timer",
	.axes = { { "xcr0", xcr0_values },
		  { "xss", xss_values },
		  { "pkru", pkru_values },
		  { "xfd", xfd_values } },
	.needs = FPB_NEED_TSC_DEADLINE | FPB_NEED_IRQCHIP,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_deadline),
	.setup = HOST_FN(set_registers),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(arms_in_kernel),
	.prove = xfd_prove,
};

static void run_hlt(struct fpb_run *run)
{
	const struct idt_gate before = apic_take_interrupts();

	FPB_TIMED_LOOP(run, apic_send_self(); halt_once());
	idt_restore(APIC_VECTOR_SELF, before);
	fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, apic_nr_interrupts, run->iterations);
	xcr0_observe(run);
}

static void run_without_hlt(struct fpb_run *run)
{
	const struct idt_gate before = apic_take_interrupts();

	FPB_TIMED_LOOP(run, apic_send_self(); no_halt());
	idt_restore(APIC_VECTOR_SELF, before);
}

/* How many exits the interrupt itself takes is the processor's: none with APICv or AVIC. */
static void halts_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	if (!sample->has_stats)
		return;
	fpb_expect(proof, "halt_exits", sample->halt_exits, sample->operations, 0);
	fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
	if (sample->has_exits)
		fpb_record(proof, "exits_each", fpb_exits_each(sample));
}

static const struct fpb_bench exit_hlt = {
	.name = "exit/hlt",
	.title = "HLT with an interrupt pending: a fastpath exit since 6.18",
	.axes = { { "xcr0", xcr0_values }, { "xss", xss_values }, { "pkru", pkru_values } },
	.needs = FPB_NEED_HLT | FPB_NEED_IRQCHIP,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_hlt),
	.control = run_without_hlt,
	.setup = HOST_FN(switched_set),
	.finish = HOST_FN(switched_observe),
	.verify = HOST_FN(halts_in_kernel),
};

const struct fpb_bench *const family_exit[] = {
	&exit_cpuid, &exit_hypercall, &exit_pio_kernel,	       &exit_rdmsr,
	&exit_invd,  &exit_hlt,	      &exit_wrmsr_tscdeadline, NULL,
};
