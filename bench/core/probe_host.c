// SPDX-License-Identifier: MIT
/* probe_host.c - what this process can execute, by CPUID, XCR0 and perf_event_open. */
#include <errno.h>

#include "bench/core/probe_priv.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/xsave.h"
#include "host/machine/perf_group.h"
#include "host/vmm/kvm_sys.h"

static uint64_t host_xcr0(void)
{
	return cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE ? xgetbv(0) : 0;
}

struct cpuid_need {
	uint32_t need;
	uint32_t bit;
	const char *name;
};

static const struct cpuid_need xsave_needs[] = {
	{ FPB_NEED_XSAVEOPT, CPUID_D1_EAX_XSAVEOPT, "CPUID.(0xD,1):EAX[0] (XSAVEOPT)" },
	{ FPB_NEED_XSAVEC, CPUID_D1_EAX_XSAVEC, "CPUID.(0xD,1):EAX[1] (XSAVEC)" },
	{ FPB_NEED_XGETBV1, CPUID_D1_EAX_XGETBV1, "CPUID.(0xD,1):EAX[2] (XGETBV with ECX=1)" },
	{ FPB_NEED_XSAVES, CPUID_D1_EAX_XSAVES, "CPUID.(0xD,1):EAX[3] (XSAVES)" },
};

#define NR_XSAVE_NEEDS (sizeof(xsave_needs) / sizeof(xsave_needs[0]))
static void probe_cpu(struct fpb_capability *c)
{
	uint32_t ecx = cpuid(1, 0).ecx;
	uint32_t eax = cpuid(CPUID_D, 1).eax;

	c->have |= FPB_NEED_NATIVE | ALL_XSAVE;
	c->xfeatures = host_xcr0();
	c->has_rdtscp = cpuid(CPUID_EXTENDED, 0).eax > CPUID_EXTENDED &&
			cpuid(CPUID_EXTENDED + 1, 0).edx & CPUID_80000001_EDX_RDTSCP;
	if (!(ecx & CPUID_1_ECX_XSAVE))
		probe_lack_all(c, ALL_XSAVE, "cpu-lacks", "CPUID.1:ECX[26] (XSAVE) is 0");
	else if (!(ecx & CPUID_1_ECX_OSXSAVE))
		probe_lack_all(c, ALL_XSAVE, "os-lacks", "CPUID.1:ECX[27] (OSXSAVE) is 0");
	for (unsigned int i = 0; i < NR_XSAVE_NEEDS; i++) {
		if (!(eax & xsave_needs[i].bit))
			fpb_lack_set(c, xsave_needs[i].need, "cpu-lacks", "%s is 0, EAX read %#x",
				     xsave_needs[i].name, eax);
	}
	probe_vector_state(c, "os-lacks");
}

/* Core cycles of this process, the least any PMU can count. */
static void probe_pmu(struct fpb_capability *c)
{
	static const char *const names[] = { FPB_CORE_CLOCK_EVENT };
	const struct perf_group_options options = { .names = names, .nr_names = 1 };
	struct perf_group *group;
	struct fpb_err err = { 0 };

	if (perf_group_create(&group, &options, &err)) {
		fpb_lack_set(c, FPB_NEED_PMU, "no-pmu", "%s", err.text);
		return;
	}
	c->have |= FPB_NEED_PMU;
	if (!perf_group_has_any(group))
		fpb_lack_set(c, FPB_NEED_PMU, "no-pmu", "%s: %s", perf_group_name(group, 0),
			     perf_group_why(group, 0));
	perf_group_destroy(group);
}

void probe_host(struct fpb_capability *c)
{
	probe_cpu(c);
	probe_pmu(c);
}

/* Bit 18 of the features KVM can give to guests (KVM_X86_XCOMP_GUEST_SUPP), or -errno. */
static int kvm_xtiledata(int kvm_fd, uint64_t *supported)
{
	struct kvm_device_attr attr = {
		.group = 0,
		.attr = KVM_X86_XCOMP_GUEST_SUPP,
		.addr = (uintptr_t)supported,
	};

	return kvm_sys_real.ioctl(kvm_fd, KVM_GET_DEVICE_ATTR, (unsigned long)&attr);
}

void probe_amx_guest(struct fpb_capability *c, int kvm_fd)
{
	uint32_t xfd = cpuid(CPUID_D, 1).eax;
	uint32_t tiles = cpuid(CPUID_D, 18).ecx;
	uint64_t supported = 0;
	int ret = kvm_xtiledata(kvm_fd, &supported);

	if (!(xfd & CPUID_D1_EAX_XFD))
		fpb_lack_set(c, FPB_NEED_AMX_GUEST, "cpu-lacks",
			     "CPUID.(0xD,1):EAX[4] (XFD) is 0, EAX read %#x", xfd);
	else if (!(tiles & CPUID_DI_ECX_XFD))
		fpb_lack_set(c, FPB_NEED_AMX_GUEST, "cpu-lacks",
			     "CPUID.(0xD,18):ECX[2] (XTILEDATA under XFD) is 0, ECX read %#x",
			     tiles);
	else if (ret < 0 || !(supported & XFEATURE_XTILEDATA))
		fpb_lack_set(c, FPB_NEED_AMX_GUEST, "kvm-lacks",
			     "KVM_X86_XCOMP_GUEST_SUPP: bit 18 needed, read %#llx (answer %d)",
			     (unsigned long long)supported, ret);
	else
		c->have |= FPB_NEED_AMX_GUEST;
}
