// SPDX-License-Identifier: MIT
/*
 * nm.c - what does an #NM cost, by IA32_XFD and by CR0.TS?
 *
 * Asks:     the way of a guest's first tile instruction under XFD through the fault and its handler
 *           and back (xfd), part by part; of an SSE instruction under CR0.TS (cr0ts), which KVM
 *           lets pass until it has passed IA32_XFD through, and never again after that; what an
 *           IA32_XFD_ERR that nobody clears adds to every exit (xfd_err_tail); and what a task of
 *           the host without permission pays for SIGILL by #NM more than by #UD (host_sigill).
 * Times:    xfd, cr0ts: N faults, each between stamps of its own; part=total has none inside.
 *           xfd_err_tail: N CPUIDs. host_sigill: N faults up to their handler, and back.
 * Includes: xfd, cr0ts: the fault, whatever exits KVM makes of it and of the handler's MSRs; the
 *           handler's check of RIP and CR0 (total); the retry (return, total). host_sigill:
 *           LDTILECFG, which cancels.
 * Excludes: arming: TILERELEASE, WRMSR of IA32_XFD, LDTILECFG; MOV to CR0. The stamps: a control
 *           takes them with nothing in between. host_sigill: the same with UD2 is the control.
 * Valid if: one #NM per operation, at the instruction that was meant, with IA32_XFD_ERR 1 << 18 and
 *           CR0.TS 0 (cr0ts: 1); any other ends the sample with what was read. xfd_err_tail: one
 *           exit per CPUID, IA32_XFD_ERR at the end what the row says. host_sigill: one SIGILL per
 *           operation, with the si_code of that fault.
 */
#include <errno.h>
#include <signal.h>
#include <ucontext.h>

#include "bench/cases/exits.h"
#include "bench/cases/xfd.h"
#include "guest/x86/amx.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/cr.h"
#include "guest/x86/idt.h"
#include "guest/x86/nm.h"

enum part { PART_TOTAL, PART_ENTRY, PART_RDMSR_ERR, PART_WRMSR_ERR, PART_WRMSR_XFD, PART_RETURN };

static const struct fpb_value parts[] = {
	{ .name = "total", .number = PART_TOTAL },
	{ .name = "entry", .number = PART_ENTRY },
	{ .name = "rdmsr_err", .number = PART_RDMSR_ERR },
	{ .name = "wrmsr_err", .number = PART_WRMSR_ERR },
	{ .name = "wrmsr_xfd", .number = PART_WRMSR_XFD },
	{ .name = "return", .number = PART_RETURN },
	{ 0 },
};

/* From which stamp to which. */
static const struct {
	unsigned int begin, end;
} stamps[] = {
	[PART_TOTAL] = { NM_STAMP_START, NM_STAMP_END },
	[PART_ENTRY] = { NM_STAMP_START, NM_STAMP_ENTRY },
	[PART_RDMSR_ERR] = { NM_STAMP_CHECKED, NM_STAMP_RDMSR_ERR },
	[PART_WRMSR_ERR] = { NM_STAMP_RDMSR_ERR, NM_STAMP_WRMSR_ERR },
	[PART_WRMSR_XFD] = { NM_STAMP_WRMSR_ERR, NM_STAMP_WRMSR_XFD },
	[PART_RETURN] = { NM_STAMP_WRMSR_XFD, NM_STAMP_END },
};

static uint64_t ticks_of(enum part part)
{
	return nm_state.stamp[stamps[part].end] - nm_state.stamp[stamps[part].begin];
}

static uint64_t address_of(const struct idt_gate *gate)
{
	return gate->offset_low | (uint64_t)gate->offset_mid << 16 |
	       (uint64_t)gate->offset_high << 32;
}

/* What the handler reads must be this from the first fault on, or the record of the fault says so. */
static struct idt_gate take_nm(struct fpb_run *run, const void *handler, uint64_t cr0_ts)
{
	const struct idt_gate before = idt_set(X86_VECTOR_NM, handler);

