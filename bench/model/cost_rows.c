// SPDX-License-Identifier: MIT
/* cost_rows.c - what each row measures, said in terms of the model's costs. */
#include "bench/model/cost_rows.h"

#include <stdio.h>
#include <string.h>

#define ONE(id)                                                                                    \
	{                                                                                          \
		{                                                                                  \
			(id), 1, FPB_EXITS_ANY                                                     \
		}                                                                                  \
	}
#define LESS(id, base)                                                                             \
	{                                                                                          \
		{ (id), 1, FPB_EXITS_ANY },                                                        \
		{                                                                                  \
			(base), -1, FPB_EXITS_ANY                                                  \
		}                                                                                  \
	}
#define BOTH(id, other)                                                                            \
	{                                                                                          \
		{ (id), 1, FPB_EXITS_ANY },                                                        \
		{                                                                                  \
			(other), 1, FPB_EXITS_ANY                                                  \
		}                                                                                  \
	}
#define ONE_WITH(id, how)                                                                          \
	{                                                                                          \
		{                                                                                  \
			(id), 1, (how)                                                             \
		}                                                                                  \
	}

/* INVD re-enters on the fastpath since 6.18, of both backends of hardware (svm.c, vmx.c). */
static const char *unmet_fastpath(const struct fpb_report *report)
{
	const json_t *env = report->environment;
	const char *release = json_string_value(json_object_get(env, "kernel_release"));
	const char *backend = json_string_value(json_object_get(env, "kvm_backend"));
	unsigned major = 0, minor = 0;

	if (!backend || (strcmp(backend, "kvm_intel") != 0 && strcmp(backend, "kvm_amd") != 0))
		return "INVD is known to take the fastpath with kvm_intel and kvm_amd only";
	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2 || major < 6 ||
	    (major == 6 && minor < 18))
		return "INVD takes the fastpath from Linux 6.18 on";
	return NULL;
}

/* So does HLT from then on, with an event pending, which is how the row comes back at all. */
static const char *unmet_slow_halt(const struct fpb_report *report)
{
	return unmet_fastpath(report) ? NULL
				      : "HLT with an event pending takes the fastpath from Linux "
					"6.18 on";
}

/*
 * The difference is KVM's return to user space, our handler and KVM_RUN, with the swap in it; a
 * KVM_RUN that is left at once has the swap and, with what null/ioctl has, a system call. Each pair
 * is of one clock.
 */
#define USER_EXIT(ring)                                                                            \
	{                                                                                          \
		{ "exit/pio@guest/" ring, 1, FPB_EXITS_ANY },                                      \
			{ "exit/pio_kernel@guest/" ring, -1, FPB_EXITS_ANY },                      \
			{ "swap/run_immediate@host", -1, FPB_EXITS_ANY },                          \
			{ "null/ioctl@host", 1, FPB_EXITS_ANY },                                   \
	}

#define XSAVES_XRSTORS                                                                             \
	BOTH("xsave/xsaves/state=full/reuse=switch@guest/ring0",                                   \
	     "xsave/xrstors/state=full/reuse=switch@guest/ring0")
#define XSAVEC_XRSTOR                                                                              \
	BOTH("xsave/xsavec/state=full/reuse=switch@host",                                          \
	     "xsave/xrstor/state=full/reuse=switch@host")
static const char ring3_instructions[] = "XSAVEC and XRSTOR in place of XSAVES and XRSTORS";

/* Both lives end with one fpstate: what the eager one does more is to make it anew, larger. */
#define ONE_EXPANSION                                                                              \
	LESS("expand/engine/policy=at_cpuid/k=1@host", "expand/engine/policy=on_wrmsr_xfd/k=1@host")
static const char engine_with_tiles[] = "mmap() in place of vzalloc()";
static const char engine_with_avx[] =
	"AVX in place of XTILEDATA, which has 32 times the bytes, and mmap() in place of vzalloc()";

