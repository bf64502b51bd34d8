/* SPDX-License-Identifier: MIT */
/*
 * cost.h - what one operation costs: the prices by which the model weighs the designs.
 *
 * Every cost is a value with an interval that holds it, and a source: a report and its row, or an
 * assumption with its citation. Cycles are TSC ticks, as in reports (unit "cyc"). An emulator counts
 * instructions instead: such a cost remembers its count, and its cycles are count x
 * FPB_COST_CYCLES_PER_INSN, which is an assumption of its own and the same for all of them.
 *
 * "Over" in a title: by how much dearer than; all others are the whole operation.
 */
#ifndef BENCH_MODEL_COST_H
#define BENCH_MODEL_COST_H

#include <stdbool.h>
#include <stddef.h>

enum fpb_cost {
	/* Single accesses, by the host unless said otherwise. */
	FPB_COST_RDMSR_XFD, /* on a VM exit: the sync of passthrough */
	FPB_COST_WRMSR_XFD, /* of another value: by a guest that may, or by KVM in its place */
	FPB_COST_RDMSR_XFD_ERR,
	FPB_COST_WRMSR_XFD_ERR,
	FPB_COST_MSR_LIST_STORE, /* one entry of a VM-exit MSR-store list */
	FPB_COST_MSR_LIST_LOAD,	 /* one entry of a VM-entry or VM-exit MSR-load list */
	FPB_COST_FLAG_TEST,	 /* of a field of the vCPU, with its branch */

	/* A VM exit that KVM handles itself, by kind: FPB_COST_EXIT_CPUID + enum fpb_exit_kind. */
	FPB_COST_EXIT_CPUID,
	FPB_COST_EXIT_HLT,
	FPB_COST_EXIT_PIO,
	FPB_COST_EXIT_MMIO,
	FPB_COST_EXIT_MSR,
	FPB_COST_EXIT_INTERRUPT,
	FPB_COST_EXIT_PAGE_FAULT,
	FPB_COST_EXIT_TIMER,
	FPB_COST_EXIT_APIC,
	FPB_COST_EXIT_HYPERCALL,
	FPB_COST_EXIT_PAUSE,
	FPB_COST_EXIT_NESTED,
	FPB_COST_EXIT_OTHER,
	FPB_COST_EXIT_FASTPATH, /* one that re-enters on the fastpath, of whatever kind */

	/* Guest FPU against host FPU: fpu_swap_kvm_fpstate() there and back, 2 XSAVES + 2 XRSTORS. */
	FPB_COST_USER_EXIT,  /* return to user space and KVM_RUN, over an in-kernel exit; no swap */
	FPB_COST_SWAP,	     /* of a round trip, tiles in their initial state */
	FPB_COST_SWAP_TILES, /* over FPB_COST_SWAP, when XTILEDATA is live: one save, one restore */
	FPB_COST_VCPU_SWITCH,  /* preemption of a vCPU thread: one save, one restore, no tiles */
	FPB_COST_GUEST_SWITCH, /* XSAVES + XRSTORS of the guest's own task switch, no tiles */

	/* XFD, XFD_ERR and #NM that exit. */
	FPB_COST_XFD_WRITE_EXIT,  /* WRMSR(XFD) intercepted and emulated, without KVM's own WRMSR */
	FPB_COST_XFD_FIRST_WRITE, /* the first nonzero one: emulated, interception switched off */
	FPB_COST_XFD_ERR_EXIT,	  /* WRMSR(XFD_ERR) intercepted and emulated */
	FPB_COST_NM_DELIVERED,	  /* #NM to the guest's handler and back, without an exit */
	FPB_COST_NM_TRAP,	  /* over FPB_COST_NM_DELIVERED: the exit and the injection */

	/* fpstate of a vCPU. */
	FPB_COST_ALLOC_DEFAULT, /* allocate and zero one without dynamic features */
	FPB_COST_ALLOC_FULL,	/* allocate and zero one with XTILEDATA */
	FPB_COST_EXPAND,	/* allocate the full one, copy, install, free the default one */
	FPB_COST_SET_CPUID2,	/* the ioctl without expansion */
	FPB_COST_SET_XSAVE,	/* the ioctl without expansion */
	FPB_COST_FPSTATE_DEFAULT_BYTES, /* as allocated, rounded up to pages */
	FPB_COST_FPSTATE_FULL_BYTES,

	/* Of the clockwork, not of the kernel. */
	FPB_COST_CYCLES_PER_INSN, /* for costs counted in instructions */

	FPB_NR_COSTS
};

/* Units: "cyc", "bytes", "cyc/insn". */
struct fpb_cost_info {
	const char *name; /* of the JSON output: snake case, unique */
	const char *unit;
	const char *title;
	double assumed, assumed_low, assumed_high; /* 0 < low <= assumed <= high */
	const char *citation;			   /* never empty */
};

extern const struct fpb_cost_info fpb_cost_infos[FPB_NR_COSTS];

/*
 * 0 <= low <= value <= high, all finite: a difference of rows that came out below zero is 0 here.
 * is_counted: in instructions; value, low and high are then insn x the cost CYCLES_PER_INSN and are
 * kept so by fpb_costs_convert(). Neither measured nor counted: assumed.
 */
struct fpb_cost_value {
	double value, low, high;
	const char *unit; /* that of its fpb_cost_info */
	char source[512]; /* "assumed: <citation>", or report and row(s) */
	char missing
		[256]; /* of an assumed one: why the reports asked do not give it; "": none was */
	bool is_assumed;
	bool is_counted;
	bool is_stand_in; /* its rows are near the cost, but not it; not assumed */
	unsigned nr_runs; /* of which a timed one is; 0: assumed, counted, or exact */
	double insn, insn_low, insn_high; /* of is_counted; as above */
};

struct fpb_costs {
	struct fpb_cost_value of[FPB_NR_COSTS];
};

/* Fills all of them with the assumptions. */
void fpb_costs_assume(struct fpb_costs *costs);

/*
 * Takes a measured value (in the cost's own unit) or, of an emulator, a count of instructions; clamps
 * value and ends at 0 and puts the ends around the value. Source is copied (cut to fit).
 */
void fpb_cost_measure(struct fpb_costs *costs, enum fpb_cost which, double value, double low,
		      double high, const char *source);
void fpb_cost_count(struct fpb_costs *costs, enum fpb_cost which, double insn, double low,
		    double high, const char *source);

/* Cycles of what is counted, anew, after CYCLES_PER_INSN changed. */
void fpb_costs_convert(struct fpb_costs *costs);

/* FPB_NR_COSTS if there is none of that name. */
enum fpb_cost fpb_cost_find(const char *name);

/* Whether any cost is counted in instructions: only then CYCLES_PER_INSN plays a part. */
bool fpb_costs_any_counted(const struct fpb_costs *costs);

/* Number of costs that are assumed; CYCLES_PER_INSN only if some cost is counted. */
size_t fpb_costs_nr_assumed(const struct fpb_costs *costs);

#endif
