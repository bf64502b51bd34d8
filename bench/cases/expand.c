// SPDX-License-Identifier: MIT
/*
 * expand.c - where does KVM pay for a guest's dynamic state, and what does permission change?
 *
 * Asks:     does creating a vCPU cost more once the process has permission for XTILEDATA in guests
 *           (an eager design would expand the guest fpstate there; upstream does not), and what
 *           does KVM_GET_SUPPORTED_CPUID show before and after?
 * Times:    eager_vcpu_create: one KVM_CREATE_VCPU, on a fresh vCPU id each time. permission: N
 *           KVM_GET_SUPPORTED_CPUID.
 * Includes: the system call and, for a vCPU, everything KVM allocates.
 * Excludes: closing the vCPU.
 * Valid if: a vCPU came of every call; CPUID.(0xD,0):EAX shows XTILEDATA with permission and does
 *           not without. Rows perm=asked run in a process of their own, since permission is
 *           the process's.
 */
#include <errno.h>
#include <unistd.h>

#include "bench/cases/live.h"
#include "bench/cases/supported_cpuid.h"
#include "host/vmm/vcpu.h"

enum { AXIS_PERMISSION };
enum permission { PERMISSION_NONE, PERMISSION_ASKED };

static const struct fpb_value permissions[] = {
	{ .name = "none", .number = PERMISSION_NONE },
	{ .name = "asked", .number = PERMISSION_ASKED, .needs = FPB_NEED_AMX_GUEST },
	{ 0 },
};

/* run->private counts the ids used so far; the vCPU of the harness has id 0. */
static void run_vcpu_create(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const int vm_fd = run->vcpu->vm->fd;
	const uintptr_t id = (uintptr_t)run->private + 1;
	int fd = -EINVAL;

	FPB_TIMED_LOOP(run, fd = sys->ioctl(vm_fd, KVM_CREATE_VCPU, id));
	run->private = (void *)id;
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, fd < 0, 0);
	if (fd >= 0)
		sys->close(fd);
}

static const struct fpb_bench expand_eager_vcpu_create = {
	.name = "expand/eager_vcpu_create",
	.title = "KVM_CREATE_VCPU, with and without permission for XTILEDATA in guests",
	.axes = { { "perm", permissions } },
	.needs = FPB_NEED_KVM,
	.oneshot = 1,
	.host = HOST_FN(run_vcpu_create),
};

static uint64_t dynamic_xfeatures(const struct kvm_cpuid2 *table)
{
	return cpuid_policy_leaf(table, CPUID_D, 0).eax & XFEATURE_XTILEDATA;
}

static void run_permission(struct fpb_run *run)
{
	const bool asked = run->value[AXIS_PERMISSION] == PERMISSION_ASKED;

	fpb_observe(run, ABI_EVIDENCE_DYNAMIC, dynamic_xfeatures(time_supported_cpuid(run)),
		    asked ? XFEATURE_XTILEDATA : 0);
}

static const struct fpb_bench expand_permission = {
	.name = "expand/permission",
	.title = "KVM_GET_SUPPORTED_CPUID: leaf 0xD shows dynamic features only with permission",
	.axes = { { "perm", permissions } },
	.needs = FPB_NEED_KVM,
	.host = HOST_FN(run_permission),
};

const struct fpb_bench *const family_expand[] = {
	&expand_eager_vcpu_create,
	&expand_permission,
	NULL,
};