const struct fpb_cost_recipe fpb_cost_recipes[] = {
	/* The exits of either pair are the same but for the sync after them. */
	{
		.cost = FPB_COST_RDMSR_XFD,
		.terms = LESS("exit/cpuid/xfd=primed@guest/ring0", "exit/cpuid@guest/ring0"),
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_RDMSR_XFD,
		.terms = LESS("exit/pio/xfd=primed@guest/ring0", "exit/pio@guest/ring0"),
		.is_instruction = true,
	},
	/* Values that change, before one that is there already. */
	{
		.cost = FPB_COST_WRMSR_XFD,
		.terms = ONE("xfd/toggle_passthrough@guest/ring0"),
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_WRMSR_XFD,
		.terms = ONE_WITH("msr/wrmsr_xfd/xfd=primed@guest/ring0", FPB_EXITS_NONE),
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_RDMSR_XFD_ERR,
		.terms = ONE_WITH("msr/rdmsr_xfd_err@guest/ring0", FPB_EXITS_NONE),
		.is_instruction = true,
	},
	/* A guest's own write always exits; KVM's are two an exit while the value is not zero. */
	{
		.cost = FPB_COST_WRMSR_XFD_ERR,
		.terms =
			LESS("nm/xfd_err_tail@guest/ring0", "nm/xfd_err_tail/err=zero@guest/ring0"),
		.divisor = 2,
		.is_instruction = true,
	},

	{ .cost = FPB_COST_EXIT_CPUID, .terms = ONE("exit/cpuid@guest/ring0") },
	{ .cost = FPB_COST_EXIT_CPUID, .terms = ONE("exit/cpuid@guest/ring3") },
	{
		.cost = FPB_COST_EXIT_HLT,
		.terms = ONE("exit/hlt@guest/ring0"),
		.unmet = unmet_slow_halt,
	},
	{ .cost = FPB_COST_EXIT_PIO, .terms = ONE("exit/pio_kernel@guest/ring0") },
	{ .cost = FPB_COST_EXIT_PIO, .terms = ONE("exit/pio_kernel@guest/ring3") },
	{ .cost = FPB_COST_EXIT_MSR, .terms = ONE("exit/rdmsr@guest/ring0") },
	{ .cost = FPB_COST_EXIT_HYPERCALL, .terms = ONE("exit/hypercall@guest/ring0") },
	{ .cost = FPB_COST_EXIT_HYPERCALL, .terms = ONE("exit/hypercall@guest/ring3") },
	{
		.cost = FPB_COST_EXIT_FASTPATH,
		.terms = ONE("exit/invd@guest/ring0"),
		.unmet = unmet_fastpath,
	},

	{ .cost = FPB_COST_USER_EXIT, .terms = USER_EXIT("ring0") },
	{ .cost = FPB_COST_USER_EXIT, .terms = USER_EXIT("ring3") },
	{
		.cost = FPB_COST_SWAP,
		.terms = LESS("swap/run_immediate@host", "null/ioctl@host"),
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_SWAP_TILES,
		.terms = LESS("swap/run_immediate/live=amx@host", "swap/run_immediate@host"),
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_VCPU_SWITCH,
		.terms = XSAVES_XRSTORS,
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_VCPU_SWITCH,
		.terms = XSAVEC_XRSTOR,
		.is_instruction = true,
		.stand_in = ring3_instructions,
	},
	{
		.cost = FPB_COST_GUEST_SWITCH,
		.terms = XSAVES_XRSTORS,
		.is_instruction = true,
	},
	{
		.cost = FPB_COST_GUEST_SWITCH,
		.terms = XSAVEC_XRSTOR,
		.is_instruction = true,
		.stand_in = ring3_instructions,
	},

	/* 0 over 0: KVM's own WRMSR, of values that change alone, is not in it. */
	{ .cost = FPB_COST_XFD_WRITE_EXIT, .terms = ONE("xfd/write_zero_intercepted@guest/ring0") },
	{ .cost = FPB_COST_XFD_FIRST_WRITE, .terms = ONE("xfd/first_write@guest/ring0") },
	{
		.cost = FPB_COST_XFD_ERR_EXIT,
		.terms = ONE_WITH("msr/wrmsr_xfd_err@guest/ring0", FPB_EXITS_ONE),
	},
	{
		.cost = FPB_COST_NM_DELIVERED,
		.terms = ONE_WITH("nm/cr0ts@guest/ring0", FPB_EXITS_NONE),
		.is_instruction = true,
	},
	/*
	 * Only where the #NM is the one thing in it that exits, and only once primed: less the sync of
	 * that exit, which not all designs have.
	 */
	{
		.cost = FPB_COST_NM_TRAP,
		.terms = { { "nm/cr0ts/xfd=primed@guest/ring0", 1, FPB_EXITS_ONE },
			   { "nm/cr0ts@guest/ring0", -1, FPB_EXITS_NONE },
			   { "exit/cpuid/xfd=primed@guest/ring0", -1, FPB_EXITS_ANY },
			   { "exit/cpuid@guest/ring0", 1, FPB_EXITS_ANY } },
	},

	/* What KVM itself does, before the engine that retells it. */
	{
		.cost = FPB_COST_EXPAND,
		.terms =
			LESS("expand/eager_cpuid2@host", "expand/eager_cpuid2/dynamic=hidden@host"),
	},
	{
		.cost = FPB_COST_EXPAND,
		.terms = ONE_EXPANSION,
		.needs_tiles = true,
		.stand_in = engine_with_tiles,
	},
	{ .cost = FPB_COST_EXPAND, .terms = ONE_EXPANSION, .stand_in = engine_with_avx },
	{ .cost = FPB_COST_SET_CPUID2, .terms = ONE("expand/eager_cpuid2/dynamic=hidden@host") },
	{ .cost = FPB_COST_SET_CPUID2, .terms = ONE("ioctl/set_cpuid2@host") },
	{ .cost = FPB_COST_SET_XSAVE, .terms = ONE("ioctl/set_xsave@host") },
	{
		.cost = FPB_COST_FPSTATE_DEFAULT_BYTES,
		.terms = ONE("expand/engine/policy=on_wrmsr_xfd/k=1/part=bytes@host"),
		.is_in_pages = true,
		.needs_tiles = true,
	},
	{
		.cost = FPB_COST_FPSTATE_FULL_BYTES,
		.terms = ONE("expand/engine/policy=at_cpuid/k=1/part=bytes@host"),
		.is_in_pages = true,
		.needs_tiles = true,
	},
	{ .cost = FPB_NR_COSTS },
};

const char *fpb_cost_row(enum fpb_cost cost)
{
	for (const struct fpb_cost_recipe *at = fpb_cost_recipes; at->cost != FPB_NR_COSTS; at++) {
		if (at->cost == cost)
			return at->terms[0].row;
	}
	return NULL;
}
