// SPDX-License-Identifier: MIT
/*
 * xfd.c - what does a guest pay for writing IA32_XFD?
 *
 * Asks:     the one intercepted write of a nonzero value after which KVM passes the register through
 *           (first_write); a write that is still intercepted against one that no longer is, what
 *           passing through on demand saves; and a guest's context switch between a task with tiles
 *           and one without, by part.
 * Times:    first_write: one WRMSR on a fresh vCPU. write_zero_intercepted, toggle_passthrough: N
 *           WRMSRs, of 0, and of 1 << 18 and 0 in turn. guest_switch: N times to the plain task and
 *           back, each part between stamps of its own; part=total has none inside.
 * Includes: vmexit, KVM's handler and re-entry where the write is intercepted. guest_switch: XSAVES
 *           of the old task, TILERELEASE before XFD is set (total only), WRMSR, XRSTORS of the new
 *           one, in both directions.
 * Excludes: first_write: the first touch of the code, by a write of 0 before. guest_switch: what the
 *           tasks do in between, TILELOADD and an SSE instruction; the stamps, by a control that
 *           takes them with nothing in between.
 * Valid if: KVM counts one exit for every write that is intercepted and none for the others, in the
 *           sample and for writes of 0 after it; IA32_XFD reads what was written. guest_switch:
 *           the first tile comes back whole, XSTATE_BV has tiles in one image and not in the other.
 */
#include "bench/cases/exits.h"
#include "bench/cases/xfd.h"
#include "guest/x86/amx.h"
#include "guest/x86/nm.h"

static __attribute__((noinline)) void time_write(struct fpb_run *run, uint64_t value)
{
	FPB_TIMED_LOOP(run, wrmsr(MSR_IA32_XFD, value));
}

static __attribute__((noinline)) void time_nothing(struct fpb_run *run, uint64_t value)
{
	FPB_TIMED_LOOP(run, __asm__ volatile("" : : "r"(value)));
}

/* The second time is the one that counts: pages and code have been touched by the first. */
#define TWICE(time, run)                                                                           \
	do {                                                                                       \
		for (uint64_t value_ = 0;; value_ = XFD_XTILEDATA) {                               \
			/* Opaque, or the compiler makes two pieces of code of it. */              \
			__asm__ volatile("" : "+r"(value_));                                       \
			time(run, value_);                                                         \
			if (value_)                                                                \
				break;                                                             \
		}                                                                                  \
	} while (0)

static void run_first_write(struct fpb_run *run)
{
	tilerelease();
	TWICE(time_write, run);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), XFD_XTILEDATA);
	wrmsr(MSR_IA32_XFD, 0);
}

static void run_no_write(struct fpb_run *run)
{
	TWICE(time_nothing, run);
}

/* Of the writes before the loop, in it and after it the first two are intercepted. */
static void first_two_exit(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect_exits(proof, sample, 2 * sample->operations + sample->nr_doorbells);
}

static const struct fpb_bench xfd_first_write = {
	.name = "xfd/first_write",
	.title = "the first WRMSR of a nonzero IA32_XFD in the life of a vCPU",
	.needs = FPB_NEED_AMX_GUEST,
	.rings = FPB_RING0,
	.oneshot = 1,
	.is_once = true,
	.guest = GUEST_FN(run_first_write),
	.control = run_no_write,
	.verify = HOST_FN(first_two_exit),
};

static void run_write_zero(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, wrmsr(MSR_IA32_XFD, 0));
}

static void all_exit(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	exits_stay_in_kernel(sample, proof, 0);
	xfd_expect_write_exits(sample, proof, 1);
}

static const struct fpb_bench xfd_write_zero_intercepted = {
	.name = "xfd/write_zero_intercepted",
	.title = "WRMSR of 0 to IA32_XFD while KVM intercepts it",
	.needs = FPB_NEED_AMX_GUEST,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_write_zero),
	.prove = xfd_prove,
	.verify = HOST_FN(all_exit),
};

static int prime(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	return vcpu_prime_xfd(run->vcpu, err);
}

static void run_toggle(struct fpb_run *run)
{
	uint64_t next = XFD_XTILEDATA;

	tilerelease();
	FPB_TIMED_LOOP(run, wrmsr(MSR_IA32_XFD, next); next ^= XFD_XTILEDATA);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), next ^ XFD_XTILEDATA);
	wrmsr(MSR_IA32_XFD, 0);
}

static void none_exits(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	if (sample->has_exits)
		fpb_expect(proof, "exits_each", fpb_exits_each(sample), 0, 0);
	xfd_expect_write_exits(sample, proof, 0);
}

static const struct fpb_bench xfd_toggle_passthrough = {
	.name = "xfd/toggle_passthrough",
	.title = "WRMSR of 1 << 18 and 0 in turn to an IA32_XFD that is passed through",
	.needs = FPB_NEED_AMX_GUEST,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_toggle),
	.setup = HOST_FN(prime),
	.prove = xfd_prove,
	.verify = HOST_FN(none_exits),
};

enum part { PART_TOTAL, PART_XSAVES, PART_WRMSR_XFD, PART_XRSTORS };

static const struct fpb_value parts[] = {
	{ .name = "total", .number = PART_TOTAL },
	{ .name = "xsaves", .number = PART_XSAVES },
	{ .name = "wrmsr_xfd", .number = PART_WRMSR_XFD },
	{ .name = "xrstors", .number = PART_XRSTORS },
	{ 0 },
};

struct task {
	struct xsave_area *area; /* XSTATE_AREA_BYTES */
	uint64_t xfd;
};

