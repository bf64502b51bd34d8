// SPDX-License-Identifier: MIT
#include "bench/model/workload.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Far beyond any machine, and far below what a sum of products could overflow at. */
#define MAX_PER_SECOND 1e12
#define MAX_PER_DAY    1e9
/* KVM_MAX_VCPUS of Linux 6.x is 4096 at most. */
#define MAX_VCPUS 4096

const char *const fpb_exit_kind_names[FPB_NR_EXIT_KINDS] = {
	[FPB_EXIT_CPUID] = "cpuid",
	[FPB_EXIT_HLT] = "hlt",
	[FPB_EXIT_PIO] = "pio",
	[FPB_EXIT_MMIO] = "mmio",
	[FPB_EXIT_MSR] = "msr",
	[FPB_EXIT_INTERRUPT] = "interrupt",
	[FPB_EXIT_PAGE_FAULT] = "page_fault",
	[FPB_EXIT_TIMER] = "timer",
	[FPB_EXIT_APIC] = "apic",
	[FPB_EXIT_HYPERCALL] = "hypercall",
	[FPB_EXIT_PAUSE] = "pause",
	[FPB_EXIT_NESTED] = "nested",
	[FPB_EXIT_OTHER] = "other",
};

const struct fpb_rate_info fpb_rate_infos[FPB_NR_RATES] = {
	[FPB_RATE_VCPUS] = { "vcpus", "", 1, 1, MAX_VCPUS, "vCPUs of the VM" },
	[FPB_RATE_FASTPATH_SHARE] = { "fastpath_share", "", 0, 0, 1,
				      "share of the exits that re-enter on the fastpath" },
	[FPB_RATE_USER_EXITS] = { "user_exits_per_second", "/s", 0, 0, MAX_PER_SECOND,
				  "exits that return to user space" },
	[FPB_RATE_VCPU_SWITCHES] = { "vcpu_switches_per_second", "/s", 0, 0, MAX_PER_SECOND,
				     "a vCPU thread is scheduled out" },
	[FPB_RATE_CONTEXT_SWITCHES] = { "context_switches_per_second", "/s", 0, 0, MAX_PER_SECOND,
					"the guest changes tasks" },
	[FPB_RATE_AMX_TASK_SHARE] = { "amx_task_share", "", 0, 0, 1,
				      "share of running time in tasks that use AMX" },
	[FPB_RATE_TILES_LIVE_SHARE] = { "tiles_live_share", "", 0, 0, 1,
					"share of the FPU swaps that find tiles live" },
	[FPB_RATE_XFD_WRITES] = { "xfd_writes_per_second", "/s", 0, 0, MAX_PER_SECOND,
				  "WRMSR(XFD) by the guest" },
	[FPB_RATE_NM] = { "nm_per_second", "/s", 0, 0, MAX_PER_SECOND, "#NM of XFD in the guest" },
	[FPB_RATE_TS_NM] = { "ts_nm_per_second", "/s", 0, 0, MAX_PER_SECOND,
			     "#NM of CR0.TS in the guest" },
	[FPB_RATE_BOOTS] = { "boots_per_day", "/day", 0, 0, MAX_PER_DAY, "starts of the VM" },
	[FPB_RATE_MIGRATIONS] = { "migrations_per_day", "/day", 0, 0, MAX_PER_DAY,
				  "restores of the saved VM" },
};

void fpb_workload_init(struct fpb_workload *workload, const char *name, const char *source)
{
	memset(workload, 0, sizeof(*workload));
	snprintf(workload->name, sizeof(workload->name), "%s", name);
	snprintf(workload->source, sizeof(workload->source), "%s", source);
	for (size_t i = 0; i < FPB_NR_RATES; i++)
		workload->rate[i] = fpb_rate_infos[i].initial;
	workload->is_amx_exposed = true;
}

double fpb_workload_exits(const struct fpb_workload *workload)
{
	double sum = 0;

	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		sum += workload->exits[i];
	return sum;
}

