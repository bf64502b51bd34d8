// SPDX-License-Identifier: MIT
/*
 * expand.c - where does KVM pay for a guest's dynamic state, and what does permission change?
 *
 * Asks:     does creating a vCPU cost more once the process has permission for XTILEDATA in guests
 *           (an eager design would expand the guest fpstate there; upstream does not)? What does
 *           KVM_SET_CPUID2 cost that shows the guest XTILEDATA, where upstream expands since 5.17?
 *           And what does KVM_GET_SUPPORTED_CPUID show before and after?
 * Times:    eager_cpuid2: one KVM_SET_CPUID2, on a fresh vCPU each time; dynamic=hidden: the same
 *           table with bits 17 and 18 of CPUID.(0xD,0):EAX cleared, the control.
 *           eager_vcpu_create: one KVM_CREATE_VCPU, on a fresh vCPU id each time. permission: N
 *           KVM_GET_SUPPORTED_CPUID.
 * Includes: the system call and everything KVM allocates.
 * Excludes: closing the vCPU.
 * Valid if: a vCPU came of every call; KVM_GET_XSAVE, whose area has 4096 bytes, succeeds before
 *           KVM_SET_CPUID2 and gives -EINVAL after it (the state outgrew the area), and with the
 *           bits cleared still succeeds: evidence `answer` is its errno. CPUID.(0xD,0):EAX shows
 *           XTILEDATA with permission and does not without. Rows with permission run in a process
 *           of their own, since it is the process's.
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

enum { AXIS_DYNAMIC };
enum { DYNAMIC_SHOWN, DYNAMIC_HIDDEN };

static const struct fpb_value dynamics[] = {
	{ .name = "shown", .number = DYNAMIC_SHOWN },
	{ .name = "hidden", .number = DYNAMIC_HIDDEN },
	{ 0 },
};

/* The VM's table is its own; the vCPU of the harness has had it already. */
static int hide_dynamic(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)err;
	if (run->value[AXIS_DYNAMIC] == DYNAMIC_HIDDEN)
		cpuid_policy_withhold(vm->cpuid, XFEATURE_AMX);
	return 0;
}

/* On a new vCPU; run->private counts the ids used so far, as above. */
static void run_cpuid2(struct fpb_run *run)
{
	const struct kvm_sys *sys = run->vcpu->vm->sys;
	const bool is_shown = run->value[AXIS_DYNAMIC] == DYNAMIC_SHOWN;
	const uintptr_t id = (uintptr_t)run->private + 1;
	const int fd = sys->ioctl(run->vcpu->vm->fd, KVM_CREATE_VCPU, id);
	const unsigned long table = (unsigned long)run->vcpu->vm->cpuid;
	const unsigned long area = (unsigned long)run->scratch;
	uint64_t nr_failed = fd < 0;

	run->private = (void *)id;
	if (fd >= 0) {
		nr_failed += sys->ioctl(fd, KVM_GET_XSAVE, area) != 0;
		FPB_TIMED_LOOP(run, nr_failed += sys->ioctl(fd, KVM_SET_CPUID2, table) != 0);
		fpb_observe(run, ABI_EVIDENCE_ANSWER,
			    (uint64_t)-sys->ioctl(fd, KVM_GET_XSAVE, area), is_shown ? EINVAL : 0);
		sys->close(fd);
	}
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed, 0);
}

static const struct fpb_bench expand_eager_cpuid2 = {
	.name = "expand/eager_cpuid2",
	.title = "KVM_SET_CPUID2 on a fresh vCPU, which expands the guest fpstate for XTILEDATA",
	.axes = { { "dynamic", dynamics } },
	.needs = FPB_NEED_KVM | FPB_NEED_AMX_GUEST | FPB_NEED_XSAVE2,
	.oneshot = 1,
	.host = HOST_FN(run_cpuid2),
	.setup = HOST_FN(hide_dynamic),
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
	&expand_eager_cpuid2,
	&expand_eager_vcpu_create,
	&expand_permission,
	NULL,
};