/* TILERELEASE while XFD still allows it: tiles left in use under XFD crash some hosts. */
static inline void arm(uint64_t xfd)
{
	if (xfd)
		tilerelease();
}

/* The sled once per operation, which is two switches. */
static inline void plant(bool is_planted)
{
	if (is_planted)
		nm_stamped_sled();
}

static inline uint64_t switch_whole(const struct task *old, const struct task *new, uint64_t rfbm,
				    bool is_planted)
{
	const uint64_t begin = tsc_begin();

	xsaves(old->area, rfbm);
	arm(new->xfd);
	wrmsr(MSR_IA32_XFD, new->xfd);
	xrstors(new->area, rfbm);
	plant(is_planted);
	return tsc_begin() - begin;
}

static inline uint64_t switch_by_part(enum part part, const struct task *old,
				      const struct task *new, uint64_t rfbm, bool is_planted)
{
	uint64_t begin, saved, armed, written, restored;

	begin = tsc_begin();
	xsaves(old->area, rfbm);
	plant(is_planted);
	saved = tsc_begin();
	arm(new->xfd);
	armed = tsc_begin();
	wrmsr(MSR_IA32_XFD, new->xfd);
	plant(is_planted);
	written = tsc_begin();
	xrstors(new->area, rfbm);
	plant(is_planted);
	restored = tsc_begin();
	switch (part) {
	case PART_XSAVES:
		return saved - begin;
	case PART_WRMSR_XFD:
		return written - armed;
	default:
		return restored - written;
	}
}

static uint64_t switch_task(enum part part, const struct task *old, const struct task *new,
			    uint64_t rfbm, bool is_planted)
{
	return part == PART_TOTAL ? switch_whole(old, new, rfbm, is_planted)
				  : switch_by_part(part, old, new, rfbm, is_planted);
}

/* An image of nothing in use, in the compacted format. */
static struct task new_task(uint8_t *area, uint64_t rfbm, uint64_t xfd)
{
	struct task task = { (void *)area, xfd };

	for (uint32_t i = 0; i < XSTATE_AREA_BYTES; i++)
		area[i] = 0;
	task.area->fcw = FCW_DEFAULT;
	task.area->mxcsr = MXCSR_DEFAULT;
	task.area->xcomp_bv = XCOMP_BV_COMPACTED | rfbm;
	return task;
}

static uint64_t nr_equal(const uint8_t *a, const uint8_t *b, uint64_t bytes)
{
	uint64_t nr = 0;

	for (uint64_t i = 0; i < bytes; i++)
		nr += a[i] == b[i];
	return nr;
}

static void run_switch(struct fpb_run *run)
{
	const enum part part = (enum part)run->value[0];
	const uint64_t rfbm = run->xfeatures;
	const struct task tiles = new_task(run->scratch, rfbm, 0);
	const struct task plain = new_task(run->scratch + XSTATE_AREA_BYTES, rfbm, XFD_XTILEDATA);
	uint8_t *rows = run->scratch + 2 * (size_t)XSTATE_AREA_BYTES;
	uint8_t *stored = rows + AMX_TILE_BYTES;
	struct tile_config *config = (void *)(stored + AMX_TILE_BYTES);
	uint64_t ticks = 0;

	for (uint32_t i = 0; i < AMX_TILE_BYTES; i++) {
		rows[i] = (uint8_t)(i * 7 + 1);
		stored[i] = 0;
	}
	tile_config_full(config);
	FPB_HERE(run);
	wrmsr(MSR_IA32_XFD, 0);
	ldtilecfg(config);
	for (uint64_t i = 0; i < run->iterations; i++) {
		tileloadd0(rows, AMX_ROW_BYTES);
		ticks += switch_task(part, &tiles, &plain, rfbm, true);
		__asm__ volatile("pcmpeqd %%xmm0, %%xmm0" : : : "memory");
		ticks += switch_task(part, &plain, &tiles, rfbm, false);
	}
	run->elapsed = ticks;
	FPB_HERE(run);
	tilestored0(stored, AMX_ROW_BYTES);
	tilerelease();
	fpb_observe(run, ABI_EVIDENCE_REGISTERS, nr_equal(stored, rows, AMX_TILE_BYTES),
		    AMX_TILE_BYTES);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, tiles.area->xstate_bv & XFEATURE_AMX,
		    XFEATURE_AMX);
	fpb_observe(run, ABI_EVIDENCE_PARTNER_XSTATE_BV, plain.area->xstate_bv & XFEATURE_AMX, 0);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), 0);
}

/* Stamps of the two switches, with nothing between. */
static void run_stamps(struct fpb_run *run)
{
	uint64_t ticks = 0;

	for (uint64_t i = 0; i < run->iterations; i++) {
		for (unsigned int half = 0; half < 2; half++) {
			const uint64_t begin = tsc_begin();

			plant(half == 0);
			ticks += tsc_begin() - begin;
		}
	}
	run->elapsed = ticks;
}

static const struct fpb_bench xfd_guest_switch = {
	.name = "xfd/guest_switch",
	.title = "a guest's switch from a task with tiles to a plain one and back, by part",
	.axes = { { "part", parts } },
	.needs = FPB_NEED_AMX_GUEST | FPB_NEED_XSAVES,
	.rings = FPB_RING0,
	.guest = GUEST_FN(run_switch),
	.control = run_stamps,
	.setup = HOST_FN(prime),
	.prove = xfd_prove,
	.verify = HOST_FN(none_exits),
};

const struct fpb_bench *const family_xfd[] = {
	&xfd_first_write,
	&xfd_write_zero_intercepted,
	&xfd_toggle_passthrough,
	&xfd_guest_switch,
	NULL,
};
