// SPDX-License-Identifier: MIT
/*
 * expand_engine.c - when is a guest's fpstate best made larger: at once, or when it must be?
 *
 * Asks:     what one vCPU's life costs, and how much memory it holds, by the moment at which its
 *           fpstate gets room for dynamic features: at creation, at CPUID, at XSETBV, or at the
 *           WRMSR(XFD) that enables them.
 * Times:    N lives in host/fpstate, the reference engine in user space: create, CPUID, XSETBV, k
 *           XFD writes, s swaps in and out, destroy. k=0 is a guest that does not know the feature,
 *           k=1 one that is ready for it but has no use, from k=2 on it is used (host/fpstate/life.h).
 *           part=bytes: no time, but the fpstate's size at the end of one life.
 * Includes: allocation (mmap and munmap of whole pages, in place of vzalloc), copy, XSAVEOPT and
 *           XRSTOR on real buffers; the guest's own XRSTORs that make its state live, one, or two
 *           from k=2 on.
 * Excludes: vmexits, which the engine has none of: a WRMSR(XFD) that exits costs exit/cpuid more.
 *           Whether it does hangs on passthrough, not on these policies.
 * Valid if: no call failed; the fpstate has room for the dynamic feature exactly where the policy
 *           must have given it; what the guest loaded before the expansion and after is in it at the
 *           end. Evidence `dynamic` says what plays the dynamic feature: XTILEDATA where the process
 *           has permission for it, else AVX (component 2).
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "bench/bench.h"
#include "bench/cases/syscall.h"
#include "guest/x86/xstate.h"
#include "host/fpstate/life.h"

#define ARCH_GET_XCOMP_PERM 0x1022

enum { AXIS_POLICY, AXIS_XFD_WRITES, AXIS_SWAPS, AXIS_PART };
enum part { PART_TOTAL, PART_BYTES };

static const struct fpb_value policies[] = {
	{ .name = "static", .number = FPU_STATIC, .prefers = FPB_NEED_AMX_TASK },
	{ .name = "at_cpuid", .number = FPU_AT_CPUID, .prefers = FPB_NEED_AMX_TASK },
	{ .name = "on_xsetbv", .number = FPU_ON_XSETBV, .prefers = FPB_NEED_AMX_TASK },
	{ .name = "on_wrmsr_xfd", .number = FPU_ON_WRMSR_XFD, .prefers = FPB_NEED_AMX_TASK },
	{ 0 },
};

static const struct fpb_value xfd_writes[] = {
	{ .name = "0", .number = 0 },
	{ .name = "1", .number = 1 },
	{ .name = "2", .number = 2 },
	{ .name = "256", .number = 256 },
	{ 0 },
};

/* A life of 256 swaps is long enough to time few of. */
static const struct fpb_value swaps[] = {
	{ .name = "1", .number = 1 },
	{ .name = "16", .number = 16 },
	{ .name = "256", .number = 256, .oneshot = 8 },
	{ 0 },
};

static const struct fpb_value parts[] = {
	{ .name = "total", .number = PART_TOTAL },
	{ .name = "bytes", .number = PART_BYTES, .oneshot = 1, .in_bytes = true },
	{ 0 },
};

/*
 * What a swap costs hangs on whether the feature is live, not on how often XFD was written; and
 * neither swaps nor further writes change the size.
 */
static bool has_meaning(const struct fpb_value *const value[ABI_MAX_AXES])
{
	const uint64_t k = value[AXIS_XFD_WRITES]->number, s = value[AXIS_SWAPS]->number;

	if (value[AXIS_PART]->number == PART_BYTES)
		return s == 1 && k <= 2;
	return s == 1 || k == 0 || k == 2;
}

struct engine {
	struct fpu_task task;
	struct fpu_life life;
};

