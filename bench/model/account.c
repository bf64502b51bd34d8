// SPDX-License-Identifier: MIT
#include "bench/model/account.h"

#include <string.h>

#define SECONDS_PER_DAY 86400.0

const char *const fpb_term_names[FPB_NR_TERMS] = {
	[FPB_TERM_EXITS] = "exits",
	[FPB_TERM_USER_EXITS] = "user_exits",
	[FPB_TERM_SWITCHES] = "switches",
	[FPB_TERM_XFD_SYNC] = "xfd_sync",
	[FPB_TERM_XFD_WRITES] = "xfd_writes",
	[FPB_TERM_XFD_ERR] = "xfd_err",
	[FPB_TERM_NM] = "nm",
	[FPB_TERM_FPSTATE] = "fpstate",
};

/* What follows from design and workload together; the vCPUs are long past their boot. */
struct situation {
	const struct fpb_xfd_design *design;
	const struct fpb_workload *workload;
	double exits, slow_exits; /* /s, as given; slow: not on the fastpath */
	double own_exits;	  /* /s, none of them on the fastpath: those of the design itself */
	double boots, restores;	  /* vCPUs /s */
	bool uses_tiles;	  /* the guest ever runs with XFD[18] clear, to use them */
	bool is_enabled; /* XCR0[18] set and XFD[18] clear at some time, on purpose or not */
	bool is_lazy;
	bool is_passed_through;	     /* WRMSR(XFD) does not exit (any more) */
	double nm_intercepted_share; /* of the time */
};

static double rate(const struct situation *s, enum fpb_rate which)
{
	return s->workload->rate[which];
}

static bool passes_through(const struct situation *s)
{
	switch (s->design->interception) {
	case FPB_INTERCEPT_UNTIL_NONZERO:
		return s->workload->is_xfd_aware;
	case FPB_INTERCEPT_UNTIL_EXPANDED:
		return s->uses_tiles && s->workload->is_xfd_aware;
	case FPB_INTERCEPT_NEVER:
		return s->workload->is_amx_exposed;
	default:
		return false;
	}
}

/*
 * Of a guest that writes XFD unseen, #NM must exit at any time (vmx_update_exception_bitmap()), or
 * as long as XCR0 lets it use tiles; of one whose writes are seen, only while XFD is not 0.
 */
static double nm_intercepted_share(const struct situation *s)
{
	if (s->design->xfd_err != FPB_XFD_ERR_TRAP || !s->workload->is_amx_exposed)
		return 0;
	if (s->is_passed_through)
		return s->design->sync != FPB_SYNC_RDMSR_XCR0 || s->workload->has_xcr0_tiledata;
	return s->workload->is_xfd_aware ? 1 - rate(s, FPB_RATE_AMX_TASK_SHARE) : 0;
}

/* Exits for XFD, XFD_ERR and #NM: they pay what every exit pays. */
static double own_exits(const struct situation *s)
{
	const double writes = s->is_passed_through ? 0 : rate(s, FPB_RATE_XFD_WRITES);
	const double nm = s->design->xfd_err == FPB_XFD_ERR_TRAP ? 2 * rate(s, FPB_RATE_NM) : 0;

	return writes + nm + rate(s, FPB_RATE_TS_NM) * s->nm_intercepted_share;
}

static void make_situation(const struct fpb_xfd_design *design, const struct fpb_workload *workload,
			   struct situation *s)
{
	const double vcpus = workload->rate[FPB_RATE_VCPUS];

	*s = (struct situation){ .design = design, .workload = workload };
	s->exits = fpb_workload_exits(workload);
	s->slow_exits = s->exits * (1 - rate(s, FPB_RATE_FASTPATH_SHARE));
	s->restores = vcpus * rate(s, FPB_RATE_MIGRATIONS) / SECONDS_PER_DAY;
	s->boots = vcpus * rate(s, FPB_RATE_BOOTS) / SECONDS_PER_DAY;
	s->uses_tiles = rate(s, FPB_RATE_AMX_TASK_SHARE) > 0 || rate(s, FPB_RATE_NM) > 0 ||
			rate(s, FPB_RATE_TILES_LIVE_SHARE) > 0 || rate(s, FPB_RATE_XFD_WRITES) > 0;
	s->is_enabled = s->uses_tiles || (workload->has_xcr0_tiledata && !workload->is_xfd_aware);
	s->is_lazy = design->allocation == FPB_ALLOC_ON_TRAP ||
		     design->allocation == FPB_ALLOC_AT_SET_XSAVE;
	s->is_passed_through = passes_through(s);
	s->nm_intercepted_share = nm_intercepted_share(s);
	s->own_exits = own_exits(s);
}

