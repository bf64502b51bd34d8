// SPDX-License-Identifier: MIT
/* Built with -mgeneral-regs-only: guests' registers are live while it runs. */
#include "host/fpstate/life.h"

#include "guest/x86/xstate.h"

/* Of the dynamic features the tile configuration stays init: a pattern is no valid one. */
static uint64_t ordinary_features(const struct fpu_task *task)
{
	return task->config.max_features & XSTATE_ORDINARY & ~task->config.dynamic;
}

static uint64_t static_features(const struct fpu_task *task)
{
	return task->config.max_features & ~task->config.dynamic;
}

/* The guest executes; its caller saved the host's registers. */
static void use(const struct fpu_life *life, uint64_t xfeatures)
{
	xrstor(life->image, xfeatures);
}

static int boot(struct fpu_life *life)
{
	const struct fpu_config *config = &life->task->config;
	int ret;

	use(life, ordinary_features(life->task));
	if (!life->nr_xfd_writes)
		return fpu_vcpu_set_xcr0(&life->vcpu, static_features(life->task));
	ret = fpu_vcpu_set_xfd(&life->vcpu, config->dynamic);
	return ret ? ret : fpu_vcpu_set_xcr0(&life->vcpu, config->max_features);
}

static int run_tasks(struct fpu_life *life)
{
	const uint64_t dynamic = life->task->config.dynamic;
	int ret = 0;

	for (uint32_t i = 1; !ret && i < life->nr_xfd_writes; i++) {
		ret = fpu_vcpu_set_xfd(&life->vcpu, i % 2 ? 0 : dynamic);
		if (!ret && i == 1)
			use(life, dynamic);
	}
	return ret;
}

static int run_guest(struct fpu_life *life)
{
	struct fpu_guest *guest = &life->vcpu.guest;
	int ret = fpu_swap_kvm_fpstate(guest, true), left;

	if (ret)
		return ret;
	ret = boot(life);
	if (!ret)
		ret = run_tasks(life);
	left = fpu_swap_kvm_fpstate(guest, false);
	return ret ? ret : left;
}

int fpu_life_begin(struct fpu_life *life)
{
	struct fpu_guest *guest = &life->vcpu.guest;
	int ret = fpu_vcpu_create(&life->vcpu, life->task, life->policy);

	if (!ret)
		ret = fpu_vcpu_set_cpuid(&life->vcpu, life->task->config.max_features);
	if (!ret)
		ret = run_guest(life);
	for (uint32_t i = 1; !ret && i < life->nr_swaps; i++) {
		ret = fpu_swap_kvm_fpstate(guest, true);
		if (!ret)
			ret = fpu_swap_kvm_fpstate(guest, false);
	}
	return ret;
}

void fpu_life_end(struct fpu_life *life)
{
	fpu_vcpu_destroy(&life->vcpu);
}

uint64_t fpu_life_used(const struct fpu_life *life)
{
	/* Enabled by every second write. */
	const bool enabled = life->nr_xfd_writes && life->nr_xfd_writes % 2 == 0;

	return ordinary_features(life->task) | (enabled ? life->task->config.dynamic : 0);
}

uint64_t fpu_life_room(const struct fpu_life *life)
{
	const uint32_t nr_before[FPU_NR_POLICIES] = {
		[FPU_ON_XSETBV] = 1,
		[FPU_ON_WRMSR_XFD] = 2,
	};
	const uint64_t dynamic = life->task->config.dynamic;

	return static_features(life->task) |
	       (life->nr_xfd_writes >= nr_before[life->policy] ? dynamic : 0);
}
