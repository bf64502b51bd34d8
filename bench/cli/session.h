/* SPDX-License-Identifier: MIT */
/*
 * session.h - one measurement, from what was asked for to its report: what run, noise and --resume
 * have in common.
 *
 *	session_create() or session_resume(), session_measure(), session_destroy()
 *
 * Each returns an exit code and has then said on standard error what is wrong.
 */
#ifndef BENCH_CLI_SESSION_H
#define BENCH_CLI_SESSION_H

#include "bench/cli/exit_code.h"
#include "bench/cli/run_options.h"
#include "bench/core/journal.h"
#include "bench/core/plan.h"
#include "bench/core/progress.h"
#include "bench/report/journal_json.h"
#include "bench/report/report.h"
#include "host/machine/topology.h"

struct session {
	struct run_options options;
	struct fpb_journal_order order; /* owned; what the journal says beyond the report */
	struct fpb_rows rows;
	struct fpb_capabilities caps;
	struct fpb_plan plan;
	size_t nr_done; /* entries of the plan that an earlier program finished */
	struct fpb_report report;
	struct fpb_progress progress;
	struct fpb_journal journal;
	struct cpu_choice cpu;
	char *out;
	bool is_ready; /* for session_measure() */
};

/* `command` is "run" or "noise". Nothing is left behind unless the result is EXIT_FINE. */
enum exit_code session_create(struct session *s, const struct run_options *options,
			      const char *command);

/*
 * Goes on with the journal of options->resume. What the journal says holds; options that say
 * otherwise are usage errors. EXIT_FINE without s->is_ready: the report is complete already and
 * without fault, there is nothing to measure.
 */
enum exit_code session_resume(struct session *s, const struct run_options *options);

/* Measures what is left; writes the report, shows the table, and drops a journal that is done. */
enum exit_code session_measure(struct session *s);

/* Accepts one that failed half-way. */
void session_destroy(struct session *s);

#endif
