/* SPDX-License-Identifier: MIT */
/*
 * guest_half.h - host rows that let a guest look: the benchmark's .guest, run on a vCPU of the case.
 *
 * Such a benchmark has .rings = 0, so that .guest makes no row of its own. It does what any batch
 * does, observes, and its evidence becomes that of the host row.
 */
#ifndef BENCH_CASES_GUEST_HALF_H
#define BENCH_CASES_GUEST_HALF_H

#include <errno.h>

#include "bench/cases/guest_xfeatures.h"

#define GUEST_HALF_TIMEOUT_MS 5000

/* HOST_FN: runs to the next doorbell. */
static inline int guest_half_resume(struct vcpu *vcpu, struct fpb_err *err)
{
	const struct vcpu_run_request how = { .timeout_ms = GUEST_HALF_TIMEOUT_MS };
	const volatile struct abi_shared *shared =
		vm_at(vcpu->vm, ABI_SHARED_GPA, sizeof(struct abi_shared));
	struct vcpu_exit exit;
	int ret = vcpu_run(vcpu, &how, &exit, err);

	if (ret)
		return ret;
	if (exit.port != ABI_PORT_DOORBELL)
		return FPB_FAIL(err, -EPROTO, "guest: OUT to port %#x, expected the doorbell %#x",
				exit.port, ABI_PORT_DOORBELL);
	if (exit.value == ABI_EVENT_FAULT)
		return FPB_FAIL(err, -EFAULT,
				"guest exception: vector %llu, error code %#llx, rip %#llx, line "
				"%u of the case",
				(unsigned long long)shared->fault.vector,
				(unsigned long long)shared->fault.error_code,
				(unsigned long long)shared->fault.rip, shared->fault.line);
	if (exit.value != ABI_EVENT_READY)
		return FPB_FAIL(err, -EPROTO, "guest: doorbell %#x, expected %#x", exit.value,
				ABI_EVENT_READY);
	return 0;
}

/*
 * HOST_FN: a second vCPU of the VM, which has executed the payload up to its command loop. The
 * harness's own, id 0, must not have run. To be destroyed in .teardown.
 */
static inline int guest_half_create(struct vm *vm, struct vcpu *first, enum vcpu_ring ring,
				    struct vcpu **out, struct fpb_err *err)
{
	struct payload payload = { 0 };
	struct kvm_regs regs;
	int ret = KVM_IOCTL(vm->sys, first->fd, KVM_GET_REGS, &regs, err);

	if (ret < 0)
		return ret;
	payload.entry = regs.rip;
	ret = vcpu_create(vm, first->id + 1, &payload, ring, out, err);
	return ret ? ret : guest_half_resume(*out, err);
}

static inline uint32_t guest_half_index(const struct fpb_bench *bench)
{
	uint32_t index = 0;

	while (fpb_bench_at(index) != bench)
		index++;
	return index;
}

/* HOST_FN: one batch of one operation; run->evidence takes over what the guest observed. */
static inline int guest_half_run(struct fpb_run *run, struct vcpu *vcpu, enum vcpu_ring ring,
				 struct fpb_err *err)
{
	volatile struct abi_shared *shared =
		vm_at(vcpu->vm, ABI_SHARED_GPA, sizeof(struct abi_shared));
	struct abi_request request = {
		.command = ABI_COMMAND_RUN,
		.bench = guest_half_index(run->bench),
		.ring = ring,
		.nr_batches = 1,
		.iterations = 1,
		.xfeatures = guest_xfeatures(run, vcpu->vm),
		.supervisor = cpuid_policy_xss(vcpu->vm->cpuid),
		.always_in_use = run->always_in_use,
		.is_amd = run->is_amd,
		.has_rdtscp = run->has_rdtscp,
		.nr_copies = 1,
	};
	int ret;

	for (unsigned int a = 0; a < ABI_MAX_AXES; a++)
		request.value[a] = run->value[a];
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++)
		request.xstate[i] = run->xstate[i];
	shared->request = request;
	ret = guest_half_resume(vcpu, err);
	if (ret)
		return ret;
	if (shared->nr_done != 1)
		return FPB_FAIL(err, -EPROTO, "guest: %u batches done, expected 1",
				shared->nr_done);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		const struct abi_evidence e = shared->evidence[i];

		if (e.is_set)
			run->evidence[i] = (struct abi_evidence){ e.value, e.expected, 1,
								  e.has_expected != 0 };
	}
	return 0;
}

#endif