void fpb_workload_scale_exits(struct fpb_workload *workload, double exits_per_second)
{
	const double before = fpb_workload_exits(workload);

	if (before <= 0) {
		workload->exits[FPB_EXIT_OTHER] = exits_per_second;
		return;
	}
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		workload->exits[i] *= exits_per_second / before;
	workload->rate[FPB_RATE_USER_EXITS] *= exits_per_second / before;
}

/* What only a guest that writes XFD has: of any other it is 0, and raises no #NM. */
static bool uses_xfd(const struct fpb_workload *workload)
{
	return workload->rate[FPB_RATE_XFD_WRITES] > 0 || workload->rate[FPB_RATE_NM] > 0;
}

static bool uses_amx(const struct fpb_workload *workload)
{
	static const enum fpb_rate rates[] = { FPB_RATE_XFD_WRITES, FPB_RATE_NM,
					       FPB_RATE_AMX_TASK_SHARE, FPB_RATE_TILES_LIVE_SHARE };

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		if (workload->rate[rates[i]] > 0)
			return true;
	}
	return false;
}

void fpb_workload_derive(struct fpb_workload *workload)
{
	if (!uses_amx(workload))
		return;
	workload->is_xfd_aware = true;
	workload->has_xcr0_tiledata = true;
}

static int check_limits(const char *key, double value, double min, double max,
			struct fpb_problem *problem)
{
	if (value >= min && value <= max)
		return 0;
	return fpb_problem_set(problem, EINVAL, key, "expected a number from %g to %g, read %g",
			       min, max, value);
}

static int check_numbers(const struct fpb_workload *workload, struct fpb_problem *problem)
{
	int ret = 0;

	for (size_t i = 0; i < FPB_NR_RATES && !ret; i++) {
		const struct fpb_rate_info *info = &fpb_rate_infos[i];

		ret = check_limits(info->key, workload->rate[i], info->min, info->max, problem);
	}
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS && !ret; i++) {
		char key[64];

		snprintf(key, sizeof(key), "exits_per_second.%s", fpb_exit_kind_names[i]);
		ret = check_limits(key, workload->exits[i], 0, MAX_PER_SECOND, problem);
	}
	if (!ret && workload->rate[FPB_RATE_VCPUS] != floor(workload->rate[FPB_RATE_VCPUS]))
		ret = fpb_problem_set(problem, EINVAL, "vcpus", "expected a whole number, read %g",
				      workload->rate[FPB_RATE_VCPUS]);
	return ret;
}

/* Exits on the fastpath never reach user space. */
static int check_user_exits(const struct fpb_workload *workload, struct fpb_problem *problem)
{
	const double slow =
		fpb_workload_exits(workload) * (1 - workload->rate[FPB_RATE_FASTPATH_SHARE]);
	const double user = workload->rate[FPB_RATE_USER_EXITS];

	/* Of products that should be equal the last bits are not. */
	if (user <= slow * (1 + 1e-9))
		return 0;
	return fpb_problem_set(problem, EINVAL, fpb_rate_infos[FPB_RATE_USER_EXITS].key,
			       "%g of the exits return to user space, but only %g are not on the "
			       "fastpath",
			       user, slow);
}

static int check_flags(const struct fpb_workload *workload, struct fpb_problem *problem)
{
	if (!workload->is_amx_exposed &&
	    (uses_amx(workload) || workload->is_xfd_aware || workload->has_xcr0_tiledata))
		return fpb_problem_set(
			problem, EINVAL, "amx_exposed",
			"false, but the guest writes XFD, sets XCR0[18] or uses AMX");
	if (uses_xfd(workload) && !workload->is_xfd_aware)
		return fpb_problem_set(problem, EINVAL, "xfd_aware",
				       "false, but the guest writes XFD or takes its #NM");
	if (uses_amx(workload) && !workload->has_xcr0_tiledata)
		return fpb_problem_set(problem, EINVAL, "xcr0_tiledata",
				       "false, but the guest writes XFD or uses AMX");
	return 0;
}

int fpb_workload_check(const struct fpb_workload *workload, struct fpb_problem *problem)
{
	int ret = check_numbers(workload, problem);

	ret = ret ? ret : check_user_exits(workload, problem);
	return ret ? ret : check_flags(workload, problem);
}
