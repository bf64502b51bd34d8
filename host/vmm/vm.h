/* SPDX-License-Identifier: MIT */
/*
 * vm.h - one virtual machine: its memory, CPUID table and devices. Knows nothing of benchmarks.
 *
 *	vm_create -> payload_load -> vcpu_create -> vcpu_run ..; destroy in reverse.
 */
#ifndef HOST_VMM_VM_H
#define HOST_VMM_VM_H

#include <stdint.h>

#include "host/vmm/cpuid_policy.h"
#include "host/vmm/kvm_sys.h"

struct vm_config {
	const struct kvm_sys *sys; /* NULL: the kernel's own */
	size_t memory_bytes;	   /* a multiple of 2 MiB; guest-physical 0 onwards */
	bool has_irqchip;	   /* in-kernel local APIC, I/O APIC and PIC */
	enum xstate_permission permission;
};

struct vm {
	const struct kvm_sys *sys;
	int kvm_fd;
	int fd;
	void *mapping; /* what munmap gets */
	size_t mapping_bytes;
	void *memory; /* hva of gpa 0, aligned to 2 MiB so that huge pages can back it */
	size_t memory_bytes;
	struct kvm_cpuid2 *cpuid;
	int ioeventfd; /* -1: none */
};

/* Guest memory is zeroed and touched. On failure *out is NULL and nothing is left open. */
int vm_create(const struct vm_config *config, struct vm **out, struct fpb_err *err) FPB_MUST_CHECK;
/* Accepts NULL and half-built objects. Its vCPUs must be destroyed before. */
void vm_destroy(struct vm *vm);

/* KVM_CHECK_EXTENSION on the VM: the capability's value, 0 where absent, or -errno. */
int vm_check_extension(struct vm *vm, int capability, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Let the kernel answer 4-byte OUTs to `port` by itself (KVM_IOEVENTFD). The VM owns the eventfd; a
 * benchmark may read it. One port per VM: -EBUSY for a second.
 */
int vm_answer_in_kernel(struct vm *vm, uint16_t port, struct fpb_err *err) FPB_MUST_CHECK;

/* hva of [gpa, gpa + bytes), or NULL when any of it lies outside the memory. */
void *vm_at(struct vm *vm, uint64_t gpa, size_t bytes);

#endif
