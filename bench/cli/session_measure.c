// SPDX-License-Identifier: MIT
/* session_measure.c - the plan carried out: report and table, whatever happens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli/interrupt.h"
#include "bench/cli/session_priv.h"
#include "bench/cli/terminal.h"
#include "bench/core/runner.h"
#include "bench/report/debate.h"
#include "bench/report/noise.h"
#include "bench/report/report_write.h"
#include "bench/report/table.h"

static uint64_t tsc_khz(const struct session *s)
{
	return (uint64_t)json_integer_value(json_object_get(s->report.environment, "tsc_khz"));
}

static int carry_out(struct session *s, const struct fpb_plan *plan, size_t nr_done,
		     enum fpb_progress_style style, struct fpb_err *err)
{
	const struct fpb_runner runner = {
		.plan = plan,
		.nr_done = nr_done,
		.caps = &s->caps,
		.nr_batches = s->options.profile->nr_batches,
		.inject = s->options.inject,
		.allows_hazards = s->options.allows_hazards,
		.cpu = s->cpu.cpu,
		.tsc_khz = tsc_khz(s),
		.calm = &s->calm,
		.wait_ms = s->options.profile->wait_ms,
		.journal = &s->journal,
		.progress = &s->progress,
		.is_interrupted = &is_interrupted,
	};

	if (!runner.tsc_khz)
		return FPB_FAIL(err, -ENODATA, "the TSC frequency of this machine is unknown");
	s->progress.style = style;
	return fpb_runner_run(&runner, &s->report, err);
}

static int measure(struct session *s, struct fpb_err *err)
{
	fprintf(stderr, "%zu entries in %u runs on %s", s->plan.nr, s->plan.runs, s->cpu.why);
	if (s->nr_done)
		fprintf(stderr, "; %zu of them finished before", s->nr_done);
	fputc('\n', stderr);
	return carry_out(s, &s->plan, s->nr_done, s->options.progress, err);
}

int session_measure_run(struct session *s, unsigned int run, struct fpb_err *err)
{
	const size_t nr = s->plan.nr / s->plan.runs;
	const struct fpb_plan part = {
		.entry = s->plan.entry + run * nr,
		.nr = nr,
		.runs = 1,
	};

	/* How far the whole is, the caller tells. */
	return carry_out(s, &part, 0, FPB_PROGRESS_NONE, err);
}

static bool is_noise(const struct session *s)
{
	return !strcmp(s->order.command, "noise");
}

static int show(const struct session *s)
{
	if (is_noise(s))
		return fpb_noise_print(&s->report, stdout, terminal_width());
	return fpb_table_print(&s->report, stdout, terminal_width());
}

enum exit_code session_write(struct session *s, bool is_done)
{
	struct fpb_problem problem = { 0 };

	if (fpb_debate_derive(&s->report)) {
		fputs("fpstate-bench: derived figures: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	if (fpb_report_write(&s->report, s->out, &problem))
		return report_problem(&problem, EXIT_UNFIT);
	fpb_journal_close(&s->journal, is_done);
	return EXIT_FINE;
}

static enum exit_code finish(struct session *s, enum exit_code code)
{
	/* Of a plan cut short there are no floors: they would be taken for those of all its runs.
	 */
	if (is_noise(s) && s->report.plan.complete && fpb_noise_fill(&s->report)) {
		fputs("fpstate-bench: noise floors: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	if (session_write(s, s->report.plan.complete) != EXIT_FINE)
		return EXIT_UNFIT;
	if (show(s)) {
		fprintf(stderr, "fpstate-bench: the table could not be written; the report is %s\n",
			s->out);
		return EXIT_UNFIT;
	}
	printf("report: %s\n", s->out);
	if (!s->report.plan.complete)
		fprintf(stderr,
			"fpstate-bench: stopped after %zu of %zu entries; the report holds these; "
			"'fpstate-bench run --resume %s' measures the rest\n",
			s->report.plan.nr_entries, s->plan.nr, s->out);
	return code == EXIT_FINE ? report_verdict(&s->report) : code;
}

enum exit_code session_measure(struct session *s)
{
	struct fpb_err err = { 0 };

	/* Whatever happened, what was measured is written and shown. */
	return finish(s, measure(s, &err) ? report_err(&err, EXIT_UNFIT) : EXIT_FINE);
}
