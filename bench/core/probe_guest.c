// SPDX-License-Identifier: MIT
/*
 * probe_guest.c - what a guest can execute, found out by executing it in throw-away VMs, one each:
 * an instruction that KVM cannot run ends its vCPU. An exception in a probe means that the guest
 * does not have the feature; anything else that goes wrong is the backend's inability and is
 * quoted. No answer in time may be the fault of a busy machine, and is asked for once more.
 */
#include <errno.h>
#include <stdio.h>

#include "bench/core/guest.h"
#include "bench/core/probe_priv.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xsave.h"

/* A hundred exits take a millisecond; one KVM rewrites a hypercall it cannot deliver for ever. */
#define PROBE_TIMEOUT_MS 300
#define NR_EXITS	 100u
#define SLED_ADDS	 1024u
/* A dependent addition takes one core cycle; an interpreter needs hundreds of ticks. */
#define NATIVE_TICKS_PER_ADD 20u

/* What a probe in a guest came to. */
struct outcome {
	int ret;
	struct fpb_err err;
	bool is_second_try; /* the first ran out of time */
	uint64_t answer;
	uint64_t supervisor; /* what its CPUID allows in IA32_XSS */
	uint64_t nr_exits;   /* growth of KVM's `exits` */
	uint64_t nr_resumed;
};

struct probe_options {
	const struct kvm_sys *sys;
	uint64_t xcr0; /* to set by KVM_SET_XCRS before; 0: as it is */
	enum vcpu_ring ring;
	enum abi_probe probe;
	bool has_irqchip;
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
		.supervisor = cpuid_policy_xss(guest->vm->cpuid),
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
	out->supervisor = request.supervisor;
	out->nr_exits = after - before;
	out->nr_resumed = exit.nr_resumed;
	return 0;
}

static struct outcome probe_once(const struct probe_options *o)
{
	const struct fpb_guest_config config = {
		.sys = o->sys,
		.ring = o->ring,
		.has_irqchip = o->has_irqchip,
	};
	struct fpb_guest guest;
	struct outcome out = { 0 };

	out.ret = fpb_guest_create(&config, &guest, &out.err);
	if (out.ret)
		return out;
	if (o->probe == ABI_PROBE_PIO_KERNEL)
		out.ret = vm_answer_in_kernel(guest.vm, ABI_PORT_PIO_KERNEL, &out.err);
	if (!out.ret && o->probe == ABI_PROBE_PKRU)
		out.ret = vcpu_enable_pku(guest.vcpu, &out.err);
	if (!out.ret && o->xcr0)
		out.ret = vcpu_set_xcr0(guest.vcpu, o->xcr0, &out.err);
	if (!out.ret)
		out.ret = execute(&guest, o, &out);
	fpb_guest_destroy(&guest);
	return out;
}

static struct outcome probe_in_guest(const struct probe_options *o)
{
	struct outcome out = probe_once(o);

	if (out.ret == -ETIMEDOUT) {
		out = probe_once(o);
		out.is_second_try = true;
	}
	return out;
}

/* -EFAULT is a guest exception: the feature is absent, not the backend unable. */
static void lack_by_outcome(struct fpb_capability *c, uint64_t needs, const struct outcome *out,
			    const char *what)
{
	char described[sizeof(c->lack[0].text)];

	fpb_err_describe(&out->err, described, sizeof(described));
	probe_lack_all(c, needs, out->ret == -EFAULT ? "kvm-lacks" : "backend-cannot", "%s%s: %s",
		       what, out->is_second_try ? ", tried a second time after a timeout" : "",
		       described);
}

