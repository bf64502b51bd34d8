// SPDX-License-Identifier: MIT
/*
 * area.c - what does one more component in the mask cost, if nobody uses it?
 *
 * Asks:     kernels since 6.17 have CET_S in guest fpstates only, so that it need not be saved for
 *           every task: 24 bytes. What would it have cost? Expected near zero: read the interval.
 * Times:    N XSAVES at CPL 0 to one buffer, the ordinary components live, with CET_S in the mask
 *           and without; IA32_XSS has it in both. CET_S itself is init, as it is in tasks.
 * Includes: the instruction and its stores.
 * Excludes: the loop; making the state live.
 * Valid if: XCOMP_BV read back is the mask, IA32_XSS holds CET_S, CET_S is init in the image. `bytes`
 *           is what CET_S adds to the area by CPUID.(0xD,1):EBX: 0 or 24.
 */
#include "bench/cases/live.h"
#include "guest/x86/msr.h"

enum { AXIS_CET_S };

static const struct fpb_value masks[] = {
	{ .name = "absent", .number = 0 },
	{ .name = "present", .number = XFEATURE_CET_S },
	{ 0 },
};

#define CET_S_BYTES 24

/* Of a compacted area with everything that XCR0 and IA32_XSS, `xss`, enable. A vmexit. */
static uint32_t area_bytes(uint64_t xss)
{
	wrmsr(MSR_IA32_XSS, xss);
	return cpuid(CPUID_D, 1).ebx;
}

static void run_xsaves(struct fpb_run *run)
{
	const uint64_t cet_s = run->value[AXIS_CET_S];
	const uint64_t rfbm = live_rfbm(run) | cet_s;
	uint8_t *area = run->scratch, *image = area + XSTATE_AREA_BYTES;
	const struct xsave_area *header = (const void *)area;
	uint32_t without, with;
	uint64_t before;

	FPB_HERE(run);
	before = rdmsr(MSR_IA32_XSS);
	without = area_bytes(0);
	with = area_bytes(cet_s);
	wrmsr(MSR_IA32_XSS, XFEATURE_CET_S);
	live_load(run, image, live_rfbm(run));
	xstate_fill(area, run->xstate, 0, 1);
	FPB_HERE(run);
	FPB_TIMED_LOOP(run, xsaves(area, rfbm));
	fpb_observe(run, ABI_EVIDENCE_XCOMP_BV, header->xcomp_bv & ~XCOMP_BV_COMPACTED, rfbm);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, header->xstate_bv,
		    live_xinuse(run, live_rfbm(run)));
	fpb_observe(run, ABI_EVIDENCE_XSS, rdmsr(MSR_IA32_XSS), XFEATURE_CET_S);
	fpb_observe(run, ABI_EVIDENCE_BYTES, with - without, cet_s ? CET_S_BYTES : 0);
	wrmsr(MSR_IA32_XSS, before);
}

static const struct fpb_bench area_xsaves = {
	.name = "area/xsaves",
	.title = "XSAVES with and without CET_S, unused, in its mask",
	.axes = { { "cet_s", masks } },
	.needs = FPB_NEED_XSAVE | FPB_NEED_XSAVES | FPB_NEED_CET_S,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_xsaves),
};

const struct fpb_bench *const family_area[] = { &area_xsaves, NULL };