static void add(struct fpb_account *out, enum fpb_term term, enum fpb_cost cost, double per_second)
{
	out->per_second[term][cost] += per_second;
}

static void add_exits(const struct situation *s, struct fpb_account *out)
{
	const double slow_share = 1 - rate(s, FPB_RATE_FASTPATH_SHARE);

	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		add(out, FPB_TERM_EXITS, (enum fpb_cost)(FPB_COST_EXIT_CPUID + i),
		    s->workload->exits[i] * slow_share);
	add(out, FPB_TERM_EXITS, FPB_COST_EXIT_FASTPATH, s->exits - s->slow_exits);
}

static void add_swaps(const struct situation *s, struct fpb_account *out)
{
	const double tiles = rate(s, FPB_RATE_TILES_LIVE_SHARE);
	const double user = rate(s, FPB_RATE_USER_EXITS);
	const double switches = rate(s, FPB_RATE_VCPU_SWITCHES);

	add(out, FPB_TERM_USER_EXITS, FPB_COST_USER_EXIT, user);
	add(out, FPB_TERM_USER_EXITS, FPB_COST_SWAP, user);
	add(out, FPB_TERM_USER_EXITS, FPB_COST_SWAP_TILES, user * tiles);
	add(out, FPB_TERM_SWITCHES, FPB_COST_VCPU_SWITCH, switches);
	add(out, FPB_TERM_SWITCHES, FPB_COST_SWAP_TILES, switches * tiles);
	add(out, FPB_TERM_SWITCHES, FPB_COST_GUEST_SWITCH, rate(s, FPB_RATE_CONTEXT_SWITCHES));
}

static void add_sync(const struct situation *s, struct fpb_account *out)
{
	const double slow_exits = s->slow_exits + s->own_exits;

	if (s->design->interception == FPB_INTERCEPT_ALWAYS)
		return;
	/* Whether to sync at all, or guest XCR0: a test on each exit, of whatever guest. */
	add(out, FPB_TERM_XFD_SYNC, FPB_COST_FLAG_TEST, slow_exits);
	if (!s->is_passed_through)
		return;
	switch (s->design->sync) {
	case FPB_SYNC_RDMSR:
		add(out, FPB_TERM_XFD_SYNC, FPB_COST_RDMSR_XFD, slow_exits);
		break;
	case FPB_SYNC_RDMSR_XCR0:
		if (s->workload->has_xcr0_tiledata)
			add(out, FPB_TERM_XFD_SYNC, FPB_COST_RDMSR_XFD, slow_exits);
		break;
	case FPB_SYNC_STORE_LIST:
		/* The processor knows of no fastpath. */
		add(out, FPB_TERM_XFD_SYNC, FPB_COST_MSR_LIST_STORE, s->exits + s->own_exits);
		break;
	default:
		break;
	}
}

/* The write at boot by which a guest that knows XFD disables the tiles of all tasks. */
static enum fpb_cost cost_of_first_write(const struct fpb_xfd_design *design)
{
	switch (design->interception) {
	case FPB_INTERCEPT_NEVER:
		return FPB_COST_WRMSR_XFD;
	case FPB_INTERCEPT_UNTIL_NONZERO:
		return FPB_COST_XFD_FIRST_WRITE;
	default:
		return FPB_COST_XFD_WRITE_EXIT;
	}
}

/* Values that change are written to the MSR by whoever writes: the guest, or KVM in its place. */
static void add_writes(const struct situation *s, struct fpb_account *out)
{
	const double writes = rate(s, FPB_RATE_XFD_WRITES);
	const enum fpb_cost first = cost_of_first_write(s->design);

	add(out, FPB_TERM_XFD_WRITES, FPB_COST_WRMSR_XFD, writes);
	if (!s->is_passed_through)
		add(out, FPB_TERM_XFD_WRITES, FPB_COST_XFD_WRITE_EXIT, writes);
	if (!s->workload->is_xfd_aware)
		return;
	add(out, FPB_TERM_XFD_WRITES, first, s->boots);
	if (first == FPB_COST_XFD_WRITE_EXIT)
		add(out, FPB_TERM_XFD_WRITES, FPB_COST_WRMSR_XFD, s->boots);
}

/*
 * By trap: KVM reads XFD_ERR at the exit of #NM and zeroes it, loads it at the entry to the guest's
 * handler, and zeroes it again at the exit by which the guest clears it (vcpu_enter_guest() zeroes it
 * before it knows what was written). By lists: the guest reads and clears it without an exit.
 */
