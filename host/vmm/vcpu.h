/* SPDX-License-Identifier: MIT */
/*
 * vcpu.h - one virtual CPU: its start state, xstate, and running it.
 *
 * A vCPU belongs to the thread that created it.
 */
#ifndef HOST_VMM_VCPU_H
#define HOST_VMM_VCPU_H

#include <time.h>

#include "host/vmm/boot.h"
#include "host/vmm/kvm_stats.h"

struct vcpu {
	struct vm *vm;
	unsigned int id;
	int fd;
	struct kvm_run *run;
	size_t run_bytes;
	struct kvm_stats *stats; /* NULL where KVM has no binary statistics */
	uint64_t xcr0;		 /* as set, 0 without XSAVE */
	uint64_t xss;		 /* IA32_XSS as set at its creation */
	size_t xsave_bytes;	 /* size of the KVM_GET_XSAVE2 area, at least 4096 */
	timer_t watchdog;
	bool has_watchdog;
};

/*
 * vCPU `id` about to execute the payload in long mode at `ring`. What KVM would have to switch around
 * every entry is as near to the host's as it may be: XCR0 and IA32_XSS have all features of the VM's
 * CPUID table, PKRU is the calling thread's. On failure *out is NULL.
 */
int vcpu_create(struct vm *vm, unsigned int id, const struct payload *payload, enum vcpu_ring ring,
		struct vcpu **out, struct fpb_err *err) FPB_MUST_CHECK;
void vcpu_destroy(struct vcpu *vcpu);

int vcpu_set_xcr0(struct vcpu *vcpu, uint64_t xcr0, struct fpb_err *err) FPB_MUST_CHECK;
/*
 * CR4.PKE, without which RDPKRU and WRPKRU are #UD; XSAVE and KVM's switch of PKRU go by XCR0[9].
 * -EINVAL: the VM's CPUID table has no PKU.
 */
int vcpu_enable_pku(struct vcpu *vcpu, struct fpb_err *err) FPB_MUST_CHECK;
/* By KVM_GET_XSAVE and KVM_SET_XSAVE. -ENODATA: the vCPU's XCR0 has no PKRU. */
int vcpu_get_pkru(struct vcpu *vcpu, uint32_t *pkru, struct fpb_err *err) FPB_MUST_CHECK;
int vcpu_set_pkru(struct vcpu *vcpu, uint32_t pkru, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * The guest's xstate in KVM's user format: the standard (not compacted) XSAVE layout. `area` holds
 * vcpu->xsave_bytes. vcpu_set_xsave() passes hazard_check_xsave() first (host/vmm/hazard.h): -EPERM
 * where it does not.
 */
int vcpu_get_xsave(struct vcpu *vcpu, void *area, struct fpb_err *err) FPB_MUST_CHECK;
int vcpu_set_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *err) FPB_MUST_CHECK;

/* How to run until the guest has something to say. */
struct vcpu_run_request {
	uint16_t resume_port; /* a 4-byte OUT here is counted and the guest resumed at once; 0: none
			       */
	unsigned int timeout_ms; /* of the whole call, > 0: every KVM_RUN is bounded */
	/*
	 * Called as the last thing before the first KVM_RUN and as the first after the last one,
	 * with no vector instruction in between: to make xstate live in this thread and to read it
	 * back.
	 */
	void (*prepare)(void *arg);
	void (*finish)(void *arg);
	void *arg;
};

struct vcpu_exit {
	uint64_t nr_runs;    /* KVM_RUN calls made */
	uint64_t nr_resumed; /* OUTs to resume_port */
	uint32_t value;	     /* written to the port */
	uint16_t port;
};

/*
 * Runs until a 4-byte OUT to any other port. Every other exit is a failure that names it:
 * -EOPNOTSUPP for KVM_EXIT_INTERNAL_ERROR suberror 1 (the backend cannot emulate the instruction),
 * -ETIMEDOUT when the watchdog ended it, -EINVAL for no time limit, -EPROTO otherwise.
 */
int vcpu_run(struct vcpu *vcpu, const struct vcpu_run_request *request, struct vcpu_exit *exit,
	     struct fpb_err *err) FPB_MUST_CHECK;

#endif
