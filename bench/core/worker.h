/* SPDX-License-Identifier: MIT */
/*
 * worker.h - the process that measures: one per run, fed row by row.
 *
 * Messages, one JSON object a line:
 *	to it:   {"cpu", "tsc_khz", "permission", "allows_hazards", "calm_ticks", "wait_ms",
 *		  "capabilities"} once, answered by {"ready": true, "calm_ticks",
 *		 "calm_is_news"} or {"error": ..}; as in calm.h, calm_ticks 0 where not known
 *		 {"row", "run", "batches", "inject_nr", "inject_percent"} per entry, and "twin"
 *		 where the entry has one
 *	from it: {"observation": ..} or {"failure": ..}
 *
 * What came of a twin is kept until its own entry is asked for, which is answered by it if it is
 * the next and asks for the same; else it is dropped and measured anew.
 */
#ifndef BENCH_CORE_WORKER_H
#define BENCH_CORE_WORKER_H

#include <signal.h>

#include "bench/core/child.h"
#include "bench/core/measure.h"

/* main() of the child; serves standard input until its end. Returns an exit status. */
int fpb_worker_main(void);

/* The parent's side. */
struct fpb_worker_config {
	int cpu;
	uint64_t tsc_khz;
	enum xstate_permission permission; /* asked for before anything else */
	bool allows_hazards;
	struct fpb_calm_levels *calm; /* of the session, read and added to */
	uint32_t wait_ms;	      /* for calm, in all */
	const struct fpb_capabilities *caps;
	/* Ends the wait for calm; NULL: nothing does. */
	const volatile sig_atomic_t *is_interrupted;
};

/* -EINTR, of which err says nothing: *is_interrupted was set before the worker was ready. */
int fpb_worker_start(struct fpb_child *child, const struct fpb_worker_config *config,
		     struct fpb_err *err) FPB_MUST_CHECK;

/*
 * One entry. Exactly one of *obs and *failure is filled. A non-zero return means that the worker
 * itself failed (died, hung, spoke nonsense); err says how, and it must be stopped.
 */
int fpb_worker_measure(struct fpb_child *child, const struct fpb_measure_request *request,
		       struct fpb_observation *obs, struct fpb_failure *failure,
		       struct fpb_err *err) FPB_MUST_CHECK;

/* main() of the probing child: prints the capabilities and ends. */
int fpb_probe_main(void);
/* Starts that child and reads its answer. */
int fpb_probe_in_child(struct fpb_capabilities *caps, struct fpb_err *err) FPB_MUST_CHECK;

#endif