/* Does the guest see the XCR0 that the VMM set, or the host's own? */
static void probe_xcr0_switch(struct fpb_capability *c, struct probe_options o)
{
	struct outcome out;

	o.xcr0 = XFEATURE_X87 | XFEATURE_SSE;
	if (c->xfeatures == o.xcr0) {
		fpb_lack_set(c, FPB_NEED_XCR0, "cpu-lacks",
			     "XCR0 read %#llx: there is no other to switch to",
			     (unsigned long long)c->xfeatures);
		return;
	}
	o.probe = ABI_PROBE_XGETBV;
	out = probe_in_guest(&o);
	c->have |= FPB_NEED_XCR0;
	if (out.ret)
		lack_by_outcome(c, FPB_NEED_XCR0, &out, "XCR0 by KVM_SET_XCRS");
	else if (out.answer != o.xcr0)
		fpb_lack_set(c, FPB_NEED_XCR0, "backend-cannot",
			     "KVM_SET_XCRS set XCR0 %#llx, the guest reads %#llx",
			     (unsigned long long)o.xcr0, (unsigned long long)out.answer);
}

static void probe_xsave(struct fpb_capability *c, struct probe_options o)
{
	static const struct {
		uint64_t needs;
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
		lack_by_outcome(c, ALL_XSAVE | FPB_NEED_XSETBV | FPB_NEED_XCR0, &out, "XGETBV");
		return;
	}
	o.xfeatures = out.answer;
	o.probe = ABI_PROBE_XSAVE;
	out = probe_in_guest(&o);
	if (out.ret) {
		lack_by_outcome(c, ALL_XSAVE | FPB_NEED_XSETBV | FPB_NEED_XCR0, &out,
				"XSAVE and XRSTOR");
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
	probe_vector_state(c, "kvm-lacks");
	probe_xcr0_switch(c, o);
}

static void probe_pkru(struct fpb_capability *c, struct probe_options o)
{
	struct outcome out;

	if (!(c->xfeatures & XFEATURE_PKRU)) {
		fpb_lack_set(c, FPB_NEED_PKU, "kvm-lacks",
			     "PKRU: XCR0 bit 9 needed, XCR0 read %#llx",
			     (unsigned long long)c->xfeatures);
		return;
	}
	o.probe = ABI_PROBE_PKRU;
	out = probe_in_guest(&o);
	c->have |= FPB_NEED_PKU;
	if (out.ret)
		lack_by_outcome(c, FPB_NEED_PKU, &out, "WRPKRU and RDPKRU");
	else if (out.answer != PKRU_OTHER)
		fpb_lack_set(c, FPB_NEED_PKU, "backend-cannot", "WRPKRU of %#x, RDPKRU read %#llx",
			     PKRU_OTHER, (unsigned long long)out.answer);
}

/* One supervisor state: a bit of IA32_XSS, and an MSR that XSAVES saves with it. */
static void judge_cet(struct fpb_capability *c, uint64_t need, uint64_t component,
		      const struct outcome *xss, const struct outcome *cet)
{
	const unsigned int bit = (unsigned int)__builtin_ctzll(component);

	c->have |= need;
	if (!(xss->supervisor & component))
		fpb_lack_set(c, need, "kvm-lacks",
			     "the guest's CPUID.(0xD,1):ECX[%u] is 0, ECX read %#llx", bit,
			     (unsigned long long)xss->supervisor);
	else if (!(xss->answer & component))
		fpb_lack_set(c, need, "backend-cannot",
			     "IA32_XSS[%u] does not stay set, read back %#llx of %#llx", bit,
			     (unsigned long long)xss->answer, (unsigned long long)xss->supervisor);
	else if (cet->ret)
		lack_by_outcome(c, need, cet, "IA32_PL3_SSP and IA32_PL0_SSP");
	else if (!(cet->answer & component))
		fpb_lack_set(c, need, "backend-cannot",
			     "IA32_PL%u_SSP does not keep what is written",
			     component == XFEATURE_CET_U ? 3u : 0u);
}

/* IA32_XSS can only be written at CPL 0. */
static void probe_xss(struct fpb_capability *c, struct probe_options o)
{
	struct outcome xss, cet;

	if (!(c->have & FPB_NEED_XSAVES)) {
		const struct fpb_lack *lack = &c->lack[__builtin_ctzll(FPB_NEED_XSAVES)];

		probe_lack_all(c, ALL_XSS, lack->reason, "%s", lack->text);
		return;
	}
	o.probe = ABI_PROBE_XSS;
	xss = probe_in_guest(&o);
	if (xss.ret) {
		lack_by_outcome(c, ALL_XSS, &xss, "IA32_XSS");
		return;
	}
	o.probe = ABI_PROBE_CET;
	cet = probe_in_guest(&o);
	c->have |= FPB_NEED_XSS;
	judge_cet(c, FPB_NEED_CET_U, XFEATURE_CET_U, &xss, &cet);
	judge_cet(c, FPB_NEED_CET_S, XFEATURE_CET_S, &xss, &cet);
}

static void probe_cr0_ts(struct fpb_capability *c, struct probe_options o)
{
	struct outcome out;

	o.probe = ABI_PROBE_CR0_TS;
	out = probe_in_guest(&o);
	c->have |= FPB_NEED_CR0_TS;
	if (out.ret)
		lack_by_outcome(c, FPB_NEED_CR0_TS, &out, "SSE under CR0.TS");
	else if (out.answer != 1)
		fpb_lack_set(c, FPB_NEED_CR0_TS, "backend-cannot",
			     "SSE under CR0.TS: %llu times #NM, expected 1",
			     (unsigned long long)out.answer);
}

/* Something that is meant to leave the guest, done NR_EXITS times. */
struct exit_kind {
	uint64_t need;
	const char *name;
	enum abi_probe probe;
	bool has_irqchip;
	/*
	 * Executed without an exit it is no cost but a fault: XSETBV that wrote the host's XCR0, an
	 * MSR that is not KVM's, INVD of a real cache.
	 */
	bool must_exit;
	bool answers_1; /* the guest looks by itself whether it happened */
};

static void judge_exit(struct fpb_capability *c, const struct exit_kind *kind,
		       const struct outcome *out)
{
	c->have |= kind->need;
	if (out->ret)
		lack_by_outcome(c, kind->need, out, kind->name);
	else if (kind->probe == ABI_PROBE_PIO && out->nr_resumed != NR_EXITS)
		fpb_lack_set(c, kind->need, "backend-cannot", "OUT: %llu of %u reached the VMM",
			     (unsigned long long)out->nr_resumed, NR_EXITS);
	else if (kind->answers_1 && out->answer != 1)
		fpb_lack_set(c, kind->need, "backend-cannot", "%s: expected 1, read %llu",
			     kind->name, (unsigned long long)out->answer);
	else if (out->nr_exits >= NR_EXITS)
		c->counted |= kind->need;
	else if (kind->must_exit && c->counted & (FPB_NEED_PIO_EXIT | FPB_NEED_IOEVENTFD))
		fpb_lack_set(c, kind->need, "backend-cannot",
			     "%s was executed without an exit: %llu exits for %u, as KVM counts "
			     "them",
			     kind->name, (unsigned long long)out->nr_exits, NR_EXITS);
}

static void probe_exit(struct fpb_capability *c, struct probe_options o,
		       const struct exit_kind *kind)
{
	struct outcome out;

	o.nr = NR_EXITS;
	o.probe = kind->probe;
	o.xfeatures = c->xfeatures;
	o.has_irqchip = kind->has_irqchip;
	out = probe_in_guest(&o);
	judge_exit(c, kind, &out);
}

static void probe_exits(struct fpb_capability *c, struct probe_options o)
{
	const struct exit_kind kinds[] = {
		{ .need = FPB_NEED_CPUID_EXIT, .name = "CPUID", .probe = ABI_PROBE_CPUID },
		{
			.need = FPB_NEED_HYPERCALL,
			.name = o.is_amd ? "VMMCALL" : "VMCALL",
			.probe = ABI_PROBE_HYPERCALL,
		},
		{
			.need = FPB_NEED_IOEVENTFD,
			.name = "OUT to an ioeventfd",
			.probe = ABI_PROBE_PIO_KERNEL,
		},
		{ .need = FPB_NEED_PIO_EXIT, .name = "OUT", .probe = ABI_PROBE_PIO },
	};
	static const struct exit_kind xsetbv = {
		.need = FPB_NEED_XSETBV,
		.name = "XSETBV",
		.probe = ABI_PROBE_XSETBV,
		.must_exit = true,
	};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		probe_exit(c, o, &kinds[i]);
	if (c->xfeatures) /* said with XGETBV otherwise */
		probe_exit(c, o, &xsetbv);
}

/* What only CPL 0 may execute. */
static void probe_privileged(struct fpb_capability *c, struct probe_options o)
{
	static const struct exit_kind kinds[] = {
		{
			.need = FPB_NEED_RDMSR_EXIT,
			.name = "RDMSR",
			.probe = ABI_PROBE_RDMSR,
			.must_exit = true,
		},
		{
			.need = FPB_NEED_INVD,
			.name = "INVD",
			.probe = ABI_PROBE_INVD,
			.must_exit = true,
		},
		{
			.need = FPB_NEED_TSC_DEADLINE,
			.name = "WRMSR of IA32_TSC_DEADLINE",
			.probe = ABI_PROBE_DEADLINE,
			.has_irqchip = true,
			.must_exit = true,
			.answers_1 = true,
		},
		{
			.need = FPB_NEED_HLT,
			.name = "HLT with an interrupt pending",
			.probe = ABI_PROBE_HLT,
			.has_irqchip = true,
			.must_exit = true,
			.answers_1 = true,
		},
	};

	probe_xss(c, o);
	probe_cr0_ts(c, o);
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!kinds[i].has_irqchip || c->have & FPB_NEED_IRQCHIP)
			probe_exit(c, o, &kinds[i]);
	}
}

