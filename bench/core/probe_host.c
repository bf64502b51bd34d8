// SPDX-License-Identifier: MIT
/* probe_host.c - what this process can execute, by CPUID, XCR0 and perf_event_open. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/core/probe_priv.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xstate.h"
#include "host/machine/cpu_source.h"
#include "host/machine/perf_group.h"
#include "host/vmm/kvm_sys.h"

enum cpuid_register { EAX, ECX };

/* Bits of CPUID.(leaf,subleaf), all of which a need asks for. */
struct cpuid_need {
	uint64_t need;
	uint32_t leaf, subleaf;
	enum cpuid_register in;
	uint32_t bits;
	const char *name;
};

static const struct cpuid_need cpuid_needs[] = {
	{ FPB_NEED_AVX, CPUID_D, 0, EAX, XFEATURE_AVX, "CPUID.(0xD,0):EAX[2] (AVX state)" },
	{ FPB_NEED_AVX512, CPUID_D, 0, EAX, XFEATURE_AVX512,
	  "CPUID.(0xD,0):EAX[7:5] (AVX-512 state)" },
	{ FPB_NEED_XSAVEOPT, CPUID_D, 1, EAX, CPUID_D1_EAX_XSAVEOPT,
	  "CPUID.(0xD,1):EAX[0] (XSAVEOPT)" },
	{ FPB_NEED_XSAVEC, CPUID_D, 1, EAX, CPUID_D1_EAX_XSAVEC, "CPUID.(0xD,1):EAX[1] (XSAVEC)" },
	{ FPB_NEED_XGETBV1, CPUID_D, 1, EAX, CPUID_D1_EAX_XGETBV1,
	  "CPUID.(0xD,1):EAX[2] (XGETBV with ECX=1)" },
	{ ALL_XSS | FPB_NEED_XSAVES, CPUID_D, 1, EAX, CPUID_D1_EAX_XSAVES,
	  "CPUID.(0xD,1):EAX[3] (XSAVES)" },
	{ FPB_NEED_CET_U, CPUID_D, 1, ECX, XFEATURE_CET_U, "CPUID.(0xD,1):ECX[11] (CET_U state)" },
	{ FPB_NEED_CET_S, CPUID_D, 1, ECX, XFEATURE_CET_S, "CPUID.(0xD,1):ECX[12] (CET_S state)" },
	{ FPB_NEED_PKU, 7, 0, ECX, CPUID_7_ECX_PKU, "CPUID.(7,0):ECX[3] (PKU)" },
};

#define NR_CPUID_NEEDS (sizeof(cpuid_needs) / sizeof(cpuid_needs[0]))

/* Zeros where there is no such leaf: it would be answered with another one's values. */
static struct cpuid_regs leaf_or_zeros(const struct cpu_source *cpu, uint32_t leaf,
				       uint32_t subleaf)
{
	if (!cpu_has_leaf(cpu, leaf))
		return (struct cpuid_regs){ 0 };
	return cpu->cpuid(cpu, leaf, subleaf);
}

/* Tiles as a dynamic feature; whether they are to be had is the kernel's answer, and KVM's. */
static void check_amx(struct fpb_capability *c, const struct cpu_source *cpu)
{
	const uint32_t xfd = leaf_or_zeros(cpu, CPUID_D, 1).eax;
	const uint32_t tiles = leaf_or_zeros(cpu, CPUID_D, 18).ecx;

	c->have |= FPB_NEED_AMX;
	if (!(xfd & CPUID_D1_EAX_XFD))
		probe_lack_all(c, ALL_AMX, "cpu-lacks",
			       "CPUID.(0xD,1):EAX[4] (XFD) is 0, EAX read %#x", xfd);
	else if (!(tiles & CPUID_DI_ECX_XFD))
		probe_lack_all(c, ALL_AMX, "cpu-lacks",
			       "CPUID.(0xD,18):ECX[2] (XTILEDATA under XFD) is 0, ECX read %#x",
			       tiles);
	else if ((c->xfeatures & XFEATURE_AMX) != XFEATURE_AMX)
		probe_lack_all(c, FPB_NEED_AMX | FPB_NEED_AMX_TASK, "os-lacks",
			       "AMX state: XCR0 bits %#llx needed, XCR0 read %#llx", XFEATURE_AMX,
			       (unsigned long long)c->xfeatures);
}

static void check_pku(struct fpb_capability *c, const struct cpu_source *cpu)
{
	const uint32_t ecx = leaf_or_zeros(cpu, 7, 0).ecx;

	if (!(ecx & CPUID_7_ECX_OSPKE))
		fpb_lack_set(c, FPB_NEED_PKU, "os-lacks",
			     "CPUID.(7,0):ECX[4] (OSPKE) is 0, ECX read %#x", ecx);
	else if (!(c->xfeatures & XFEATURE_PKRU))
		fpb_lack_set(c, FPB_NEED_PKU, "os-lacks",
			     "PKRU: XCR0 bit 9 needed, XCR0 read %#llx",
			     (unsigned long long)c->xfeatures);
}

