/* SPDX-License-Identifier: MIT */
/* probe_priv.h - shared by the files of the prober only. */
#ifndef BENCH_CORE_PROBE_PRIV_H
#define BENCH_CORE_PROBE_PRIV_H

#include "bench/core/capabilities.h"

#define ALL_XSAVE                                                                                  \
	(FPB_NEED_XSAVE | FPB_NEED_XSAVEOPT | FPB_NEED_XSAVEC | FPB_NEED_XSAVES |                  \
	 FPB_NEED_XGETBV1 | FPB_NEED_AVX | FPB_NEED_AVX512)

#define ALL_XSS (FPB_NEED_XSS | FPB_NEED_CET_U | FPB_NEED_CET_S)

#define ALL_AMX (FPB_NEED_AMX | FPB_NEED_AMX_GUEST | FPB_NEED_AMX_TASK)

#define ALL_NEEDS ((1ull << FPB_NR_NEEDS) - 1)

struct cpu_source;
struct kvm_sys;
struct vcpu;

/* The same reason for several needs. */
void probe_lack_all(struct fpb_capability *c, uint64_t needs, const char *reason, const char *fmt,
		    ...) __attribute__((format(printf, 4, 5)));
/* AVX and AVX-512 state by c->xfeatures; `reason` says whose fault it is where they are not set. */
void probe_vector_state(struct fpb_capability *c, const char *reason);
/*
 * What the processor lacks no KVM can give, whatever a guest met instead: the host's reason, with
 * the leaf and what was read there, takes the place of the guests'.
 */
void probe_blame_processor(struct fpb_capabilities *caps);

/* CPUID and XCR0: what of the XSAVE family this processor under this kernel has, and AMX lacks. */
void probe_processor(struct fpb_capability *c, const struct cpu_source *cpu);
/* The same of the one this runs on, and its PMU. */
void probe_host(struct fpb_capability *c);
/* Ordinary components that stay in use, by XSTATE_BV, after XRSTOR made them init. */
uint64_t probe_always_in_use(uint64_t xfeatures);
/* What the kernel has in the registers that KVM switches. */
struct probe_host_registers {
	uint64_t xcr0;
	uint32_t pkru;	      /* of this thread; 0 without OSPKE */
	bool has_another_xss; /* IA32_XSS is not the vCPU's */
};

/*
 * Whether XCR0 | IA32_XSS of this kernel are other features than these, by the size that
 * CPUID.(0xD,1):EBX gives for them. False without XSAVES.
 */
bool probe_has_another_xss(const struct cpu_source *cpu, uint64_t xfeatures);
/* FPB_SWITCHED_ bits of a new vCPU. 0 or -errno. */
int probe_switched(struct vcpu *vcpu, const struct probe_host_registers *host, uint32_t *switched,
		   struct fpb_err *err) FPB_MUST_CHECK;
/* The right to SCHED_FIFO: the scheduler's, so the same on every substrate. */
void probe_fifo(struct fpb_capabilities *caps);
/* The file that CARRIED_VARIABLE names (host/vmm/carried.h). */
void probe_carried(struct fpb_capability *host);
/* AMX in guests: what KVM says, nothing requested. */
void probe_amx_guest(struct fpb_capability *c, int kvm_fd);
/* KVM_CREATE_IRQCHIP: the same for every substrate, and before probe_guest(). */
void probe_irqchip(struct fpb_capabilities *caps, const struct kvm_sys *sys);
/*
 * What a guest of this ring can execute, each in a throw-away VM; a second one where the first gave
 * no answer in time, as happens on a busy machine. sys NULL: the kernel's own.
 */
void probe_guest(struct fpb_capabilities *caps, enum fpb_substrate substrate,
		 const struct kvm_sys *sys);

#endif
