// SPDX-License-Identifier: MIT
#include "guest/probe.h"

#include "guest/x86/apic.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/cr.h"
#include "guest/x86/hypercall.h"
#include "guest/x86/io.h"
#include "guest/x86/pkru.h"
#include "guest/x86/sled.h"
#include "guest/x86/tsc.h"
#include "guest/x86/xsave.h"

/* A zeroed image, fit for XRSTOR in standard form and, with XCOMP_BV set, for XRSTORS. */
static struct xsave_area *clean_area(uint64_t xcomp_bv)
{
	struct xsave_area *area = (struct xsave_area *)ABI_SCRATCH_GPA;
	uint64_t *word = (uint64_t *)ABI_SCRATCH_GPA;

	for (unsigned int i = 0; i < sizeof(*area) / sizeof(*word); i++)
		word[i] = 0;
	area->fcw = FCW_DEFAULT;
	area->mxcsr = MXCSR_DEFAULT;
	area->xcomp_bv = xcomp_bv;
	return area;
}

/* The bits of `supervisor` that IA32_XSS takes; it is left as it was. */
static uint64_t try_xss(uint64_t supervisor)
{
	const uint64_t before = rdmsr(MSR_IA32_XSS);
	uint64_t taken = 0;

	for (uint64_t rest = supervisor; rest; rest &= rest - 1) {
		wrmsr(MSR_IA32_XSS, rest & -rest);
		taken |= rdmsr(MSR_IA32_XSS) & rest & -rest;
	}
	wrmsr(MSR_IA32_XSS, before);
	return taken;
}

/* The component if the MSR of its state keeps what is written, else 0. */
static uint64_t try_ssp(uint32_t msr, uint64_t component)
{
	uint64_t read;

	wrmsr(msr, ABI_SCRATCH_GPA);
	read = rdmsr(msr);
	wrmsr(msr, 0);
	return read == ABI_SCRATCH_GPA ? component : 0;
}

static uint64_t try_cet(uint64_t supervisor)
{
	return (supervisor & XFEATURE_CET_U ? try_ssp(MSR_IA32_PL3_SSP, XFEATURE_CET_U) : 0) |
	       (supervisor & XFEATURE_CET_S ? try_ssp(MSR_IA32_PL0_SSP, XFEATURE_CET_S) : 0);
}

static volatile uint64_t nr_not_available;

static __attribute__((interrupt)) void handle_not_available(struct interrupt_frame *frame)
{
	(void)frame;
	nr_not_available++;
	__asm__ volatile("clts" : : : "memory");
}

/* How often an SSE instruction under CR0.TS was #NM: once. It reads a register and changes none. */
static uint64_t try_cr0_ts(void)
{
	const struct idt_gate before =
		idt_set(X86_VECTOR_NM, (const void *)(uintptr_t)handle_not_available);

	nr_not_available = 0;
	write_cr0(read_cr0() | CR0_TS);
	__asm__ volatile("movmskps %%xmm0, %%eax" : : : "rax", "memory");
	clts();
	idt_restore(X86_VECTOR_NM, before);
	return nr_not_available;
}

/* Key 0 keeps its rights. */
static uint32_t try_pkru(void)
{
	const uint32_t before = rdpkru();
	uint32_t read;

	wrpkru(PKRU_OTHER);
	read = rdpkru();
	wrpkru(before);
	return read;
}

static uint64_t try_halt(void)
{
	const struct idt_gate before = apic_take_interrupts();

	apic_send_self();
	halt_once();
	idt_restore(APIC_VECTOR_SELF, before);
	return apic_nr_interrupts;
}

static uint64_t try_deadline(void)
{
	uint64_t kept;
	const uint64_t deadline = tsc_begin() + APIC_FAR_TICKS;

	apic_enable();
	wrmsr(MSR_IA32_TSC_DEADLINE, deadline);
	kept = rdmsr(MSR_IA32_TSC_DEADLINE);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	return kept == deadline;
}

static bool execute(const struct abi_request *request, uint64_t *answer)
{
	const uint64_t rfbm = request->xfeatures & (XFEATURE_X87 | XFEATURE_SSE);
	struct xsave_area *area;

	switch (request->bench) {
	case ABI_PROBE_NOTHING:
		return true;
	case ABI_PROBE_TSC:
		*answer = tsc_begin();
		sled_call();
		*answer = tsc_end(false) - *answer;
		return true;
	case ABI_PROBE_RDTSCP:
		*answer = tsc_end(true);
		return true;
	case ABI_PROBE_XGETBV:
		*answer = xgetbv(0);
		return true;
	case ABI_PROBE_XGETBV1:
		*answer = xgetbv(1);
		return true;
	case ABI_PROBE_XSAVE:
		area = clean_area(0);
		xrstor(area, rfbm);
		xsave(area, rfbm);
		*answer = area->xstate_bv;
		return true;
	case ABI_PROBE_XSAVEOPT:
		area = clean_area(0);
		xsaveopt(area, rfbm);
		*answer = area->xstate_bv;
		return true;
	case ABI_PROBE_XSAVEC:
		area = clean_area(0);
		xsavec(area, rfbm);
		*answer = area->xstate_bv;
		return true;
	case ABI_PROBE_XSAVES:
		area = clean_area(XCOMP_BV_COMPACTED | rfbm);
		xrstors(area, rfbm);
		xsaves(area, rfbm);
		*answer = area->xstate_bv;
		return true;
	case ABI_PROBE_CPUID:
		*answer = cpuid(1, 0).ecx;
		return true;
	case ABI_PROBE_HYPERCALL:
		*answer = (uint64_t)(request->is_amd ? vmmcall(HYPERCALL_UNKNOWN)
						     : vmcall(HYPERCALL_UNKNOWN));
		return true;
	case ABI_PROBE_PIO_KERNEL:
		outl(ABI_PORT_PIO_KERNEL, 0);
		return true;
	case ABI_PROBE_PIO:
		outl(ABI_PORT_PIO, 0);
		return true;
	case ABI_PROBE_XSETBV:
		xsetbv(0, request->xfeatures);
		*answer = xgetbv(0);
		return true;
	case ABI_PROBE_XSS:
		*answer = try_xss(request->supervisor);
		return true;
	case ABI_PROBE_CET:
		*answer = try_cet(request->supervisor);
		return true;
	case ABI_PROBE_RDMSR:
		*answer = rdmsr(MSR_IA32_APIC_BASE);
		return true;
	case ABI_PROBE_DEADLINE:
		*answer = try_deadline();
		return true;
	case ABI_PROBE_INVD:
		invd();
		return true;
	case ABI_PROBE_HLT:
		*answer = try_halt();
		return true;
	case ABI_PROBE_CR0_TS:
		*answer = try_cr0_ts();
		return true;
	case ABI_PROBE_PKRU:
		*answer = try_pkru();
		return true;
	default:
		return false;
	}
}

bool probe(const struct abi_request *request, struct abi_shared *shared)
{
	uint64_t answer = 0;

	for (uint64_t i = 0; i < request->iterations; i++) {
		if (!execute(request, &answer))
			return false;
	}
	shared->evidence[ABI_EVIDENCE_ANSWER] =
		(struct abi_evidence){ .value = answer, .is_set = 1 };
	return true;
}
