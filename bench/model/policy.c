// SPDX-License-Identifier: MIT
#include "bench/model/policy.h"

#include <string.h>

const struct fpb_choice fpb_allocations[FPB_NR_ALLOCATIONS] = {
	[FPB_ALLOC_AT_CREATION] = { "creation", "full fpstate at KVM_CREATE_VCPU" },
	[FPB_ALLOC_AT_CPUID] = { "cpuid2", "fpstate expanded in KVM_SET_CPUID2" },
	[FPB_ALLOC_ON_TRAP] = { "trap", "fpstate expanded at the first use" },
	[FPB_ALLOC_AT_SET_XSAVE] = { "set_xsave", "at the first use, or out of KVM_SET_XSAVE" },
};

const struct fpb_choice fpb_interceptions[FPB_NR_INTERCEPTIONS] = {
	[FPB_INTERCEPT_ALWAYS] = { "always", "every WRMSR(XFD) exits" },
	[FPB_INTERCEPT_UNTIL_NONZERO] = { "until_nonzero",
					  "WRMSR(XFD) exits up to the first nonzero value" },
	[FPB_INTERCEPT_UNTIL_EXPANDED] = { "until_expanded",
					   "WRMSR(XFD) exits up to the first one that enables "
					   "what the fpstate has room for" },
	[FPB_INTERCEPT_NEVER] = { "never", "no WRMSR(XFD) exits" },
};

const struct fpb_choice fpb_syncs[FPB_NR_SYNCS] = {
	[FPB_SYNC_NONE] = { "none", "nothing to learn" },
	[FPB_SYNC_RDMSR] = { "rdmsr", "RDMSR(XFD) per exit" },
	[FPB_SYNC_RDMSR_XCR0] = { "rdmsr_if_xcr0", "RDMSR(XFD) per exit if XCR0 has bit 18" },
	[FPB_SYNC_STORE_LIST] = { "store_list", "VM-exit MSR-store list" },
};

const struct fpb_choice fpb_xfd_errs[FPB_NR_XFD_ERRS] = {
	[FPB_XFD_ERR_TRAP] = { "trap_nm", "XFD_ERR by trapping #NM" },
	[FPB_XFD_ERR_LISTS] = { "msr_lists", "XFD_ERR by MSR lists: three operations an exit" },
};

const struct fpb_choice fpb_restore_orders[FPB_NR_RESTORE_ORDERS] = {
	[FPB_RESTORE_XFD_FIRST] = { "xfd_xcr0_xstate", "restored XFD, XCR0, XSTATE" },
	[FPB_RESTORE_XSTATE_FIRST] = { "xstate_xcr0_xfd", "restored XSTATE, XCR0, XFD" },
};

const struct fpb_xfd_design fpb_designs[FPB_NR_DESIGNS] = {
	{ "upstream", "Linux 5.17 and later", "Tian, kvm list, 16 Dec 2021; merged Jan 2022",
	  FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_UNTIL_NONZERO, FPB_SYNC_RDMSR, FPB_XFD_ERR_TRAP,
	  FPB_RESTORE_XFD_FIRST },
	{ "eager_at_creation", "upstream, with the full fpstate from vCPU creation on",
	  "Gleixner by way of Bonzini, kvm list, 15 Dec 2021", FPB_ALLOC_AT_CREATION,
	  FPB_INTERCEPT_UNTIL_NONZERO, FPB_SYNC_RDMSR, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "upstream_store_list", "upstream, its RDMSR replaced by the VM-exit MSR-store list",
	  "Gleixner, kvm list, 16 Dec 2021", FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_UNTIL_NONZERO,
	  FPB_SYNC_STORE_LIST, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "upstream_err_lists", "upstream, its #NM trap replaced by MSR lists for XFD_ERR",
	  "after Gleixner, kvm list, 16 Dec 2021", FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_UNTIL_NONZERO,
	  FPB_SYNC_RDMSR, FPB_XFD_ERR_LISTS, FPB_RESTORE_XFD_FIRST },
	{ "passthrough", "XFD passed through to whoever is shown it",
	  "Bonzini, kvm list, 15 Dec 2021", FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_NEVER, FPB_SYNC_RDMSR,
	  FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "passthrough_if_xcr0", "the same; RDMSR and #NM trap only if guest XCR0 has bit 18",
	  "Gleixner, kvm list, 16 Dec 2021, second mail", FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_NEVER,
	  FPB_SYNC_RDMSR_XCR0, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "msr_lists", "no trap at all: XFD and XFD_ERR by MSR lists",
	  "Gleixner, kvm list, 16 Dec 2021, first mail", FPB_ALLOC_AT_CPUID, FPB_INTERCEPT_NEVER,
	  FPB_SYNC_STORE_LIST, FPB_XFD_ERR_LISTS, FPB_RESTORE_XFD_FIRST },
	{ "intercept_always", "upstream's allocation, every WRMSR(XFD) intercepted",
	  "the series without its last patch (Bonzini, kvm list, 16 Dec 2021)", FPB_ALLOC_AT_CPUID,
	  FPB_INTERCEPT_ALWAYS, FPB_SYNC_NONE, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "lazy", "expanded on trap, every WRMSR(XFD) intercepted",
	  "Gleixner's patch, kvm list, 14 Dec 2021", FPB_ALLOC_ON_TRAP, FPB_INTERCEPT_ALWAYS,
	  FPB_SYNC_NONE, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "lazy_passthrough",
	  "expanded on trap by way of user space, passed through from the next enabling write on",
	  "Liu, kvm list, 7 Dec 2021, patch 13", FPB_ALLOC_ON_TRAP, FPB_INTERCEPT_UNTIL_EXPANDED,
	  FPB_SYNC_RDMSR, FPB_XFD_ERR_TRAP, FPB_RESTORE_XFD_FIRST },
	{ "lazy_realloc_request", "lazy, restored XSTATE first by way of a reallocation request",
	  "Wang, kvm list, 14 Dec 2021", FPB_ALLOC_AT_SET_XSAVE, FPB_INTERCEPT_ALWAYS,
	  FPB_SYNC_NONE, FPB_XFD_ERR_TRAP, FPB_RESTORE_XSTATE_FIRST },
};

size_t fpb_design_find(const char *name)
{
	size_t i = 0;

	while (i < FPB_NR_DESIGNS && strcmp(fpb_designs[i].name, name) != 0)
		i++;
	return i;
}

const char *fpb_design_contradiction(const struct fpb_xfd_design *design)
{
	const bool is_lazy = design->allocation == FPB_ALLOC_ON_TRAP ||
			     design->allocation == FPB_ALLOC_AT_SET_XSAVE;

	if (is_lazy && (design->interception == FPB_INTERCEPT_NEVER ||
			design->interception == FPB_INTERCEPT_UNTIL_NONZERO))
		return "an expansion on trap needs the write that asks for it to exit";
	if (!is_lazy && design->interception == FPB_INTERCEPT_UNTIL_EXPANDED)
		return "an fpstate that is full from the start is never expanded";
	if ((design->interception == FPB_INTERCEPT_ALWAYS) != (design->sync == FPB_SYNC_NONE))
		return "a sync is for writes that do not exit";
	if (design->allocation == FPB_ALLOC_ON_TRAP &&
	    design->restore_order == FPB_RESTORE_XSTATE_FIRST)
		return "XSTATE first needs KVM_SET_XSAVE to expand";
	return NULL;
}
