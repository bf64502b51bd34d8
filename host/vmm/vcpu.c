// SPDX-License-Identifier: MIT
#include "host/vmm/vcpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/x86/cpuid.h"
#include "host/vmm/hazard.h"
#include "host/vmm/watchdog.h"

static int map_run(struct vcpu *vcpu, struct fpb_err *err)
{
	struct vm *vm = vcpu->vm;
	int code = 0;
	int bytes = KVM_IOCTL_NUMBER(vm->sys, vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0, err);

	if (bytes < 0)
		return bytes;
	if ((size_t)bytes < sizeof(struct kvm_run))
		return FPB_FAIL(err, -EPROTO,
				"KVM_GET_VCPU_MMAP_SIZE: %d bytes are no struct kvm_run", bytes);
	vcpu->run =
		vm->sys->mmap((size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, &code);
	if (!vcpu->run)
		return FPB_FAIL(err, code, "mmap of struct kvm_run, vcpu %u", vcpu->id);
	vcpu->run_bytes = (size_t)bytes;
	return 0;
}

static int set_registers(struct vcpu *vcpu, const struct payload *payload, enum vcpu_ring ring,
			 bool has_xsave, struct fpb_err *err)
{
	const struct kvm_sys *sys = vcpu->vm->sys;
	struct kvm_regs regs = boot_regs(payload, ring);
	struct kvm_sregs sregs;
	int ret = KVM_IOCTL(sys, vcpu->fd, KVM_GET_SREGS, &sregs, err);

	if (ret < 0)
		return ret;
	boot_set_sregs(&sregs, ring, has_xsave);
	ret = KVM_IOCTL(sys, vcpu->fd, KVM_SET_SREGS, &sregs, err);
	if (ret < 0)
		return ret;
	return KVM_IOCTL(sys, vcpu->fd, KVM_SET_REGS, &regs, err);
}

static int find_xsave_bytes(struct vcpu *vcpu, struct fpb_err *err)
{
	int bytes = vm_check_extension(vcpu->vm, KVM_CAP_XSAVE2, err);

	if (bytes < 0)
		return bytes;
	vcpu->xsave_bytes = sizeof(struct kvm_xsave);
	if ((size_t)bytes > vcpu->xsave_bytes)
		vcpu->xsave_bytes = (size_t)bytes;
	return 0;
}

/* Statistics are a comfort: a kernel before 5.14 measures without them. */
static int open_stats(struct vcpu *vcpu, struct fpb_err *err)
{
	int has = vm_check_extension(vcpu->vm, KVM_CAP_BINARY_STATS_FD, err);

	if (has <= 0)
		return has;
	return kvm_stats_open(vcpu->vm->sys, vcpu->fd, &vcpu->stats, err);
}

int vcpu_create(struct vm *vm, unsigned int id, const struct payload *payload, enum vcpu_ring ring,
		struct vcpu **out, struct fpb_err *err)
{
	uint64_t xcr0 = cpuid_policy_xcr0(vm->cpuid);
	struct vcpu *vcpu = calloc(1, sizeof(*vcpu));
	int ret;

	*out = NULL;
	if (!vcpu)
		return FPB_FAIL(err, -ENOMEM, "struct vcpu");
	vcpu->vm = vm;
	vcpu->id = id;
	ret = vcpu->fd = KVM_IOCTL_NUMBER(vm->sys, vm->fd, KVM_CREATE_VCPU, id, err);
	if (ret < 0)
		goto out_destroy;
	ret = map_run(vcpu, err);
	if (ret < 0)
		goto out_destroy;
	ret = KVM_IOCTL(vm->sys, vcpu->fd, KVM_SET_CPUID2, vm->cpuid, err);
	if (ret < 0)
		goto out_destroy;
	ret = set_registers(vcpu, payload, ring, xcr0 != 0, err);
	if (ret < 0)
		goto out_destroy;
	if (xcr0) {
		ret = vcpu_set_xcr0(vcpu, xcr0, err);
		if (ret < 0)
			goto out_destroy;
	}
	ret = find_xsave_bytes(vcpu, err);
	if (ret < 0)
		goto out_destroy;
	ret = open_stats(vcpu, err);
	if (ret < 0)
		goto out_destroy;
	ret = watchdog_create(vcpu, err);
	if (ret < 0)
		goto out_destroy;
	*out = vcpu;
	return 0;

out_destroy:
	vcpu_destroy(vcpu);
	return ret;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu)
		return;
	watchdog_destroy(vcpu);
	kvm_stats_close(vcpu->stats);
	if (vcpu->run)
		vcpu->vm->sys->munmap(vcpu->run, vcpu->run_bytes);
	if (vcpu->fd >= 0)
		vcpu->vm->sys->close(vcpu->fd);
	free(vcpu);
}

int vcpu_set_xcr0(struct vcpu *vcpu, uint64_t xcr0, struct fpb_err *err)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs = { { .xcr = 0, .value = xcr0 } } };
	int ret = KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_SET_XCRS, &xcrs, err);

	if (ret < 0)
		return ret;
	vcpu->xcr0 = xcr0;
	return 0;
}

int vcpu_get_xsave(struct vcpu *vcpu, void *area, struct fpb_err *err)
{
	const struct kvm_sys *sys = vcpu->vm->sys;
	struct kvm_xsave *xsave = area;

	/* KVM_GET_XSAVE refuses a guest whose state outgrew 4096 bytes. */
	if (vcpu->xsave_bytes > sizeof(struct kvm_xsave))
		return KVM_IOCTL(sys, vcpu->fd, KVM_GET_XSAVE2, xsave, err);
	return KVM_IOCTL(sys, vcpu->fd, KVM_GET_XSAVE, xsave, err);
}

int vcpu_set_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *err)
{
	const struct kvm_xsave *xsave = area;
	int ret = hazard_check_xsave(vcpu, area, err);

	if (ret)
		return ret;
	return KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_SET_XSAVE, xsave, err);
}
