// SPDX-License-Identifier: MIT
/*
 * expand_task.c - what does the first use of AMX cost a thread?
 *
 * Asks:     a task's fpstate is expanded lazily: the first instruction that touches tile data
 *           faults with #NM, the kernel allocates room for it, copies the state, clears IA32_XFD
 *           and the instruction is done again. What does that cost, against the second touch?
 * Times:    one TILELOADD in a new thread: touch=first, its first; second, its second.
 * Includes: for the first, the fault, the allocation, the copy and the retry; for both, the load of
 *           1 KiB.
 * Excludes: starting the thread; LDTILECFG, which does not fault. One sample per thread.
 * Valid if: by the frames of two signals before and after, the thread's fpstate had no room for
 *           XTILEDATA before its first touch (`dynamic_xfeatures`) and has after it; `bytes` is what
 *           its frame grew by. XSTATE_BV of the second frame has the tiles, and TILESTORED gives
 *           back what was loaded. The process has asked for ARCH_REQ_XCOMP_PERM.
 */
#include <pthread.h>
#include <string.h>

#include "bench/cases/signal_frame.h"
#include "bench/cases/tiles.h"

enum { AXIS_TOUCH };
enum { TOUCH_FIRST, TOUCH_SECOND };

static const struct fpb_value touches[] = {
	{ .name = "first", .number = TOUCH_FIRST },
	{ .name = "second", .number = TOUCH_SECOND },
	{ 0 },
};

static int open_frames(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)run;
	(void)vm;
	return signal_frame_open(err);
}

static void close_frames(struct fpb_run *run)
{
	(void)run;
	signal_frame_close();
}

static bool is_tile_0(struct fpb_run *run, const uint8_t *rows)
{
	uint8_t *stored = run->scratch + AMX_TILE_BYTES;

	memset(stored, 0, AMX_TILE_BYTES);
	tilestored0(stored, AMX_ROW_BYTES);
	return memcmp(stored, rows, AMX_TILE_BYTES) == 0;
}

static void *touch_main(void *arg)
{
	struct fpb_run *run = arg;
	const bool is_second = run->value[AXIS_TOUCH] == TOUCH_SECOND;
	uint8_t *rows = run->scratch;
	struct tile_config config;
	struct signal_frame before, after;

	for (unsigned int i = 0; i < AMX_TILE_BYTES; i++)
		rows[i] = xstate_pattern(XTILEDATA_INDEX, i, 1);
	tile_config_full(&config);
	before = signal_frame_now();
	ldtilecfg(&config);
	if (is_second) {
		tileloadd0(rows, AMX_ROW_BYTES);
		before = signal_frame_now();
	}
	FPB_TIMED_LOOP(run, tileloadd0(rows, AMX_ROW_BYTES));
	after = signal_frame_now();
	fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, before.is_seen + after.is_seen, 2);
	fpb_observe(run, ABI_EVIDENCE_DYNAMIC, before.xfeatures & XFEATURE_XTILEDATA,
		    is_second ? XFEATURE_XTILEDATA : 0);
	fpb_observe(run, ABI_EVIDENCE_RFBM, after.xfeatures & XFEATURE_XTILEDATA,
		    XFEATURE_XTILEDATA);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, after.xstate_bv & XFEATURE_XTILEDATA,
		    XFEATURE_XTILEDATA);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, !is_tile_0(run, rows), 0);
	fpb_note(run, ABI_EVIDENCE_BYTES, after.bytes - before.bytes);
	tilerelease();
	return NULL;
}

/* The thread inherits this one's affinity: the same, single CPU. */
static void run_touch(struct fpb_run *run)
{
	pthread_t thread;
	const int ret = pthread_create(&thread, NULL, touch_main, run);

	if (ret == 0)
		pthread_join(thread, NULL);
	else
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
}

static const struct fpb_bench expand_lazy_task = {
	.name = "expand/lazy_task",
	.title = "first TILELOADD of a thread: #NM, a larger fpstate, and again; and the second",
	.axes = { { "touch", touches } },
	.needs = FPB_NEED_AMX_TASK,
	.oneshot = 1,
	.host = HOST_FN(run_touch),
	.setup = HOST_FN(open_frames),
	.teardown = HOST_FN(close_frames),
};

const struct fpb_bench *const family_expand_task[] = { &expand_lazy_task, NULL };
