/* SPDX-License-Identifier: MIT */
/*
 * workload.h - what a VM does, in events per second: the amounts to which the model applies costs.
 *
 * Rates are those of the whole VM, all vCPUs together; what happens at a boot or a migration happens
 * once to each vCPU. docs/model.md lists the keys of the JSON form.
 */
#ifndef BENCH_MODEL_WORKLOAD_H
#define BENCH_MODEL_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/report/problem.h"

/* Why a VM exit happens; FPB_COST_EXIT_CPUID + kind is what one of them costs. */
enum fpb_exit_kind {
	FPB_EXIT_CPUID,
	FPB_EXIT_HLT,
	FPB_EXIT_PIO,	     /* of port I/O, whoever answers it */
	FPB_EXIT_MMIO,	     /* EPT misconfiguration, or NPF on a page marked so */
	FPB_EXIT_MSR,	     /* RDMSR and WRMSR, those of XFD and XFD_ERR excepted */
	FPB_EXIT_INTERRUPT,  /* external interrupt, NMI, interrupt window */
	FPB_EXIT_PAGE_FAULT, /* EPT violation, NPF */
	FPB_EXIT_TIMER,	     /* VMX preemption timer */
	FPB_EXIT_APIC,	     /* APIC access, APIC write, EOI, AVIC */
	FPB_EXIT_HYPERCALL,
	FPB_EXIT_PAUSE,
	FPB_EXIT_NESTED, /* VMRESUME, VMRUN and all that L1 does to run L2 */
	FPB_EXIT_OTHER,
	FPB_NR_EXIT_KINDS
};

enum fpb_rate {
	FPB_RATE_VCPUS,		   /* 1 or more */
	FPB_RATE_FASTPATH_SHARE,   /* of all exits: 0 to 1 */
	FPB_RATE_USER_EXITS,	   /* of the exits: those that return to user space, /s */
	FPB_RATE_VCPU_SWITCHES,	   /* a vCPU thread is preempted or scheduled out, /s */
	FPB_RATE_CONTEXT_SWITCHES, /* between tasks of the guest, /s */
	FPB_RATE_AMX_TASK_SHARE,   /* of the guest's running time: tasks with XFD[18] = 0 */
	FPB_RATE_TILES_LIVE_SHARE, /* of the swaps: XTILEDATA not in its initial state */
	FPB_RATE_XFD_WRITES,	   /* WRMSR(XFD) by the guest, /s */
	FPB_RATE_NM,		   /* #NM of XFD in the guest, /s */
	FPB_RATE_TS_NM,		   /* #NM of CR0.TS in the guest, /s */
	FPB_RATE_BOOTS,		   /* a day */
	FPB_RATE_MIGRATIONS,	   /* a day: restores of a saved VM */
	FPB_NR_RATES
};

struct fpb_rate_info {
	const char *key;  /* in JSON */
	const char *unit; /* "/s", "/day", "" */
	double initial;	  /* when the key is missing */
	double min, max;
	const char *title;
};

extern const struct fpb_rate_info fpb_rate_infos[FPB_NR_RATES];
extern const char *const fpb_exit_kind_names[FPB_NR_EXIT_KINDS]; /* keys of "exits_per_second" */

/* All numbers finite and within their limits; flags consistent with the rates: see the check. */
struct fpb_workload {
	char name[64];
	char source[256]; /* "preset", or the file it was read or imported from */
	/* /s; fastpath ones included, those for XFD, XFD_ERR and #NM not: they depend on the design */
	double exits[FPB_NR_EXIT_KINDS];
	double rate[FPB_NR_RATES];
	bool is_amx_exposed;	/* AMX and XFD in the CPUID that the guest sees */
	bool has_xcr0_tiledata; /* the guest sets XCR0[18] */
	bool is_xfd_aware;	/* the guest writes a nonzero XFD once, at boot, or more often */
};

/* Rates at their initial values, no exits; AMX exposed, the guest ignorant of it. */
void fpb_workload_init(struct fpb_workload *workload, const char *name, const char *source);

/* All exits, /s. */
double fpb_workload_exits(const struct fpb_workload *workload);

/* The same mix of kinds, so many in all; a workload without exits gets them as FPB_EXIT_OTHER. */
void fpb_workload_scale_exits(struct fpb_workload *workload, double exits_per_second);

/*
 * What a bare import cannot know: a guest that writes XFD, takes its #NM or runs AMX tasks has set
 * XCR0[18], and is taken for XFD aware, which of the last alone need not be. Never clears a flag.
 */
void fpb_workload_derive(struct fpb_workload *workload);

/*
 * 0, or -EINVAL with a problem: a number out of its limits, more user exits and fastpath exits than
 * exits, XFD writes or #NM of a guest that is not shown AMX. 'where' of the problem is the key.
 */
int fpb_workload_check(const struct fpb_workload *workload, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

#endif
