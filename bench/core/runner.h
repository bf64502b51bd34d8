/* SPDX-License-Identifier: MIT */
/*
 * runner.h - carry out a plan: one fresh process per run, entries in order, each journalled.
 */
#ifndef BENCH_CORE_RUNNER_H
#define BENCH_CORE_RUNNER_H

#include <signal.h>

#include "bench/core/calm.h"
#include "bench/core/inject.h"
#include "bench/core/journal.h"
#include "bench/core/plan.h"
#include "bench/core/progress.h"

struct fpb_runner {
	const struct fpb_plan *plan;
	size_t nr_done; /* entries at the plan's beginning that the report holds already */
	const struct fpb_capabilities *caps;
	uint32_t nr_batches;
	struct fpb_inject inject;
	bool allows_hazards;
	int cpu;
	uint64_t tsc_khz;
	struct fpb_calm_levels *calm; /* of the session */
	uint32_t wait_ms;	      /* that each process may wait for calm */
	struct fpb_journal *journal;
	struct fpb_progress *progress;
	/* Looked at between entries, and while a process begins. */
	const volatile sig_atomic_t *is_interrupted;
};

/*
 * Adds observations, failures and entries to the report. Where nr_done lies within a run, the rest
 * of that run is measured by new processes and its observations get the flag "resumed". A worker
 * that dies costs its entry, which becomes a failure, and is replaced. report->plan.complete says
 * whether every entry was carried out. A non-zero return is a failure of the harness itself; the
 * report is valid in any case.
 */
int fpb_runner_run(const struct fpb_runner *runner, struct fpb_report *report, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