static int create_engine(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	const bool has_xsaveopt = cpuid(CPUID_D, 1).eax & CPUID_D1_EAX_XSAVEOPT;
	struct engine *e = calloc(1, sizeof(*e));
	struct fpu_config config;
	uint64_t permitted = 0;
	int ret;

	(void)vm;
	if (!e)
		return FPB_FAIL(err, -ENOMEM, "engine");
	run->private = e;
	/* Before Linux 5.16 there is no such call, and no AMX. */
	if (syscall3(SYS_arch_prctl, ARCH_GET_XCOMP_PERM, (long)&permitted, 0))
		permitted = 0;
	ret = fpu_config_choose(&config, run->xfeatures, permitted, run->xstate, has_xsaveopt);
	if (ret)
		return FPB_FAIL(err, ret, "XCR0 has no AVX, read %#llx",
				(unsigned long long)run->xfeatures);
	ret = fpu_task_create(&e->task, &config, &fpu_pages);
	if (ret)
		return FPB_FAIL(err, ret, "fpstate of features %#llx",
				(unsigned long long)config.max_features);
	ret = fpu_request_guest_perm(&e->task, (unsigned int)__builtin_ctzll(config.dynamic));
	if (ret)
		return FPB_FAIL(err, ret, "permission for features %#llx",
				(unsigned long long)config.dynamic);
	e->life = (struct fpu_life){
		.task = &e->task,
		.policy = (enum fpu_policy)run->value[AXIS_POLICY],
		.nr_xfd_writes = (uint32_t)run->value[AXIS_XFD_WRITES],
		.nr_swaps = (uint32_t)run->value[AXIS_SWAPS],
		.image = run->scratch,
	};
	xstate_fill(run->scratch, run->xstate, config.max_features & ~XFEATURE_XTILECFG, 1);
	return 0;
}

static void destroy_engine(struct fpb_run *run)
{
	struct engine *e = run->private;

	if (!e)
		return;
	fpu_life_end(&e->life);
	fpu_task_destroy(&e->task);
	free(e);
}

/* Of the last life, which is not over yet. */
static void check_life(struct fpb_run *run, struct fpu_life *life)
{
	struct fpu_guest *guest = &life->vcpu.guest;
	const uint64_t used = fpu_life_used(life), room = fpu_life_room(life);
	const uint64_t saved = room & ~guest->fpstate->xfd;

	fpb_note(run, ABI_EVIDENCE_DYNAMIC, life->task->config.dynamic);
	fpb_note(run, ABI_EVIDENCE_BYTES, guest->bytes);
	fpb_observe(run, ABI_EVIDENCE_RFBM, guest->fpstate->xfeatures, room);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, fpstate_area(guest->fpstate)->xstate_bv,
		    used | (run->always_in_use & saved));
	/* 63 bits, as integers of a report have. */
	fpb_observe(run, ABI_EVIDENCE_REGISTERS,
		    xstate_checksum(guest->fpstate->regs, run->xstate, used) >> 1,
		    xstate_checksum(life->image, run->xstate, used) >> 1);
}

static void run_lives(struct fpb_run *run)
{
	struct engine *e = run->private;
	struct fpu_life *life = &e->life;
	uint8_t *init = run->scratch + XSTATE_AREA_BYTES;
	uint64_t nr_failed;

	/* The host has nothing live, so that a swap saves and restores the guest's state alone. */
	xstate_fill(init, run->xstate, 0, 1);
	xrstor(init, e->task.config.max_features);
	nr_failed = fpu_life_begin(life) != 0;
	/* The end of one and the beginning of the next, so that the last is there to be checked. */
	if (run->value[AXIS_PART] == PART_TOTAL)
		FPB_TIMED_LOOP(run, fpu_life_end(life); nr_failed += fpu_life_begin(life) != 0);
	else
		run->elapsed = life->vcpu.guest.bytes;
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_failed, 0);
	if (!nr_failed)
		check_life(run, life);
	fpu_life_end(life);
}

static const struct fpb_bench expand_engine = {
	.name = "expand/engine",
	.title = "one vCPU's life in the reference engine, by when its fpstate is made larger",
	.axes = { { "policy", policies }, { "k", xfd_writes }, { "s", swaps }, { "part", parts } },
	.product = true,
	.is_row = has_meaning,
	.needs = FPB_NEED_XSAVE | FPB_NEED_AVX,
	.setup = HOST_FN(create_engine),
	.teardown = HOST_FN(destroy_engine),
	.host = HOST_FN(run_lives),
};

const struct fpb_bench *const family_expand_engine[] = { &expand_engine, NULL };