static bool probe_boot(struct fpb_capability *c, const struct probe_options *o)
{
	struct outcome out = probe_in_guest(o);

	if (out.ret) {
		/* Without a fenced TSC read no row can be timed: that is as good as no VM. */
		lack_by_outcome(c, ALL_NEEDS, &out, "a guest with fenced TSC reads");
		return false;
	}
	c->have |= FPB_NEED_KVM | FPB_NEED_NATIVE;
	if (out.answer > (uint64_t)o->inject * NATIVE_TICKS_PER_ADD)
		fpb_lack_set(c, FPB_NEED_NATIVE, "backend-cannot",
			     "guest code is interpreted: %u additions took %llu ticks, natively at "
			     "most %u",
			     o->inject, (unsigned long long)out.answer,
			     o->inject * NATIVE_TICKS_PER_ADD);
	return true;
}

void probe_guest(struct fpb_capabilities *caps, enum fpb_substrate substrate,
		 const struct kvm_sys *sys)
{
	struct fpb_capability *c = &caps->on[substrate];
	struct probe_options o = {
		.sys = sys,
		.ring = fpb_substrate_ring(substrate),
		.probe = ABI_PROBE_TSC,
		.nr = 3, /* the answer is the last one's: the first ones warm up */
		.inject = SLED_ADDS,
		.is_amd = caps->is_amd,
	};

	if (!probe_boot(c, &o))
		return;
	o.inject = 0;
	o.nr = 1;
	o.probe = ABI_PROBE_RDTSCP;
	c->has_rdtscp = probe_in_guest(&o).ret == 0;
	probe_xsave(c, o);
	probe_pkru(c, o);
	probe_exits(c, o);
	if (o.ring == VCPU_RING0)
		probe_privileged(c, o);
}

void probe_irqchip(struct fpb_capabilities *caps, const struct kvm_sys *sys)
{
	const struct fpb_guest_config config = {
		.sys = sys,
		.ring = VCPU_RING3,
		.has_irqchip = true,
	};
	struct fpb_guest guest;
	struct outcome out = { 0 };

	out.ret = fpb_guest_create(&config, &guest, &out.err);
	if (!out.ret)
		fpb_guest_destroy(&guest);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		caps->on[s].have |= FPB_NEED_IRQCHIP;
		if (out.ret)
			lack_by_outcome(&caps->on[s],
					FPB_NEED_IRQCHIP | FPB_NEED_TSC_DEADLINE | FPB_NEED_HLT,
					&out, "a VM with the in-kernel irqchip");
	}
}
