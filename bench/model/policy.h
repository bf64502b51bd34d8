/* SPDX-License-Identifier: MIT */
/*
 * policy.h - the designs of the debate: how KVM may carry XFD and the dynamic xstate of a guest.
 *
 * A policy is one choice in each of five questions. The named ones are those that were proposed, and
 * what became of them: Linux 5.17 and later is "upstream" (arch/x86/kvm/x86.c: vcpu_enter_guest(),
 * kvm_set_msr_common(); arch/x86/kvm/cpuid.c: kvm_check_cpuid(), which expands by way of
 * fpu_enable_guest_xfd_features()).
 */
#ifndef BENCH_MODEL_POLICY_H
#define BENCH_MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>

/* When the vCPU's fpstate becomes large enough for the dynamic features. */
enum fpb_allocation {
	FPB_ALLOC_AT_CREATION, /* full from KVM_CREATE_VCPU on, if the process has the permission */
	FPB_ALLOC_AT_CPUID,    /* expanded in KVM_SET_CPUID2, if the guest is shown the features */
	FPB_ALLOC_ON_TRAP,     /* expanded when an intercepted write makes a feature usable */
	FPB_ALLOC_AT_SET_XSAVE, /* on trap and, at a restore, by a request out of KVM_SET_XSAVE */
	FPB_NR_ALLOCATIONS
};

/* Which WRMSR(XFD) of the guest exit. */
enum fpb_interception {
	FPB_INTERCEPT_ALWAYS,
	FPB_INTERCEPT_UNTIL_NONZERO, /* up to the first nonzero value, for each vCPU */
	/*
	 * Series of 7 Dec 2021, patch 13: the first enabling write expands, out of an exit to user
	 * space; from the second one on no write exits.
	 */
	FPB_INTERCEPT_UNTIL_EXPANDED,
	FPB_INTERCEPT_NEVER,
	FPB_NR_INTERCEPTIONS
};

/* How the host learns of writes that did not exit. */
enum fpb_sync {
	FPB_SYNC_NONE,	     /* all exit */
	FPB_SYNC_RDMSR,	     /* RDMSR(XFD) on every exit that does not re-enter on the fastpath */
	FPB_SYNC_RDMSR_XCR0, /* the same, only if guest XCR0 has bit 18 */
	FPB_SYNC_STORE_LIST, /* an entry of the VM-exit MSR-store list: on every exit */
	FPB_NR_SYNCS
};

/* How XFD_ERR of the guest is kept from that of the host, which is 0. */
enum fpb_xfd_err {
	FPB_XFD_ERR_TRAP,  /* #NM exits; then XFD_ERR is switched while it is not 0 */
	FPB_XFD_ERR_LISTS, /* stored and loaded at exit, loaded at entry, by MSR lists: every exit */
	FPB_NR_XFD_ERRS
};

/* In which order a saved vCPU is restored. */
enum fpb_restore_order {
	FPB_RESTORE_XFD_FIRST,	  /* XFD, XCR0, XSTATE */
	FPB_RESTORE_XSTATE_FIRST, /* XSTATE, XCR0, XFD: QEMU's of 2021 */
	FPB_NR_RESTORE_ORDERS
};

/* One choice: its id in the output, and what it means. */
struct fpb_choice {
	const char *name, *title;
};

extern const struct fpb_choice fpb_allocations[FPB_NR_ALLOCATIONS];
extern const struct fpb_choice fpb_interceptions[FPB_NR_INTERCEPTIONS];
extern const struct fpb_choice fpb_syncs[FPB_NR_SYNCS];
extern const struct fpb_choice fpb_xfd_errs[FPB_NR_XFD_ERRS];
extern const struct fpb_choice fpb_restore_orders[FPB_NR_RESTORE_ORDERS];

struct fpb_xfd_design {
	const char *name; /* of the output: lower case, unique */
	const char *title;
	const char *origin; /* who proposed it, or where it is in force */
	enum fpb_allocation allocation;
	enum fpb_interception interception;
	enum fpb_sync sync;
	enum fpb_xfd_err xfd_err;
	enum fpb_restore_order restore_order;
};

#define FPB_NR_DESIGNS 11

extern const struct fpb_xfd_design fpb_designs[FPB_NR_DESIGNS];

/* FPB_NR_DESIGNS if there is none of that name. */
size_t fpb_design_find(const char *name);

/*
 * NULL, or why these choices do not go together: an fpstate that grows when a write makes a feature
 * usable needs that write to exit; what exits needs no sync, and the reverse.
 */
const char *fpb_design_contradiction(const struct fpb_xfd_design *design);

#endif
