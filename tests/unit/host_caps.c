// SPDX-License-Identifier: MIT
#include "tests/unit/host_caps.h"

#include "guest/x86/cpuid.h"
#include "guest/x86/xstate.h"

void host_caps(struct fpb_capabilities *caps)
{
	struct fpb_capability *host = &caps->on[FPB_HOST];

	*caps = (struct fpb_capabilities){ .tsc_step = 1 };
	host->have = FPB_NEED_NATIVE;
	host->has_rdtscp = cpuid(CPUID_EXTENDED + 1, 0).edx & CPUID_80000001_EDX_RDTSCP;
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE))
		return;
	xstate_layout(caps->xstate);
	host->xfeatures = xgetbv(0);
	host->have |= FPB_NEED_XSAVE;
	if (cpuid(CPUID_D, 1).eax & CPUID_D1_EAX_XSAVEC)
		host->have |= FPB_NEED_XSAVEC;
}
