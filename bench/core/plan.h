/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what will be measured, in which order, and what will not and why.
 *
 * Pure: rows and capabilities in, entries and skips out. The order is a function of the seed.
 */
#ifndef BENCH_CORE_PLAN_H
#define BENCH_CORE_PLAN_H

#include "bench/core/capabilities.h"
#include "bench/report/report.h"

struct fpb_profile {
	const char *name;
	unsigned int runs;
	uint32_t nr_batches; /* per observation */
	uint32_t wait_ms; /* most that a process of a run waits for calm; at most FPB_MAX_WAIT_MS */
};

/* "quick", "standard", "thorough"; NULL for another name. */
const struct fpb_profile *fpb_profile_find(const char *name);

struct fpb_entry {
	unsigned int run;
	const struct fpb_row *row;
	const struct fpb_row *twin; /* of the entry beside it, measured together with it; or NULL */
};

struct fpb_plan {
	struct fpb_entry *entry;
	size_t nr;
	unsigned int runs;
};

/*
 * Every row that can run, `runs` times; each run in an order of its own, drawn from the seed, in
 * which twins are neighbours (which of them comes first is drawn too). Machines that count
 * instructions have no twins: there is no drift to cancel. The other rows become skips of the report.
 * `rows` must outlive the plan. 0 or -ENOMEM.
 */
int fpb_plan_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
		    unsigned int runs, uint64_t seed, struct fpb_plan *plan,
		    struct fpb_report *report, struct fpb_err *err) FPB_MUST_CHECK;
void fpb_plan_clear(struct fpb_plan *plan);

#endif