void probe_processor(struct fpb_capability *c, const struct cpu_source *cpu)
{
	const uint32_t ecx = cpu->cpuid(cpu, 1, 0).ecx;

	c->have |= FPB_NEED_NATIVE | ALL_XSAVE | FPB_NEED_PKU;
	c->xfeatures = ecx & CPUID_1_ECX_OSXSAVE ? cpu->xcr0(cpu) : 0;
	c->has_rdtscp = cpu_has_leaf(cpu, CPUID_EXTENDED + 1) &&
			cpu->cpuid(cpu, CPUID_EXTENDED + 1, 0).edx & CPUID_80000001_EDX_RDTSCP;
	/* The processor before the kernel: what it lacks, no kernel can enable. */
	if (!(ecx & CPUID_1_ECX_XSAVE))
		probe_lack_all(c,
			       ALL_XSAVE | ALL_XSS | ALL_AMX | FPB_NEED_XSETBV | FPB_NEED_XCR0 |
				       FPB_NEED_PKU,
			       "cpu-lacks", "CPUID.1:ECX[26] (XSAVE) is 0, ECX read %#x", ecx);
	for (unsigned int i = 0; i < NR_CPUID_NEEDS; i++) {
		const struct cpuid_need *n = &cpuid_needs[i];
		const struct cpuid_regs r = leaf_or_zeros(cpu, n->leaf, n->subleaf);
		const uint32_t read = n->in == EAX ? r.eax : r.ecx;

		if ((read & n->bits) != n->bits)
			probe_lack_all(c, n->need, "cpu-lacks", "%s is 0, %s read %#x", n->name,
				       n->in == EAX ? "EAX" : "ECX", read);
	}
	check_amx(c, cpu);
	check_pku(c, cpu);
	if (!(ecx & CPUID_1_ECX_OSXSAVE))
		probe_lack_all(c, ALL_XSAVE, "os-lacks",
			       "CPUID.1:ECX[27] (OSXSAVE) is 0, ECX read %#x", ecx);
	probe_vector_state(c, "os-lacks");
}

/* A few times over: after an interrupt some processors show SSE in use although it is not. */
#define NR_TRACKING_READS 16

uint64_t probe_always_in_use(uint64_t xfeatures)
{
	/* Whole: a restore may touch the places of components that XSTATE_BV leaves out. */
	static uint8_t area[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	const struct xsave_area *header = (const void *)area;
	const struct abi_xstate nowhere[ABI_NR_XSTATE] = { 0 };
	const uint64_t rfbm = xfeatures & XSTATE_ORDINARY;
	uint64_t always = rfbm;

	for (unsigned int i = 0; rfbm && i < NR_TRACKING_READS; i++) {
		xstate_fill(area, nowhere, 0, 0);
		xrstor(area, rfbm);
		xsave(area, rfbm);
		always &= header->xstate_bv;
	}
	return always;
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
		fpb_lack_set(c, FPB_NEED_PMU, "no-pmu", "perf_event_open of %s: %s",
			     perf_group_name(group, 0), perf_group_why(group, 0));
	perf_group_destroy(group);
}

/* arch/x86/include/uapi/asm/prctl.h; Linux 5.16 and later. */
#define ARCH_GET_XCOMP_SUPP 0x1021

/* Nothing is requested here: permission would be the whole process's. */
static void probe_amx_task(struct fpb_capability *c)
{
	uint64_t supported = 0;
	const long ret = syscall(SYS_arch_prctl, ARCH_GET_XCOMP_SUPP, &supported);

	if (ret || !(supported & XFEATURE_XTILEDATA))
		fpb_lack_set(c, FPB_NEED_AMX_TASK, "os-lacks",
			     "arch_prctl(ARCH_GET_XCOMP_SUPP): bit 18 needed, read %#llx (answer "
			     "%ld)",
			     (unsigned long long)supported, ret);
	else
		c->have |= FPB_NEED_AMX_TASK;
}

void probe_host(struct fpb_capability *c)
{
	probe_processor(c, &cpu_source_real);
	probe_amx_task(c);
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
	uint64_t supported = 0;
	int ret = kvm_xtiledata(kvm_fd, &supported);

	if (ret < 0 || !(supported & XFEATURE_XTILEDATA))
		fpb_lack_set(c, FPB_NEED_AMX_GUEST, "kvm-lacks",
			     "KVM_X86_XCOMP_GUEST_SUPP: bit 18 needed, read %#llx (answer %d)",
			     (unsigned long long)supported, ret);
	else
		c->have |= FPB_NEED_AMX_GUEST;
}
