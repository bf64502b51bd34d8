/* SPDX-License-Identifier: MIT */
/*
 * account.h - what a design does for a workload: how many operations of which cost, every second.
 *
 * The cycles of a design are a sum of products, operations x cost, so that what two designs have in
 * common cancels exactly in their difference (compare.h).
 */
#ifndef BENCH_MODEL_ACCOUNT_H
#define BENCH_MODEL_ACCOUNT_H

#include "bench/model/cost.h"
#include "bench/model/policy.h"
#include "bench/model/workload.h"

/* What the operations are for; the names are those of `terms` in the output. */
enum fpb_term {
	FPB_TERM_EXITS,	     /* the exits themselves, by whatever design */
	FPB_TERM_USER_EXITS, /* system call and FPU swap of those that reach user space */
	FPB_TERM_SWITCHES,   /* FPU of vCPU threads and of the guest's tasks */
	FPB_TERM_XFD_SYNC,   /* learning of WRMSR(XFD) that did not exit */
	FPB_TERM_XFD_WRITES, /* WRMSR(XFD) by the guest */
	FPB_TERM_XFD_ERR,    /* keeping XFD_ERR apart */
	FPB_TERM_NM,	     /* #NM, trapped or not */
	FPB_TERM_FPSTATE,    /* allocation, expansion and restore, at boots and migrations */
	FPB_NR_TERMS
};

extern const char *const fpb_term_names[FPB_NR_TERMS];

struct fpb_account {
	double per_second[FPB_NR_TERMS][FPB_NR_COSTS]; /* operations, whole VM; >= 0 */
	enum fpb_cost bytes; /* cost that the fpstate of each vCPU has: default or full */
};

/* The design is without contradiction, the workload checked. */
void fpb_account_make(const struct fpb_xfd_design *design, const struct fpb_workload *workload,
		      struct fpb_account *out);

#endif
