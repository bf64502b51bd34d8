// SPDX-License-Identifier: MIT
#include "host/vmm/cpuid_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest/x86/cpuid.h"
#include "guest/x86/msr.h"
#include "guest/x86/xsave.h"

/* arch/x86/include/uapi/asm/prctl.h */
#define ARCH_REQ_XCOMP_PERM	  0x1023
#define ARCH_REQ_XCOMP_GUEST_PERM 0x1025
#define XTILEDATA_INDEX		  18

#define CPUID_7_EDX_AMX	  (1u << 22 | 1u << 24 | 1u << 25) /* BF16, TILE, INT8 */
#define CPUID_7_1_EAX_AMX (1u << 21)			   /* FP16 */
#define CPUID_7_1_EDX_AMX (1u << 8)			   /* COMPLEX */
#define CPUID_TILE	  0x1du
#define CPUID_TMUL	  0x1eu

/* KVM has answered with at most about 70 entries so far; the loop below grows it. */
#define FIRST_GUESS 128
#define SANE_LIMIT  4096

int xstate_permission_request(enum xstate_permission permission, struct fpb_err *err)
{
	const bool is_guest = permission == XSTATE_PERMISSION_GUEST;

	if (permission == XSTATE_PERMISSION_NONE)
		return 0;
	if (syscall(SYS_arch_prctl, is_guest ? ARCH_REQ_XCOMP_GUEST_PERM : ARCH_REQ_XCOMP_PERM,
		    XTILEDATA_INDEX) == 0)
		return 0;
	return FPB_FAIL(err, -errno, "arch_prctl(ARCH_REQ_XCOMP_%sPERM, %d)",
			is_guest ? "GUEST_" : "", XTILEDATA_INDEX);
}

static int get_supported(const struct kvm_sys *sys, int kvm_fd, struct kvm_cpuid2 **out,
			 struct fpb_err *err)
{
	for (unsigned int nr = FIRST_GUESS; nr <= SANE_LIMIT; nr *= 2) {
		struct kvm_cpuid2 *table =
			calloc(1, sizeof(*table) + nr * sizeof(table->entries[0]));
		struct fpb_err this_time = { 0 };
		int ret;

		if (!table)
			return FPB_FAIL(err, -ENOMEM, "table of %u CPUID entries", nr);
		table->nent = nr;
		ret = KVM_IOCTL(sys, kvm_fd, KVM_GET_SUPPORTED_CPUID, table, &this_time);
		if (ret >= 0 && table->nent <= nr) {
			*out = table;
			return 0;
		}
		free(table);
		if (ret >= 0)
			return FPB_FAIL(err, -EPROTO,
					"KVM_GET_SUPPORTED_CPUID: more entries than asked");
		if (ret != -E2BIG)
			return FPB_FAIL(err, ret, "%s", this_time.text);
	}
	return FPB_FAIL(err, -E2BIG, "KVM_GET_SUPPORTED_CPUID: more than %d entries", SANE_LIMIT);
}

static bool is_amx_only(const struct kvm_cpuid_entry2 *e)
{
	return (e->function == CPUID_D && (e->index == 17 || e->index == 18)) ||
	       e->function == CPUID_TILE || e->function == CPUID_TMUL;
}

static void hide_amx(struct kvm_cpuid2 *cpuid)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (is_amx_only(e))
			continue;
		if (e->function == 7 && e->index == 0)
			e->edx &= ~CPUID_7_EDX_AMX;
		if (e->function == 7 && e->index == 1) {
			e->eax &= ~CPUID_7_1_EAX_AMX;
			e->edx &= ~CPUID_7_1_EDX_AMX;
		}
		if (e->function == CPUID_D && e->index == 0)
			e->eax &= ~(uint32_t)XFEATURE_AMX;
		if (e->function == CPUID_D && e->index == 1)
			e->eax &= ~CPUID_D1_EAX_XFD;
		cpuid->entries[kept++] = *e;
	}
	cpuid->nent = kept;
}

int cpuid_policy_create(const struct kvm_sys *sys, int kvm_fd, enum xstate_permission permission,
			struct kvm_cpuid2 **out, struct fpb_err *err)
{
	int ret = get_supported(sys, kvm_fd, out, err);

	if (ret)
		return ret;
	if (permission != XSTATE_PERMISSION_GUEST)
		hide_amx(*out);
	return 0;
}

void cpuid_policy_show_deadline(struct kvm_cpuid2 *cpuid)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function == 1)
			cpuid->entries[i].ecx |= CPUID_1_ECX_TSC_DEADLINE;
	}
}

struct kvm_cpuid_entry2 cpuid_policy_leaf(const struct kvm_cpuid2 *cpuid, uint32_t leaf,
					  uint32_t subleaf)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == subleaf))
			return *e;
	}
	return (struct kvm_cpuid_entry2){ .function = leaf, .index = subleaf };
}

uint64_t cpuid_policy_xcr0(const struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 features = cpuid_policy_leaf(cpuid, 1, 0);
	struct kvm_cpuid_entry2 xstate = cpuid_policy_leaf(cpuid, CPUID_D, 0);

	if (!(features.ecx & CPUID_1_ECX_XSAVE))
		return 0;
	return xstate.eax | (uint64_t)xstate.edx << 32;
}

uint64_t cpuid_policy_xss(const struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 xstate = cpuid_policy_leaf(cpuid, CPUID_D, 1);

	if (!cpuid_policy_xcr0(cpuid) || !(xstate.eax & CPUID_D1_EAX_XSAVES))
		return 0;
	return xstate.ecx | (uint64_t)xstate.edx << 32;
}

void cpuid_policy_withhold(struct kvm_cpuid2 *cpuid, uint64_t xfeatures)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function != CPUID_D || e->index != 0)
			continue;
		e->eax &= ~(uint32_t)xfeatures;
		e->edx &= ~(uint32_t)(xfeatures >> 32);
	}
}
