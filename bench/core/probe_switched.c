// SPDX-License-Identifier: MIT
/*
 * probe_switched.c - which registers KVM has to write around every entry of a guest, as
 * kvm_load_guest_xsave_state() of arch/x86/kvm/x86.c decides: those that are not the host's.
 */
#include "bench/core/probe_priv.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/xsave.h"
#include "host/machine/cpu_source.h"
#include "host/vmm/cpuid_policy.h"
#include "host/vmm/vcpu.h"

#define NR_XFEATURES 63u

bool probe_has_another_xss(const struct cpu_source *cpu, uint64_t xfeatures)
{
	uint32_t bytes = sizeof(struct xsave_area);

	if (!cpu_has_leaf(cpu, CPUID_D) || !(cpu->cpuid(cpu, CPUID_D, 1).eax & CPUID_D1_EAX_XSAVES))
		return false;
	for (uint32_t i = 2; i < NR_XFEATURES; i++) {
		const struct cpuid_regs r = cpu->cpuid(cpu, CPUID_D, i);

		if (!(xfeatures >> i & 1))
			continue;
		if (r.ecx & CPUID_DI_ECX_ALIGNED)
			bytes = (bytes + XSAVE_ALIGN - 1) & -(uint32_t)XSAVE_ALIGN;
		bytes += r.eax;
	}
	/* EBX counts the states of XCR0 | IA32_XSS, which only the kernel can read. */
	return cpu->cpuid(cpu, CPUID_D, 1).ebx != bytes;
}

int probe_switched(struct vcpu *vcpu, const struct probe_host_registers *host, uint32_t *switched,
		   struct fpb_err *err)
{
	uint32_t pkru = 0;
	int ret;

	*switched = 0;
	if (vcpu->xcr0 && vcpu->xcr0 != host->xcr0)
		*switched |= FPB_SWITCHED_XCR0;
	/* Without XSAVES in its CPUID KVM leaves IA32_XSS alone. */
	if (host->has_another_xss && vcpu->xcr0 &&
	    cpuid_policy_leaf(vcpu->vm->cpuid, CPUID_D, 1).eax & CPUID_D1_EAX_XSAVES)
		*switched |= FPB_SWITCHED_XSS;
	if (!(vcpu->xcr0 & XFEATURE_PKRU))
		return 0;
	ret = vcpu_get_pkru(vcpu, &pkru, err);
	if (!ret && pkru != host->pkru)
		*switched |= FPB_SWITCHED_PKRU;
	return ret;
}
