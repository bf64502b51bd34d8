/* SPDX-License-Identifier: MIT */
/*
 * calm.h - what the canary of guest/x86/calm.h takes while nobody shares the core, learned by one
 * process as it goes and by a session over its processes, and how long a process may wait for calm.
 */
#ifndef BENCH_CORE_CALM_H
#define BENCH_CORE_CALM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/abi.h"

#define FPB_CALM_HISTORY      256
#define FPB_CALM_LEVELS	      32
#define FPB_MAX_WAIT_MS	      60000u /* of a process */
#define FPB_WAIT_EACH_DIVISOR 5	     /* of that for one observation: most disturbances are short */
#define FPB_MAX_RETAKEN	      256    /* batches of one observation that may be done again */

/*
 * What the processes of a session found the canary to take, each at its beginning. One that begins
 * while the core is shared, which may last for seconds, cannot know by itself what calm is.
 */
struct fpb_calm_levels {
	uint64_t ticks[FPB_CALM_LEVELS]; /* the latest */
	size_t nr;			 /* ever */
};

/* What one of them found. */
struct fpb_calm_found {
	uint64_t ticks; /* 0: it did not look */
	bool is_news;	/* what the session knew is not to be had any more: a slower core */
};

void fpb_calm_note(struct fpb_calm_levels *levels, struct fpb_calm_found found);

/* Their lower quartile: a quarter of them were calm. 0: nothing is known yet. */
uint64_t fpb_calm_known(const struct fpb_calm_levels *levels);

struct fpb_calm {
	uint64_t seen[FPB_CALM_HISTORY]; /* ticks of the canary, the latest readings */
	size_t nr_seen;			 /* ever */
	uint64_t known_ticks;		 /* fpb_calm_known() when the process began; 0: unknown */
	uint64_t wait_ticks;		 /* left to the process */
	uint64_t wait_ticks_first;	 /* most that is spent of it before the first observation */
	uint64_t wait_ticks_each;	 /* most that one observation may spend of it */
};

/*
 * For a process that begins. wait_ticks: how much longer it may take on a machine that is never
 * calm; known_ticks: fpb_calm_known() of its session.
 */
void fpb_calm_start(struct fpb_calm *calm, uint64_t wait_ticks, uint64_t known_ticks);

/*
 * The first readings, on the CPU that will measure: for 0.1 s, longer than most disturbances, which
 * also brings the core to its pace. The first process of a session has nothing to hold them against
 * and reads on for a twentieth of the time it may wait; the quickest 0.1 s counts. Where the session
 * knows better what calm is, it is waited for then, with a part of the time that the process may
 * wait. Returns the level of these readings, for fpb_calm_note().
 */
struct fpb_calm_found fpb_calm_settle(struct fpb_calm *calm, uint64_t tsc_khz, bool has_rdtscp);

/* One more reading. To be called once per observation: the time between readings is what counts. */
void fpb_calm_learn(struct fpb_calm *calm, uint64_t canary_ticks);

/*
 * The longest canary that still counts as calm: 10 % above the lower quartile of the readings, or
 * above what the session knows if that is less, so that no disturbed stretch sets the level. 0
 * before the first reading.
 */
uint64_t fpb_calm_limit(const struct fpb_calm *calm);

/* What one observation may use, and what it left. */
struct abi_calm fpb_calm_lend(const struct fpb_calm *calm);
void fpb_calm_return(struct fpb_calm *calm, const struct abi_calm *lent,
		     const struct abi_calm *left);

/*
 * After a command of nr_batches in a guest, which is not to be trusted: nothing grows back, and no
 * more batches were disturbed than there were. Returns how many were done again.
 */
uint32_t fpb_calm_accept(struct abi_calm *ours, const struct abi_calm *theirs, uint32_t nr_batches);

#endif
