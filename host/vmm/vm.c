// SPDX-License-Identifier: MIT
#include "host/vmm/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES (2ul << 20)
/* Three pages Intel needs for real mode (KVM_SET_TSS_ADDR); must not overlap guest memory. */
#define TSS_ADDRESS 0xfffbd000u

static int map_memory(struct vm *vm, size_t bytes, struct fpb_err *err)
{
	int code = 0;

	if (bytes == 0 || bytes % HUGE_PAGE_BYTES)
		return FPB_FAIL(err, -EINVAL, "guest memory of %zu bytes: no multiple of 2 MiB",
				bytes);
	vm->mapping_bytes = bytes + HUGE_PAGE_BYTES;
	vm->mapping = vm->sys->mmap(vm->mapping_bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, &code);
	if (!vm->mapping)
		return FPB_FAIL(err, code, "mmap of %zu bytes of guest memory", bytes);
	vm->memory = (void *)(((uintptr_t)vm->mapping + HUGE_PAGE_BYTES - 1) &
			      ~(uintptr_t)(HUGE_PAGE_BYTES - 1));
	vm->memory_bytes = bytes;
	/* Fewer TLB misses and less luck in page placement; harmless where THP is off. */
	(void)madvise(vm->memory, bytes, MADV_HUGEPAGE);
	memset(vm->memory, 0, bytes);
	return 0;
}

static int add_memory_slot(struct vm *vm, struct fpb_err *err)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = vm->memory_bytes,
		.userspace_addr = (uintptr_t)vm->memory,
	};

	return KVM_IOCTL(vm->sys, vm->fd, KVM_SET_USER_MEMORY_REGION, &region, err);
}

/*
 * KVM_GET_SUPPORTED_CPUID leaves the deadline timer out, which only the in-kernel local APIC has
 * (api.rst, KVM_GET_SUPPORTED_CPUID); without the bit KVM drops that mode of the timer.
 */
static int create_irqchip(struct vm *vm, struct fpb_err *err)
{
	int ret = KVM_IOCTL_NUMBER(vm->sys, vm->fd, KVM_CREATE_IRQCHIP, 0, err);

	if (ret < 0)
		return ret;
	ret = vm_check_extension(vm, KVM_CAP_TSC_DEADLINE_TIMER, err);
	if (ret > 0)
		cpuid_policy_show_deadline(vm->cpuid);
	return ret;
}

int vm_create(const struct vm_config *config, struct vm **out, struct fpb_err *err)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int ret;

	*out = NULL;
	if (!vm)
		return FPB_FAIL(err, -ENOMEM, "struct vm");
	vm->sys = config->sys ? config->sys : &kvm_sys_real;
	vm->fd = -1;
	vm->ioeventfd = -1;
	ret = vm->kvm_fd = kvm_open(vm->sys, err);
	if (ret < 0)
		goto out_destroy;
	ret = cpuid_policy_create(vm->sys, vm->kvm_fd, config->permission, &vm->cpuid, err);
	if (ret < 0)
		goto out_destroy;
	ret = vm->fd = KVM_IOCTL_NUMBER(vm->sys, vm->kvm_fd, KVM_CREATE_VM, 0, err);
	if (ret < 0)
		goto out_destroy;
	ret = map_memory(vm, config->memory_bytes, err);
	if (ret < 0)
		goto out_destroy;
	ret = add_memory_slot(vm, err);
	if (ret < 0)
		goto out_destroy;
	ret = KVM_IOCTL_NUMBER(vm->sys, vm->fd, KVM_SET_TSS_ADDR, TSS_ADDRESS, err);
	if (ret < 0)
		goto out_destroy;
	if (config->has_irqchip) {
		ret = create_irqchip(vm, err);
		if (ret < 0)
			goto out_destroy;
	}
	*out = vm;
	return 0;

out_destroy:
	vm_destroy(vm);
	return ret;
}

void vm_destroy(struct vm *vm)
{
	if (!vm)
		return;
	if (vm->ioeventfd >= 0)
		vm->sys->close(vm->ioeventfd);
	if (vm->fd >= 0)
		vm->sys->close(vm->fd);
	if (vm->kvm_fd >= 0)
		vm->sys->close(vm->kvm_fd);
	if (vm->mapping)
		vm->sys->munmap(vm->mapping, vm->mapping_bytes);
	free(vm->cpuid);
	free(vm);
}

int vm_check_extension(struct vm *vm, int capability, struct fpb_err *err)
{
	return KVM_IOCTL_NUMBER(vm->sys, vm->fd, KVM_CHECK_EXTENSION, capability, err);
}

int vm_answer_in_kernel(struct vm *vm, uint16_t port, struct fpb_err *err)
{
	struct kvm_ioeventfd binding = {
		.addr = port,
		.len = sizeof(uint32_t),
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};
	int ret;

	if (vm->ioeventfd >= 0)
		return FPB_FAIL(err, -EBUSY, "port %#x: the VM answers another already", port);
	vm->ioeventfd = vm->sys->eventfd();
	if (vm->ioeventfd < 0)
		return FPB_FAIL(err, vm->ioeventfd, "eventfd for port %#x", port);
	binding.fd = vm->ioeventfd;
	ret = KVM_IOCTL(vm->sys, vm->fd, KVM_IOEVENTFD, &binding, err);
	if (ret < 0) {
		vm->sys->close(vm->ioeventfd);
		vm->ioeventfd = -1;
	}
	return ret;
}

void *vm_at(struct vm *vm, uint64_t gpa, size_t bytes)
{
	if (gpa > vm->memory_bytes || bytes > vm->memory_bytes - gpa)
		return NULL;
	return (uint8_t *)vm->memory + gpa;
}
