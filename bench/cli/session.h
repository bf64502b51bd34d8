/* SPDX-License-Identifier: MIT */
/*
 * session.h - one measurement, from what was asked for to its report: what run, noise, --resume and
 * ab have in common.
 *
 *	session_create() or session_resume(), session_measure(), session_destroy()
 *
 * and, where other things come in between, step by step:
 *
 *	session_survey(), session_begin(), session_measure_run() for each run, session_write(),
 *	session_destroy()
 *
 * Each returns an exit code and has then said on standard error what is wrong.
 */
#ifndef BENCH_CLI_SESSION_H
#define BENCH_CLI_SESSION_H

#include "bench/cli/exit_code.h"
#include "bench/cli/run_options.h"
#include "bench/core/calm.h"
#include "bench/core/journal.h"
#include "bench/core/plan.h"
#include "bench/core/progress.h"
#include "bench/report/environment_diff.h"
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
	struct fpb_calm_levels calm;
	char *out;
	bool is_ready; /* for session_measure() */
};

/* What a session is part of. */
struct session_kind {
	const char *command; /* "run", "noise" or "ab" */
	const char *order;   /* plan.order: "shuffled" or "abba" */
	const char *uuid;    /* plan.session; NULL: one of its own */
};

/*
 * Looks at the machine as it is: s->rows, s->caps, s->cpu, s->report.environment. Leaves /dev/kvm
 * closed.
 */
enum exit_code session_survey(struct session *s, const struct run_options *options);

/*
 * Makes plan and report of s->options (no filter and no CPU any more) and starts the journal, beside
 * the report. Then s->is_ready.
 */
enum exit_code session_begin(struct session *s, const struct session_kind *kind);

/*
 * How the environment is now another than s->report.environment, by the rule of one measurement.
 * 0; -ENODEV, -EPERM: the CPU is there no more; -ENOMEM. *out is for fpb_differences_clear().
 */
int session_diff_environment(struct session *s, struct fpb_differences *out, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Surveys and begins. `command` is "run" or "noise". Nothing is left behind unless the result is EXIT_FINE. */
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

/*
 * Measures the entries of one run, counted from 0. s->report.plan.complete then says whether none is
 * missing: it was not interrupted and the harness did not fail, of which err tells.
 */
int session_measure_run(struct session *s, unsigned int run, struct fpb_err *err) FPB_MUST_CHECK;

/* Writes the report; if that worked and is_done, the journal goes. EXIT_FINE or EXIT_UNFIT. */
enum exit_code session_write(struct session *s, bool is_done);

/* Accepts one that failed half-way. */
void session_destroy(struct session *s);

#endif
