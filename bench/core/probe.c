// SPDX-License-Identifier: MIT
/* probe.c - find out what this machine can run by running it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/guest.h"
#include "bench/core/probe_priv.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xstate.h"
#include "host/machine/cpu_source.h"
#include "host/machine/engine.h"
#include "host/machine/tsc_rate.h"

static bool is_amd(void)
{
	struct cpuid_regs vendor = cpuid(0, 0);

	/* "AuthenticAMD" and "HygonGenuine" use VMMCALL. */
	return vendor.ebx == 0x68747541 || vendor.ebx == 0x6f677948;
}

static bool decodes_exits(void)
{
	return cpuid(CPUID_EXTENDED, 0).eax >= CPUID_SVM &&
	       cpuid(CPUID_EXTENDED + 1, 0).ecx & CPUID_80000001_ECX_SVM &&
	       !(cpuid(CPUID_SVM, 0).edx & CPUID_SVM_EDX_NRIPS);
}

void probe_lack_all(struct fpb_capability *c, uint64_t needs, const char *reason, const char *fmt,
		    ...)
{
	char text[sizeof(c->lack[0].text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (uint64_t rest = needs; rest; rest &= rest - 1)
		fpb_lack_set(c, rest & -rest, reason, "%s", text);
}

static void check_xfeatures(struct fpb_capability *c, uint64_t need, uint64_t wanted,
			    const char *reason, const char *what)
{
	if ((c->xfeatures & wanted) == wanted)
		return;
	fpb_lack_set(c, need, reason, "%s: XCR0 bits %#llx needed, XCR0 read %#llx", what,
		     (unsigned long long)wanted, (unsigned long long)c->xfeatures);
}

void probe_vector_state(struct fpb_capability *c, const char *reason)
{
	check_xfeatures(c, FPB_NEED_AVX, XFEATURE_AVX, reason, "AVX state");
	check_xfeatures(c, FPB_NEED_AVX512, XFEATURE_AVX512, reason, "AVX-512 state");
}

void probe_blame_processor(struct fpb_capabilities *caps)
{
	const struct fpb_lack *processors = caps->on[FPB_HOST].lack;

	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		struct fpb_capability *c = &caps->on[s];

		for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
			if (!(c->have >> i & 1) && !strcmp(processors[i].reason, "cpu-lacks"))
				c->lack[i] = processors[i];
		}
	}
}

static const char *open_reason(int code)
{
	return code == -EACCES || code == -EPERM ? "no-permission" : "no-kvm";
}

/* What no need was probed for because of `err`. */
static void lack_the_rest(struct fpb_capabilities *caps, const char *reason,
			  const struct fpb_err *err)
{
	char text[sizeof(caps->on[0].lack[0].text)];

	fpb_err_describe(err, text, sizeof(text));
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		probe_lack_all(&caps->on[s], ALL_NEEDS - caps->on[s].have, reason, "%s", text);
}

/* Both rings alike: what differs is set before the guest's first instruction. */
static int probe_guest_registers(struct fpb_capabilities *caps, struct vcpu *vcpu,
				 struct fpb_err *err)
{
	const struct cpu_source *cpu = &cpu_source_real;
	const uint64_t xcr0 = caps->on[FPB_HOST].xfeatures;
	const struct probe_host_registers host = {
		.xcr0 = xcr0,
		.pkru = cpu->cpuid(cpu, 7, 0).ecx & CPUID_7_ECX_OSPKE ? rdpkru() : 0,
		.has_another_xss = probe_has_another_xss(cpu, xcr0 | vcpu->xss),
	};
	uint32_t switched;
	int ret = probe_switched(vcpu, &host, &switched, err);

	caps->on[FPB_GUEST_RING0].switched = switched;
	caps->on[FPB_GUEST_RING3].switched = switched;
	return ret;
}

/* KVM for host rows: a VM and a vCPU can be had, and KVM tells how often it loads the guest FPU. */
static void probe_kvm(struct fpb_capabilities *caps)
{
	const struct fpb_guest_config config = { .ring = VCPU_RING3 };
	struct fpb_capability *host = &caps->on[FPB_HOST];
	struct fpb_guest guest;
	struct fpb_err err = { 0 };
	int fd = kvm_open(&kvm_sys_real, &err);
	uint64_t stats = FPB_NEED_STATS;

	if (fd < 0) {
		lack_the_rest(caps, open_reason(fd), &err);
		return;
	}
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		probe_amx_guest(&caps->on[s], fd);
	kvm_sys_real.close(fd);
	if (fpb_guest_create(&config, &guest, &err)) {
		lack_the_rest(caps, "kvm-lacks", &err);
		return;
	}
	if (probe_guest_registers(caps, guest.vcpu, &err)) {
		lack_the_rest(caps, "kvm-lacks", &err);
		fpb_guest_destroy(&guest);
		return;
	}
	host->have |= FPB_NEED_KVM;
	if (vm_check_extension(guest.vm, KVM_CAP_XSAVE2, &err) > 0)
		host->have |= FPB_NEED_XSAVE2;
	else
		fpb_lack_set(host, FPB_NEED_XSAVE2, "kvm-lacks", "KVM_CAP_XSAVE2 is 0");
	if (!kvm_stats_has(guest.vcpu->stats, "fpu_reload")) {
		stats = 0;
		for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
			fpb_lack_set(&caps->on[s], FPB_NEED_STATS, "kvm-lacks",
				     "KVM_GET_STATS_FD has no 'fpu_reload' (Linux 5.14 and "
				     "later have)");
	}
	fpb_guest_destroy(&guest);
	probe_irqchip(caps, NULL);
	probe_guest(caps, FPB_GUEST_RING0, NULL);
	probe_guest(caps, FPB_GUEST_RING3, NULL);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		caps->on[s].have |= stats;
}

/* What the processor is, the same on every substrate. */
static void probe_engine(struct fpb_capabilities *caps)
{
	const struct machine_engine *engine = machine_engine_detect(NULL);

	caps->counts_instructions = engine->counts_instructions;
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		struct fpb_capability *c = &caps->on[s];

		c->have |= FPB_NEED_TIME | FPB_NEED_XINUSE;
		if (engine->counts_instructions)
			fpb_lack_set(c, FPB_NEED_TIME, "backend-cannot",
				     "the TSC of engine %s counts instructions, not time",
				     engine->name);
		if (caps->always_in_use)
			fpb_lack_set(c, FPB_NEED_XINUSE, "cpu-lacks",
				     "XINUSE is not tracked: XSTATE_BV read %#llx after XRSTOR of "
				     "the initial state",
				     (unsigned long long)caps->always_in_use);
	}
}

/* Needs that make no sense on a substrate: no row asks for them there, but none is left unsaid. */
static void explain_the_rest(struct fpb_capability *c)
{
	for (uint64_t rest = ALL_NEEDS & ~c->have; rest; rest &= rest - 1)
		fpb_lack_set(c, rest & -rest, "backend-cannot",
			     "%s: not probed here, where no row asks for it",
			     fpb_need_name(rest & -rest));
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
	probe_host(&caps->on[FPB_HOST]);
	caps->always_in_use = probe_always_in_use(caps->on[FPB_HOST].xfeatures);
	caps->decodes_exits = decodes_exits();
	probe_engine(caps);
	probe_fifo(caps);
	probe_carried(&caps->on[FPB_HOST]);
	probe_kvm(caps);
	fpb_capabilities_allow_hazards(caps, false);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		explain_the_rest(&caps->on[s]);
	probe_blame_processor(caps);
	return 0;
}
