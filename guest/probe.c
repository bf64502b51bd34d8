// SPDX-License-Identifier: MIT
#include "guest/probe.h"

#include "guest/x86/cpuid.h"
#include "guest/x86/hypercall.h"
#include "guest/x86/io.h"
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
