// SPDX-License-Identifier: MIT
/*
 * workload_presets.c - the rates are illustrations of round numbers, not measurements: what matters
 * is what kind of guest it is. Rates of a real VM come from a file or an importer.
 */
#include "bench/model/workload_presets.h"

#include <errno.h>
#include <string.h>

struct preset {
	const char *title;
	double exits[FPB_NR_EXIT_KINDS];
	double rate[FPB_NR_RATES];
	bool is_xfd_aware;
};

const char *const fpb_preset_names[FPB_NR_PRESETS] = { "legacy", "linux", "linux_amx",
						       "amx_inference", "nested" };

/*
 * XFD writes: a guest that picks its tasks at random writes XFD at 2 s (1 - s) of its context
 * switches, s being the share of AMX tasks (xfd_update_state() writes changes only).
 */
static const struct preset presets[FPB_NR_PRESETS] = {
	{
		.title = "a guest without any XFD logic, shown AMX; CR0.TS is used lazily",
		.exits = { [FPB_EXIT_HLT] = 2000,
			   [FPB_EXIT_PIO] = 500,
			   [FPB_EXIT_MMIO] = 1000,
			   [FPB_EXIT_MSR] = 4000,
			   [FPB_EXIT_INTERRUPT] = 3000,
			   [FPB_EXIT_PAGE_FAULT] = 500,
			   [FPB_EXIT_APIC] = 4000,
			   [FPB_EXIT_OTHER] = 1000 },
		.rate = { [FPB_RATE_VCPUS] = 4,
			  [FPB_RATE_FASTPATH_SHARE] = 0.1,
			  [FPB_RATE_USER_EXITS] = 1000,
			  [FPB_RATE_VCPU_SWITCHES] = 2000,
			  [FPB_RATE_CONTEXT_SWITCHES] = 8000,
			  [FPB_RATE_TS_NM] = 1000,
			  [FPB_RATE_BOOTS] = 1,
			  [FPB_RATE_MIGRATIONS] = 0.1 },
	},
	{
		.title = "Linux that knows XFD; no task uses AMX",
		.exits = { [FPB_EXIT_HLT] = 8000,
			   [FPB_EXIT_PIO] = 100,
			   [FPB_EXIT_MMIO] = 900,
			   [FPB_EXIT_MSR] = 16000,
			   [FPB_EXIT_INTERRUPT] = 6000,
			   [FPB_EXIT_PAGE_FAULT] = 1000,
			   [FPB_EXIT_TIMER] = 6000,
			   [FPB_EXIT_PAUSE] = 1000,
			   [FPB_EXIT_OTHER] = 1000 },
		.rate = { [FPB_RATE_VCPUS] = 4,
			  [FPB_RATE_FASTPATH_SHARE] = 0.4,
			  [FPB_RATE_USER_EXITS] = 1000,
			  [FPB_RATE_VCPU_SWITCHES] = 8000,
			  [FPB_RATE_CONTEXT_SWITCHES] = 20000,
			  [FPB_RATE_BOOTS] = 1,
			  [FPB_RATE_MIGRATIONS] = 0.1 },
		.is_xfd_aware = true,
	},
	{
		.title = "the same with a tenth of its time in AMX tasks",
		.exits = { [FPB_EXIT_HLT] = 8000,
			   [FPB_EXIT_PIO] = 100,
			   [FPB_EXIT_MMIO] = 900,
			   [FPB_EXIT_MSR] = 16000,
			   [FPB_EXIT_INTERRUPT] = 6000,
			   [FPB_EXIT_PAGE_FAULT] = 1000,
			   [FPB_EXIT_TIMER] = 6000,
			   [FPB_EXIT_PAUSE] = 1000,
			   [FPB_EXIT_OTHER] = 1000 },
		.rate = { [FPB_RATE_VCPUS] = 4,
			  [FPB_RATE_FASTPATH_SHARE] = 0.4,
			  [FPB_RATE_USER_EXITS] = 1000,
			  [FPB_RATE_VCPU_SWITCHES] = 8000,
			  [FPB_RATE_CONTEXT_SWITCHES] = 20000,
			  [FPB_RATE_AMX_TASK_SHARE] = 0.1,
			  [FPB_RATE_TILES_LIVE_SHARE] = 0.05,
			  [FPB_RATE_XFD_WRITES] = 3600,
			  [FPB_RATE_NM] = 1,
			  [FPB_RATE_BOOTS] = 1,
			  [FPB_RATE_MIGRATIONS] = 0.1 },
		.is_xfd_aware = true,
	},
	{
		.title = "a pinned inference server: AMX nearly always, few exits",
		.exits = { [FPB_EXIT_HLT] = 200,
			   [FPB_EXIT_MMIO] = 100,
			   [FPB_EXIT_MSR] = 1500,
			   [FPB_EXIT_INTERRUPT] = 1000,
			   [FPB_EXIT_TIMER] = 1000,
			   [FPB_EXIT_OTHER] = 200 },
		.rate = { [FPB_RATE_VCPUS] = 16,
			  [FPB_RATE_FASTPATH_SHARE] = 0.5,
			  [FPB_RATE_USER_EXITS] = 100,
			  [FPB_RATE_VCPU_SWITCHES] = 200,
			  [FPB_RATE_CONTEXT_SWITCHES] = 4000,
			  [FPB_RATE_AMX_TASK_SHARE] = 0.95,
			  [FPB_RATE_TILES_LIVE_SHARE] = 0.5,
			  [FPB_RATE_XFD_WRITES] = 380,
			  [FPB_RATE_NM] = 0.1,
			  [FPB_RATE_BOOTS] = 0.1,
			  [FPB_RATE_MIGRATIONS] = 0 },
		.is_xfd_aware = true,
	},
	{
		/* WRMSR(XFD) of L2 exits to L0 under every design: its MSR bitmaps are not merged. */
		.title = "a hypervisor inside: most exits are L2's, AMX is used by tasks of L1 "
			 "alone",
		.exits = { [FPB_EXIT_HLT] = 4000,
			   [FPB_EXIT_MMIO] = 1000,
			   [FPB_EXIT_MSR] = 20000,
			   [FPB_EXIT_INTERRUPT] = 8000,
			   [FPB_EXIT_PAGE_FAULT] = 5000,
			   [FPB_EXIT_TIMER] = 6000,
			   [FPB_EXIT_NESTED] = 80000,
			   [FPB_EXIT_OTHER] = 1000 },
		.rate = { [FPB_RATE_VCPUS] = 8,
			  [FPB_RATE_FASTPATH_SHARE] = 0.1,
			  [FPB_RATE_USER_EXITS] = 1000,
			  [FPB_RATE_VCPU_SWITCHES] = 8000,
			  [FPB_RATE_CONTEXT_SWITCHES] = 20000,
			  [FPB_RATE_AMX_TASK_SHARE] = 0.02,
			  [FPB_RATE_TILES_LIVE_SHARE] = 0.01,
			  [FPB_RATE_XFD_WRITES] = 784,
			  [FPB_RATE_NM] = 1,
			  [FPB_RATE_BOOTS] = 1,
			  [FPB_RATE_MIGRATIONS] = 0 },
		.is_xfd_aware = true,
	},
};

static const char source[] = "preset";

const char *fpb_preset_title(const struct fpb_workload *workload)
{
	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		if (!strcmp(workload->source, source) &&
		    !strcmp(workload->name, fpb_preset_names[i]))
			return presets[i].title;
	}
	return NULL;
}

int fpb_workload_preset(const char *name, struct fpb_workload *out)
{
	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		if (strcmp(fpb_preset_names[i], name) != 0)
			continue;
		fpb_workload_init(out, name, source);
		memcpy(out->exits, presets[i].exits, sizeof(out->exits));
		memcpy(out->rate, presets[i].rate, sizeof(out->rate));
		out->is_xfd_aware = presets[i].is_xfd_aware;
		out->has_xcr0_tiledata = presets[i].is_xfd_aware;
		return 0;
	}
	return -ENOENT;
}
