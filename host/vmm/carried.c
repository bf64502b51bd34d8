// SPDX-License-Identifier: MIT
#include "host/vmm/carried.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "host/vmm/vcpu.h"

static int load_and_save(struct carried *c, struct vcpu *vcpu, uint64_t offered,
			 struct fpb_err *err)
{
	struct abi_xstate layout[ABI_NR_XSTATE];
	const struct xsave_area *area = (const void *)c->area;
	struct fpb_err refused = { 0 };
	int ret;

	xstate_layout(layout);
	c->loaded = offered;
	xstate_fill(c->area, layout, c->loaded, 1);
	ret = vcpu_set_xsave(vcpu, c->area, &refused);
	/* A kernel that takes only what the guest's CPUID has. */
	if (ret == -EINVAL) {
		c->loaded = offered & c->guest;
		xstate_fill(c->area, layout, c->loaded, 1);
		ret = vcpu_set_xsave(vcpu, c->area, err);
	} else if (ret) {
		ret = FPB_FAIL(err, ret, "%s", refused.text);
	}
	if (!ret)
		ret = vcpu_get_xsave(vcpu, c->area, err);
	c->saved = area->xstate_bv;
	c->bytes = (uint32_t)vcpu->xsave_bytes;
	return ret;
}

/* Where KVM shows guests no XSAVE and has its state all the same, what the processor has. */
static uint64_t xfeatures_of(const struct vm *vm)
{
	const uint64_t shown = cpuid_policy_xcr0(vm->cpuid);

	if (shown || !(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE))
		return shown;
	return xgetbv(0);
}

static int make_in_vm(struct carried *c, struct vm *vm, struct fpb_err *err)
{
	const uint64_t offered = xfeatures_of(vm) & XSTATE_ORDINARY;
	/* Nothing is executed: an entry is needed all the same. */
	const struct payload payload = { .entry = ABI_IMAGE_GPA };
	struct vcpu *vcpu;
	int ret;

	cpuid_policy_withhold(vm->cpuid, CARRIED_WITHHELD);
	c->guest = cpuid_policy_xcr0(vm->cpuid);
	ret = vcpu_create(vm, 0, &payload, VCPU_RING3, &vcpu, err);
	if (ret)
		return ret;
	if (vcpu->xsave_bytes > sizeof(c->area))
		ret = FPB_FAIL(err, -EOVERFLOW, "KVM_CAP_XSAVE2: %zu bytes, at most %zu expected",
			       vcpu->xsave_bytes, sizeof(c->area));
	else
		ret = load_and_save(c, vcpu, offered, err);
	vcpu_destroy(vcpu);
	return ret;
}

int carried_make(struct carried *out, const struct kvm_sys *sys, struct fpb_err *err)
{
	const struct vm_config config = { .sys = sys, .memory_bytes = ABI_MEMORY_BYTES };
	struct utsname name;
	struct vm *vm;
	int ret = vm_create(&config, &vm, err);

	if (ret)
		return ret;
	*out = (struct carried){ .magic = CARRIED_MAGIC, .version = CARRIED_VERSION };
	uname(&name);
	snprintf(out->release, sizeof(out->release), "%.63s", name.release);
	ret = make_in_vm(out, vm, err);
	vm_destroy(vm);
	return ret;
}

int carried_check(const void *data, size_t bytes, struct fpb_err *err)
{
	const struct carried *c = data;
	uint64_t xstate_bv;

	if (bytes != sizeof(*c))
		return FPB_FAIL(err, -EBADMSG, "carried state: expected %zu bytes, read %zu",
				sizeof(*c), bytes);
	if (c->magic != CARRIED_MAGIC)
		return FPB_FAIL(err, -EBADMSG, "carried state: expected magic %#llx, read %#llx",
				CARRIED_MAGIC, (unsigned long long)c->magic);
	if (c->version != CARRIED_VERSION)
		return FPB_FAIL(err, -EBADMSG, "carried state: expected version %u, read %u",
				CARRIED_VERSION, c->version);
	if (c->bytes < sizeof(struct xsave_area) || c->bytes > sizeof(c->area))
		return FPB_FAIL(err, -EBADMSG,
				"carried state: expected an area of %zu to %zu bytes, read %u",
				sizeof(struct xsave_area), sizeof(c->area), c->bytes);
	xstate_bv = ((const struct xsave_area *)(const void *)c->area)->xstate_bv;
	if (c->saved != xstate_bv)
		return FPB_FAIL(err, -EBADMSG,
				"carried state: expected XSTATE_BV %#llx, read %#llx in the area",
				(unsigned long long)c->saved, (unsigned long long)xstate_bv);
	if (!memchr(c->release, 0, sizeof(c->release)))
		return FPB_FAIL(err, -EBADMSG, "carried state: the kernel's release has no end");
	return 0;
}

int carried_write(const struct carried *carried, const char *path, struct fpb_err *err)
{
	FILE *file = fopen(path, "wbe");
	bool is_whole;

	if (!file)
		return FPB_FAIL(err, -errno, "%s", path);
	is_whole = fwrite(carried, sizeof(*carried), 1, file) == 1;
	if (fclose(file) || !is_whole)
		return FPB_FAIL(err, errno ? -errno : -EIO, "%s", path);
	return 0;
}

int carried_read(struct carried *out, const char *path, struct fpb_err *err)
{
	FILE *file = fopen(path, "rbe");
	struct fpb_err why = { 0 };
	char beyond;
	size_t bytes;

	if (!file)
		return FPB_FAIL(err, -errno, "%s", path);
	bytes = fread(out, 1, sizeof(*out), file);
	bytes += fread(&beyond, 1, 1, file);
	fclose(file);
	if (carried_check(out, bytes, &why))
		return FPB_FAIL(err, why.code, "%s: %s", path, why.text);
	return 0;
}
