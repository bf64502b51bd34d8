/* SPDX-License-Identifier: MIT */
/*
 * counters.h - PMU counts of the measuring thread, as evidence.
 *
 * Taken in batches of their own, after those that are timed: an enabled group costs something at
 * every context switch, and events of guest or host alone also at every entry and exit.
 *
 * cycles and instructions split into user space (u), kernel (k) and guest (G); KVM's own work is
 * the k of a guest row. Where there is no PMU there is no evidence of it: never a zero.
 */
#ifndef BENCH_CORE_COUNTERS_H
#define BENCH_CORE_COUNTERS_H

#include "bench/report/report.h"
#include "host/machine/perf_group.h"

struct fpb_counters {
	struct perf_group *group;
	struct perf_reading before;
	bool is_counting;
};

/* Events that fit the PMU together; a group of all of them often never gets onto it. */
enum fpb_counter_set { FPB_COUNTERS_HOST, FPB_COUNTERS_GUEST, FPB_NR_COUNTER_SETS };

/* Opens and starts what this machine has of the set. */
int fpb_counters_start(struct fpb_counters *counters, enum fpb_counter_set set, struct fpb_err *err)
	FPB_MUST_CHECK;
/*
 * Stops and adds "cycles_u", "instructions_k", .. to the evidence. Counts that were multiplexed are
 * left out and the observation flagged "pmu-multiplexed".
 */
int fpb_counters_stop(struct fpb_counters *counters, struct fpb_observation *obs,
		      struct fpb_err *err) FPB_MUST_CHECK;
void fpb_counters_close(struct fpb_counters *counters);

#endif
