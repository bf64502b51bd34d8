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
	uint64_t nr_exits; /* growth of KVM's `exits` */
	uint64_t nr_resumed;
};

struct probe_options {
	const struct kvm_sys *sys;
	uint64_t xcr0; /* to set by KVM_SET_XCRS before; 0: as it is */
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

static struct outcome probe_once(const struct probe_options *o)
{
	const struct fpb_guest_config config = { .sys = o->sys, .ring = o->ring };
	struct fpb_guest guest;
	struct outcome out = { 0 };

	out.ret = fpb_guest_create(&config, &guest, &out.err);
	if (out.ret)
		return out;
	if (o->probe == ABI_PROBE_PIO_KERNEL)
		out.ret = vm_answer_in_kernel(guest.vm, ABI_PORT_PIO_KERNEL, &out.err);
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

static void probe_exits(struct fpb_capability *c, struct probe_options o)
{
	const struct {
		uint64_t need;
		enum abi_probe probe;
		const char *name;
	} kinds[] = {
		{ FPB_NEED_CPUID_EXIT, ABI_PROBE_CPUID, "CPUID" },
		{ FPB_NEED_HYPERCALL, ABI_PROBE_HYPERCALL, o.is_amd ? "VMMCALL" : "VMCALL" },
		{ FPB_NEED_IOEVENTFD, ABI_PROBE_PIO_KERNEL, "OUT to an ioeventfd" },
		{ FPB_NEED_PIO_EXIT, ABI_PROBE_PIO, "OUT" },
		{ FPB_NEED_XSETBV, ABI_PROBE_XSETBV, "XSETBV" },
	};

	o.nr = NR_EXITS;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct outcome out;

		if (kinds[i].need == FPB_NEED_XSETBV && !c->xfeatures)
			continue; /* said with XGETBV already */
		o.probe = kinds[i].probe;
		o.xfeatures = c->xfeatures;
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
		else if (kinds[i].need == FPB_NEED_XSETBV && c->counted & FPB_NEED_PIO_EXIT)
			/* Not a cost but a fault: it wrote to the host's XCR0. */
			fpb_lack_set(c, kinds[i].need, "backend-cannot",
				     "XSETBV was executed without an exit: %llu exits for %u, "
				     "as KVM counts them",
				     (unsigned long long)out.nr_exits, NR_EXITS);
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
	probe_exits(c, o);
}
