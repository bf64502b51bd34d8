// SPDX-License-Identifier: MIT
/*
 * probe.c - find out what this machine can run by running it.
 *
 * Host needs come from CPUID and XCR0. Guest needs are executed in throw-away VMs, one each: an
 * instruction that KVM cannot run ends its vCPU. An exception in a probe means that the guest does
 * not have the feature; anything else that goes wrong is the backend's inability and is quoted.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/capabilities.h"
#include "bench/core/guest.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/sled.h"
#include "guest/x86/xstate.h"
#include "host/machine/cpu_source.h"
#include "host/machine/perf_group.h"
#include "host/machine/tsc_rate.h"

/* A hundred exits take a millisecond; one KVM rewrites a hypercall it cannot deliver for ever. */
#define PROBE_TIMEOUT_MS 300
#define NR_EXITS	 100u
#define SLED_ADDS	 1024u
/* A dependent addition takes one core cycle; an interpreter needs hundreds of ticks. */
#define NATIVE_TICKS_PER_ADD 20u

static uint64_t host_xcr0(void)
{
	return cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE ? xgetbv(0) : 0;
}

static bool is_amd(void)
{
	struct cpuid_regs vendor = cpuid(0, 0);

	/* "AuthenticAMD" and "HygonGenuine" use VMMCALL. */
	return vendor.ebx == 0x68747541 || vendor.ebx == 0x6f677948;
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
#define ALL_XSAVE                                                                                  \
	(FPB_NEED_XSAVE | FPB_NEED_XSAVEOPT | FPB_NEED_XSAVEC | FPB_NEED_XSAVES |                  \
	 FPB_NEED_XGETBV1 | FPB_NEED_AVX | FPB_NEED_AVX512)

static void lack_all(struct fpb_capability *c, uint32_t needs, const char *reason, const char *text)
{
	for (uint32_t rest = needs; rest; rest &= rest - 1)
		fpb_lack_set(c, rest & -rest, reason, "%s", text);
}

static void check_xfeatures(struct fpb_capability *c, uint32_t need, uint64_t wanted,
			    const char *reason, const char *what)
{
	if ((c->xfeatures & wanted) == wanted)
		return;
	fpb_lack_set(c, need, reason, "%s: XCR0 bits %#llx needed, XCR0 read %#llx", what,
		     (unsigned long long)wanted, (unsigned long long)c->xfeatures);
}

static const char *who_lacks_xfeatures(uint64_t wanted, const char *otherwise)
{
	struct cpuid_regs d0 = cpuid(CPUID_D, 0);

	return (d0.eax & wanted) == wanted ? otherwise : "cpu-lacks";
}

static void check_vector_state(struct fpb_capability *c, const char *otherwise)
{
	check_xfeatures(c, FPB_NEED_AVX, XFEATURE_AVX, who_lacks_xfeatures(XFEATURE_AVX, otherwise),
			"AVX state");
	check_xfeatures(c, FPB_NEED_AVX512, XFEATURE_AVX512,
			who_lacks_xfeatures(XFEATURE_AVX512, otherwise), "AVX-512 state");
}

static void probe_host_cpu(struct fpb_capability *c)
{
	uint32_t ecx = cpuid(1, 0).ecx;
	uint32_t eax = cpuid(CPUID_D, 1).eax;

	c->have |= FPB_NEED_NATIVE | ALL_XSAVE;
	c->xfeatures = host_xcr0();
	c->has_rdtscp = cpuid(CPUID_EXTENDED, 0).eax > CPUID_EXTENDED &&
			cpuid(CPUID_EXTENDED + 1, 0).edx & CPUID_80000001_EDX_RDTSCP;
	if (!(ecx & CPUID_1_ECX_XSAVE))
		lack_all(c, ALL_XSAVE, "cpu-lacks", "CPUID.1:ECX[26] (XSAVE) is 0");
	else if (!(ecx & CPUID_1_ECX_OSXSAVE))
		lack_all(c, ALL_XSAVE, "os-lacks", "CPUID.1:ECX[27] (OSXSAVE) is 0");
	for (unsigned int i = 0; i < NR_XSAVE_NEEDS; i++) {
		if (!(eax & xsave_needs[i].bit))
			fpb_lack_set(c, xsave_needs[i].need, "cpu-lacks", "%s is 0, EAX read %#x",
				     xsave_needs[i].name, eax);
	}
	check_vector_state(c, "os-lacks");
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

/* What a probe in a guest came to. */
struct outcome {
	int ret;
	struct fpb_err err;
	uint64_t answer;
	uint64_t nr_exits; /* growth of KVM's `exits` */
	uint64_t nr_resumed;
};

struct probe_options {
	enum vcpu_ring ring;
	enum abi_probe probe;
	uint32_t nr;
	uint32_t inject;
	uint64_t xfeatures;
	bool is_amd;
};

static void count_exits(struct fpb_guest *guest, uint64_t *exits)
{
	*exits = 0;
	if (kvm_stats_has(guest->vcpu->stats, "exits") &&
	    kvm_stats_read(guest->vcpu->stats, "exits", exits, NULL))
		*exits = 0;
}

static int execute(struct fpb_guest *guest, const struct probe_options *o, struct outcome *out)
{
	const struct abi_request request = {
		.command = ABI_COMMAND_PROBE,
		.bench = o->probe,
		.ring = o->ring,
		.iterations = o->nr,
		.xfeatures = o->xfeatures,
		.is_amd = o->is_amd,
	};
	const struct vcpu_run_request how = {
		.resume_port = ABI_PORT_PIO,
		.timeout_ms = PROBE_TIMEOUT_MS,
	};
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	struct vcpu_exit exit;
	uint64_t before, after;
	int ret = fpb_guest_boot(guest, &out->err);

	if (ret)
		return ret;
	ret = fpb_guest_set_inject(guest, o->inject, &out->err);
	if (ret)
		return ret;
	count_exits(guest, &before);
	ret = fpb_guest_command(guest, &request, &how, &exit, &out->err);
	if (ret)
		return ret;
	count_exits(guest, &after);
	fpb_guest_evidence(guest, evidence);
	out->answer = evidence[ABI_EVIDENCE_ANSWER].value;
	out->nr_exits = after - before;
	out->nr_resumed = exit.nr_resumed;
	return 0;
}

static struct outcome probe_in_guest(const struct probe_options *o)
{
	const struct fpb_guest_config config = { .ring = o->ring };
	struct fpb_guest guest;
	struct outcome out = { 0 };

	out.ret = fpb_guest_create(&config, &guest, &out.err);
	if (out.ret)
		return out;
	if (o->probe == ABI_PROBE_PIO_KERNEL)
		out.ret = vm_answer_in_kernel(guest.vm, ABI_PORT_PIO_KERNEL, &out.err);
	if (!out.ret)
		out.ret = execute(&guest, o, &out);
	fpb_guest_destroy(&guest);
	return out;
}

/* -EFAULT is a guest exception: the feature is absent, not the backend unable. */
static void lack_by_outcome(struct fpb_capability *c, uint32_t needs, const struct outcome *out,
			    const char *what)
{
	char text[sizeof(c->lack[0].text)];
	char described[sizeof(text) - 40];

	fpb_err_describe(&out->err, described, sizeof(described));
	snprintf(text, sizeof(text), "%.32s: %s", what, described);
	lack_all(c, needs, out->ret == -EFAULT ? "kvm-lacks" : "backend-cannot", text);
}

static void probe_xsave(struct fpb_capability *c, struct probe_options o)
{
	static const struct {
		uint32_t needs;
		enum abi_probe probe;
		const char *name;
	} one_by_one[] = {
		{ FPB_NEED_XGETBV1, ABI_PROBE_XGETBV1, "XGETBV(1)" },
		{ FPB_NEED_XSAVEOPT, ABI_PROBE_XSAVEOPT, "XSAVEOPT" },
		{ FPB_NEED_XSAVEC, ABI_PROBE_XSAVEC, "XSAVEC" },
		{ FPB_NEED_XSAVES, ABI_PROBE_XSAVES, "XSAVES" },
	};
	struct outcome out;

	o.nr = 1;
	o.probe = ABI_PROBE_XGETBV;
	out = probe_in_guest(&o);
	if (out.ret) {
		lack_by_outcome(c, ALL_XSAVE, &out, "XGETBV");
		return;
	}
	o.xfeatures = out.answer;
	o.probe = ABI_PROBE_XSAVE;
	out = probe_in_guest(&o);
	if (out.ret) {
		lack_by_outcome(c, ALL_XSAVE, &out, "XSAVE and XRSTOR");
		return;
	}
	c->xfeatures = o.xfeatures;
	c->have |= ALL_XSAVE;
	for (unsigned int i = 0; i < sizeof(one_by_one) / sizeof(one_by_one[0]); i++) {
		o.probe = one_by_one[i].probe;
		out = probe_in_guest(&o);
		if (out.ret)
			lack_by_outcome(c, one_by_one[i].needs, &out, one_by_one[i].name);
	}
	check_vector_state(c, "kvm-lacks");
}

static void probe_exits(struct fpb_capability *c, struct probe_options o)
{
	static const struct {
		uint32_t need;
		enum abi_probe probe;
		const char *name;
	} kinds[] = {
		{ FPB_NEED_CPUID_EXIT, ABI_PROBE_CPUID, "CPUID" },
		{ FPB_NEED_HYPERCALL, ABI_PROBE_HYPERCALL, "hypercall" },
		{ FPB_NEED_IOEVENTFD, ABI_PROBE_PIO_KERNEL, "OUT to an ioeventfd" },
		{ FPB_NEED_PIO_EXIT, ABI_PROBE_PIO, "OUT" },
	};

	o.nr = NR_EXITS;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct outcome out;

		o.probe = kinds[i].probe;
		out = probe_in_guest(&o);
		c->have |= kinds[i].need;
		if (out.ret)
			lack_by_outcome(c, kinds[i].need, &out, kinds[i].name);
		else if (o.probe == ABI_PROBE_PIO && out.nr_resumed != NR_EXITS)
			fpb_lack_set(c, kinds[i].need, "backend-cannot",
				     "OUT: %llu of %u reached the VMM",
				     (unsigned long long)out.nr_resumed, NR_EXITS);
		else if (out.nr_exits >= NR_EXITS)
			c->counted |= kinds[i].need;
	}
}

static bool probe_boot(struct fpb_capability *c, const struct probe_options *o)
{
	struct outcome out = probe_in_guest(o);

	if (out.ret) {
		/* Without a fenced TSC read no row can be timed: that is as good as no VM. */
		lack_by_outcome(c, (1u << FPB_NR_NEEDS) - 1, &out, "a guest with fenced TSC reads");
		return false;
	}
	c->have |= FPB_NEED_KVM | FPB_NEED_NATIVE;
	if (out.answer > (uint64_t)o->inject * NATIVE_TICKS_PER_ADD)
		fpb_lack_set(c, FPB_NEED_NATIVE, "backend-cannot",
			     "guest code is interpreted: %u additions took %llu ticks", o->inject,
			     (unsigned long long)out.answer);
	return true;
}

static void probe_guest(struct fpb_capabilities *caps, enum fpb_substrate substrate)
{
	struct fpb_capability *c = &caps->on[substrate];
	struct probe_options o = {
		.ring = fpb_substrate_ring(substrate),
		.probe = ABI_PROBE_TSC,
		.nr = 1,
		.inject = SLED_ADDS,
		.is_amd = caps->is_amd,
	};

	if (!probe_boot(c, &o))
		return;
	o.inject = 0;
	o.probe = ABI_PROBE_RDTSCP;
	c->has_rdtscp = probe_in_guest(&o).ret == 0;
	probe_xsave(c, o);
	probe_exits(c, o);
}

static const char *open_reason(int code)
{
	return code == -EACCES || code == -EPERM ? "no-permission" : "no-kvm";
}

/* KVM for host rows: a VM and a vCPU can be had, and KVM tells how often it loads the guest FPU. */
static void probe_kvm(struct fpb_capabilities *caps)
{
	const struct fpb_guest_config config = { .ring = VCPU_RING3 };
	struct fpb_capability *host = &caps->on[FPB_HOST];
	struct fpb_guest guest;
	struct fpb_err err = { 0 };
	int fd = kvm_open(&kvm_sys_real, &err);
	uint32_t stats = FPB_NEED_STATS;

	if (fd < 0) {
		for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
			lack_all(&caps->on[s], (1u << FPB_NR_NEEDS) - 1 - caps->on[s].have,
				 open_reason(fd), err.text);
		return;
	}
	kvm_sys_real.close(fd);
	if (fpb_guest_create(&config, &guest, &err)) {
		char text[sizeof(host->lack[0].text)];

		fpb_err_describe(&err, text, sizeof(text));
		for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
			lack_all(&caps->on[s], (1u << FPB_NR_NEEDS) - 1 - caps->on[s].have,
				 "kvm-lacks", text);
		return;
	}
	host->have |= FPB_NEED_KVM;
	if (!kvm_stats_has(guest.vcpu->stats, "fpu_reload")) {
		stats = 0;
		fpb_lack_set(host, FPB_NEED_STATS, "kvm-lacks",
			     "KVM_GET_STATS_FD has no 'fpu_reload' (Linux 5.14 and later have)");
	}
	fpb_guest_destroy(&guest);
	probe_guest(caps, FPB_GUEST_RING0);
	probe_guest(caps, FPB_GUEST_RING3);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		caps->on[s].have |= stats;
}

int fpb_probe(struct fpb_capabilities *caps, struct fpb_err *err)
{
	const uint64_t step = tsc_step_cyc(&cpu_source_real);

	*caps = (struct fpb_capabilities){
		.is_amd = is_amd(),
		.tsc_step = step ? (uint32_t)step : 1,
	};
	(void)err;
	if (cpuid(0, 0).eax >= CPUID_D)
		xstate_layout(caps->xstate);
	probe_host_cpu(&caps->on[FPB_HOST]);
	probe_pmu(&caps->on[FPB_HOST]);
	probe_kvm(caps);
	return 0;
}