static void add_xfd_err(const struct situation *s, struct fpb_account *out)
{
	const double nm = rate(s, FPB_RATE_NM);

	add(out, FPB_TERM_XFD_ERR, FPB_COST_RDMSR_XFD_ERR, nm);
	if (s->design->xfd_err == FPB_XFD_ERR_LISTS) {
		add(out, FPB_TERM_XFD_ERR, FPB_COST_WRMSR_XFD_ERR, nm);
		if (!s->is_passed_through)
			return;
		add(out, FPB_TERM_XFD_ERR, FPB_COST_MSR_LIST_STORE, s->exits + s->own_exits);
		add(out, FPB_TERM_XFD_ERR, FPB_COST_MSR_LIST_LOAD, 2 * (s->exits + s->own_exits));
		return;
	}
	/* Whether it is 0: once before the entry, once after the exit. */
	add(out, FPB_TERM_XFD_ERR, FPB_COST_FLAG_TEST, 2 * (s->slow_exits + s->own_exits));
	add(out, FPB_TERM_XFD_ERR, FPB_COST_RDMSR_XFD_ERR, nm);
	add(out, FPB_TERM_XFD_ERR, FPB_COST_XFD_ERR_EXIT, nm);
	add(out, FPB_TERM_XFD_ERR, FPB_COST_WRMSR_XFD_ERR, 3 * nm);
}

/* An #NM of XFD comes while XFD is not 0: where #NM exits at all, it exits. */
static void add_nm(const struct situation *s, struct fpb_account *out)
{
	const double nm = rate(s, FPB_RATE_NM), ts_nm = rate(s, FPB_RATE_TS_NM);

	add(out, FPB_TERM_NM, FPB_COST_NM_DELIVERED, nm + ts_nm);
	if (s->design->xfd_err == FPB_XFD_ERR_TRAP)
		add(out, FPB_TERM_NM, FPB_COST_NM_TRAP, nm + ts_nm * s->nm_intercepted_share);
}

/* Expansions of a vCPU over its life, by how it came to be. */
static double expansions(const struct situation *s, bool is_restore)
{
	if (!s->workload->is_amx_exposed)
		return 0;
	if (s->design->allocation == FPB_ALLOC_AT_CPUID)
		return 1;
	if (!s->is_lazy)
		return 0;
	/* XCR0 has the feature, XFD does not disable it yet: expanded, needed or not. */
	if (is_restore && s->design->restore_order == FPB_RESTORE_XSTATE_FIRST &&
	    s->workload->has_xcr0_tiledata)
		return 1;
	/* By a write of XFD or, of a guest that does not know it, of XCR0: XSETBV always exits. */
	return s->is_enabled;
}

static void add_fpstate(const struct situation *s, struct fpb_account *out)
{
	const bool is_full_at_once = s->design->allocation == FPB_ALLOC_AT_CREATION &&
				     s->workload->is_amx_exposed;
	const double lives = s->boots + s->restores;
	const double grown = s->boots * expansions(s, false) + s->restores * expansions(s, true);

	add(out, FPB_TERM_FPSTATE, is_full_at_once ? FPB_COST_ALLOC_FULL : FPB_COST_ALLOC_DEFAULT,
	    lives);
	add(out, FPB_TERM_FPSTATE, FPB_COST_SET_CPUID2, lives);
	add(out, FPB_TERM_FPSTATE, FPB_COST_SET_XSAVE, s->restores);
	add(out, FPB_TERM_FPSTATE, FPB_COST_EXPAND, grown);
	/* Its series leaves to user space for it, where the guest FPU is not loaded. */
	if (s->design->interception == FPB_INTERCEPT_UNTIL_EXPANDED) {
		add(out, FPB_TERM_FPSTATE, FPB_COST_USER_EXIT, grown);
		add(out, FPB_TERM_FPSTATE, FPB_COST_SWAP, grown);
	}
	/* The request is served where the guest FPU is put: it is loaded to be put. */
	if (s->design->allocation == FPB_ALLOC_AT_SET_XSAVE)
		add(out, FPB_TERM_FPSTATE, FPB_COST_SWAP,
		    s->restores * rate(s, FPB_RATE_TILES_LIVE_SHARE));
	out->bytes = is_full_at_once || expansions(s, s->restores > 0) > 0
			     ? FPB_COST_FPSTATE_FULL_BYTES
			     : FPB_COST_FPSTATE_DEFAULT_BYTES;
}

void fpb_account_make(const struct fpb_xfd_design *design, const struct fpb_workload *workload,
		      struct fpb_account *out)
{
	struct situation s;

	memset(out, 0, sizeof(*out));
	make_situation(design, workload, &s);
	add_exits(&s, out);
	add_swaps(&s, out);
	add_sync(&s, out);
	add_writes(&s, out);
	add_xfd_err(&s, out);
	add_nm(&s, out);
	add_fpstate(&s, out);
}