	fpb_observe(run, ABI_EVIDENCE_CR0_TS, cr0_ts, cr0_ts);
	nm_state.next = address_of(&before);
	nm_state.nr_handled = 0;
	nm_state.xfd_err_seen = &run->evidence[ABI_EVIDENCE_XFD_ERR].value;
	nm_state.cr0_ts_seen = &run->evidence[ABI_EVIDENCE_CR0_TS].value;
	return before;
}

static void give_nm_back(struct fpb_run *run, struct idt_gate before, uint64_t cr0_ts)
{
	idt_restore(X86_VECTOR_NM, before);
	fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, nm_state.nr_handled, run->iterations);
	fpb_observe(run, ABI_EVIDENCE_CR0_TS, !!(nm_state.cr0 & CR0_TS), cr0_ts);
}

static void run_tiles(struct fpb_run *run)
{
	const enum part part = (enum part)run->value[0];
	struct tile_config *config = (void *)run->scratch;
	struct idt_gate before;
	uint64_t ticks = 0;

	tile_config_full(config);
	fpb_observe(run, ABI_EVIDENCE_XFD_ERR, XFD_XTILEDATA, XFD_XTILEDATA);
	before = take_nm(run, part == PART_TOTAL ? nm_handle_tile : nm_handle_tile_stamped, 0);
	FPB_HERE(run);
	for (uint64_t i = 0; i < run->iterations; i++) {
		tilerelease();
		wrmsr(MSR_IA32_XFD, XFD_XTILEDATA);
		ldtilecfg(config); /* TILEZERO without a palette is #UD; this one does not #NM */
		nm_fault_tile();
		ticks += ticks_of(part);
	}
	tilerelease();
	run->elapsed = ticks;
	give_nm_back(run, before, 0);
	fpb_observe(run, ABI_EVIDENCE_XFD_ERR, nm_state.xfd_err, XFD_XTILEDATA);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), 0);
}

/* Stamps with nothing between: of any part, the same. */
static void run_stamps(struct fpb_run *run)
{
	uint64_t ticks = 0;

	for (uint64_t i = 0; i < run->iterations; i++) {
		nm_no_fault();
		ticks += ticks_of(PART_TOTAL);
	}
	run->elapsed = ticks;
}

static void record_exits(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	if (sample->has_exits)
		fpb_record(proof, "exits_each", fpb_exits_each(sample));
}

/* The guest's own nonzero writes have primed the vCPU. */
static void is_passed_through(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	record_exits(sample, proof);
	xfd_expect_write_exits(sample, proof, 0);
}

static const struct fpb_bench nm_xfd = {
	.name = "nm/xfd",
	.title = "TILEZERO under XFD: #NM, its handler, and the retry, by part",
	.axes = { { "part", parts } },
	.needs = FPB_NEED_AMX_GUEST,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_tiles),
	.control = run_stamps,
	.prove = xfd_prove,
	.verify = HOST_FN(is_passed_through),
};

static void run_sse(struct fpb_run *run)
{
	const struct idt_gate before = take_nm(run, nm_handle_sse, 1);
	const uint64_t cr0 = read_cr0();
	uint64_t ticks = 0;

	FPB_HERE(run);
	for (uint64_t i = 0; i < run->iterations; i++) {
		write_cr0(cr0 | CR0_TS);
		nm_fault_sse();
		ticks += ticks_of(PART_TOTAL);
	}
	run->elapsed = ticks;
	give_nm_back(run, before, 1);
}

/* exits_each: of MOV to CR0, #NM, MOV from CR0 and CLTS together. */
static void is_as_named(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	record_exits(sample, proof);
	xfd_expect(sample, proof);
}

static const struct fpb_bench nm_cr0ts = {
	.name = "nm/cr0ts",
	.title = "an SSE instruction under CR0.TS: #NM, CLTS, and the retry",
	.axes = { { "xfd", xfd_values } },
	.needs = FPB_NEED_CR0_TS,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_sse),
	.control = run_stamps,
	.prove = xfd_prove,
	.setup = HOST_FN(xfd_set),
	.verify = HOST_FN(is_as_named),
};

