// SPDX-License-Identifier: MIT
#include "host/vmm/vcpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/x86/cpuid.h"
#include "guest/x86/cr.h"
#include "guest/x86/msr.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xsave.h"
#include "host/vmm/hazard.h"
#include "host/vmm/msr.h"
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

#define PKRU_INDEX 9

/* Where PKRU lies in KVM's user format, or 0. */
static size_t pkru_offset(const struct vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 place =
		cpuid_policy_leaf(vcpu->vm->cpuid, CPUID_D, PKRU_INDEX);

	return vcpu->xcr0 & XFEATURE_PKRU && place.eax >= sizeof(uint32_t) &&
			       place.ebx + place.eax <= vcpu->xsave_bytes
		       ? place.ebx
		       : 0;
}

/* The host's own IA32_XSS holds at least what KVM allows a guest, and PKRU is the thread's. */
static int match_host(struct vcpu *vcpu, struct fpb_err *err)
{
	const bool has_pkru = cpuid(0, 0).eax >= 7 && cpuid(7, 0).ecx & CPUID_7_ECX_OSPKE;
	int ret = 0;

	vcpu->xss = cpuid_policy_xss(vcpu->vm->cpuid);
	if (vcpu->xss)
		ret = vcpu_set_msr(vcpu, MSR_IA32_XSS, vcpu->xss, err);
	if (!ret && has_pkru && pkru_offset(vcpu))
		ret = vcpu_set_pkru(vcpu, rdpkru(), err);
	return ret;
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
	ret = match_host(vcpu, err);
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

int vcpu_enable_pku(struct vcpu *vcpu, struct fpb_err *err)
{
	const struct kvm_sys *sys = vcpu->vm->sys;
	struct kvm_sregs sregs;
	int ret = KVM_IOCTL(sys, vcpu->fd, KVM_GET_SREGS, &sregs, err);

	if (ret < 0)
		return ret;
	sregs.cr4 |= CR4_PKE;
	return KVM_IOCTL(sys, vcpu->fd, KVM_SET_SREGS, &sregs, err);
}

/* The vCPU's whole xstate, to be freed, with PKRU at *offset; NULL with *code. */
static uint8_t *get_state_with_pkru(struct vcpu *vcpu, size_t *offset, int *code,
				    struct fpb_err *err)
{
	uint8_t *area;

	*offset = pkru_offset(vcpu);
	if (!*offset) {
		*code = FPB_FAIL(err, -ENODATA, "PKRU: vcpu %u, XCR0 read %#llx", vcpu->id,
				 (unsigned long long)vcpu->xcr0);
		return NULL;
	}
	area = calloc(1, vcpu->xsave_bytes);
	if (!area) {
		*code = FPB_FAIL(err, -ENOMEM, "XSAVE area of %zu bytes", vcpu->xsave_bytes);
		return NULL;
	}
	*code = vcpu_get_xsave(vcpu, area, err);
	if (*code >= 0)
		return area;
	free(area);
	return NULL;
}

int vcpu_get_pkru(struct vcpu *vcpu, uint32_t *pkru, struct fpb_err *err)
{
	size_t offset;
	int ret;
	uint8_t *area = get_state_with_pkru(vcpu, &offset, &ret, err);

	if (!area)
		return ret;
	/* KVM fills it in whatever XSTATE_BV says; init is 0. */
	memcpy(pkru, area + offset, sizeof(*pkru));
	free(area);
	return 0;
}

int vcpu_set_pkru(struct vcpu *vcpu, uint32_t pkru, struct fpb_err *err)
{
	struct xsave_area *header;
	size_t offset;
	int ret;
	uint8_t *area = get_state_with_pkru(vcpu, &offset, &ret, err);

	if (!area)
		return ret;
	memcpy(area + offset, &pkru, sizeof(pkru));
	header = (void *)area;
	header->xstate_bv |= XFEATURE_PKRU;
	ret = vcpu_set_xsave(vcpu, area, err);
	free(area);
	return ret < 0 ? ret : 0;
}