static const struct fpb_value errs[] = {
	{ .name = "nonzero", .number = XFD_XTILEDATA, .is_interleaved = true },
	{ .name = "zero", .number = 0, .is_interleaved = true },
	{ 0 },
};

/* Written once in the life of the guest: WRMSR of IA32_XFD_ERR is an exit of its own. */
static void run_tail(struct fpb_run *run)
{
	const uint64_t err = run->value[0];

	if (rdmsr(MSR_IA32_XFD_ERR) != err)
		wrmsr(MSR_IA32_XFD_ERR, err);
	FPB_TIMED_LOOP(run, (void)cpuid(0, 0));
	fpb_observe(run, ABI_EVIDENCE_XFD_ERR, rdmsr(MSR_IA32_XFD_ERR), err);
}

static void stays_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, 0);
}

static const struct fpb_bench nm_xfd_err_tail = {
	.name = "nm/xfd_err_tail",
	.title = "CPUID exits while IA32_XFD_ERR holds what the guest has not cleared",
	.axes = { { "err", errs } },
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_CPUID_EXIT,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_tail),
	.verify = HOST_FN(stays_in_kernel),
};

/* What SIGILL is expected to be, and what it was. One thread measures. */
static struct {
	uint64_t rip, bytes;
	volatile uint64_t nr_handled;
	volatile int code;
} sigill;

static void skip_instruction(int number, siginfo_t *info, void *context)
{
	greg_t *rip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	if ((uint64_t)*rip != sigill.rip) {
		/* Nobody meant it: let it end the process, as it would have. */
		signal(number, SIG_DFL);
		return;
	}
	*rip += (greg_t)sigill.bytes;
	sigill.code = info->si_code;
	sigill.nr_handled++;
}

static int take_sigill(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct sigaction action = { .sa_sigaction = skip_instruction, .sa_flags = SA_SIGINFO };

	(void)run;
	(void)vm;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGILL, &action, NULL))
		return FPB_FAIL(err, -errno, "sigaction(SIGILL)");
	return 0;
}

static void give_sigill_back(struct fpb_run *run)
{
	(void)run;
	signal(SIGILL, SIG_DFL);
}

/* arch/x86/kernel/traps.c: handle_xfd_event() without permission, and handle_invalid_op(). */
static void expect_sigill(void (*at)(void), uint64_t bytes)
{
	sigill.rip = (uint64_t)at;
	sigill.bytes = bytes;
	sigill.nr_handled = 0;
	sigill.code = 0;
}

static void observe_sigill(struct fpb_run *run, int code)
{
	tilerelease();
	fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, sigill.nr_handled, run->iterations);
	fpb_observe(run, ABI_EVIDENCE_ANSWER, (uint64_t)sigill.code, (uint64_t)code);
}

static void run_tile_sigill(struct fpb_run *run)
{
	struct tile_config *config = (void *)run->scratch;

	tile_config_full(config);
	expect_sigill(nm_tilezero, NM_TILEZERO_BYTES);
	FPB_TIMED_LOOP(run, ldtilecfg(config); nm_tilezero());
	observe_sigill(run, ILL_ILLOPC);
}

static void run_ud2_sigill(struct fpb_run *run)
{
	struct tile_config *config = (void *)run->scratch;

	tile_config_full(config);
	expect_sigill(nm_ud2, NM_UD2_BYTES);
	FPB_TIMED_LOOP(run, ldtilecfg(config); nm_ud2());
	observe_sigill(run, ILL_ILLOPN);
}

static const struct fpb_bench nm_host_sigill = {
	.name = "nm/host_sigill",
	.title = "TILEZERO without permission up to SIGILL and back, less UD2: the share of #NM",
	.needs = FPB_NEED_AMX,
	.host = HOST_FN(run_tile_sigill),
	.control = run_ud2_sigill,
	.setup = HOST_FN(take_sigill),
	.teardown = HOST_FN(give_sigill_back),
};

const struct fpb_bench *const family_nm[] = {
	&nm_xfd, &nm_cr0ts, &nm_xfd_err_tail, &nm_host_sigill, NULL,
};
