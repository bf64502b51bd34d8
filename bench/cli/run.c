// SPDX-License-Identifier: MIT
/* run.c - measure: rows -> plan -> runner -> report and table. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/exit_code.h"
#include "bench/cli/output_path.h"
#include "bench/cli/run_options.h"
#include "bench/core/runner.h"
#include "bench/core/suite.h"
#include "bench/core/worker.h"
#include "bench/report/report_write.h"
#include "bench/report/table.h"
#include "host/machine/environment.h"
#include "host/machine/topology.h"

struct session {
	struct run_options options;
	struct fpb_rows rows;
	struct fpb_capabilities caps;
	struct fpb_plan plan;
	struct fpb_report report;
	struct fpb_progress progress;
	struct fpb_journal journal;
	struct cpu_choice cpu;
	char *out;
};

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

/* The first Ctrl-C ends the run at the next entry, a second one at once. */
static void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int draw(void *buf, size_t bytes, struct fpb_err *err)
{
	if (getrandom(buf, bytes, 0) == (ssize_t)bytes)
		return 0;
	return FPB_FAIL(err, -EIO, "getrandom");
}

/* A version 4 UUID (RFC 9562). */
static char *make_uuid(struct fpb_err *err)
{
	unsigned char b[16];
	char *text;

	if (draw(b, sizeof(b), err))
		return NULL;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	if (asprintf(&text, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		     b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		     b[12], b[13], b[14], b[15]) < 0)
		return NULL;
	return text;
}

static int pick_seed(struct run_options *o, struct fpb_err *err)
{
	if (o->has_seed)
		return 0;
	if (draw(&o->seed, sizeof(o->seed), err))
		return -EIO;
	/* Below 2^53, so that every JSON reader keeps it exact. */
	o->seed >>= 11;
	return 0;
}

static int capture_environment(struct session *s, struct fpb_err *err)
{
	const struct cpu_request request = { .cpu = s->options.cpu };
	struct environment_options options = { 0 };
	struct topology *topology;
	int ret = topology_load(&topology, err);

	if (ret)
		return ret;
	ret = topology_pick_cpu(topology, &request, &s->cpu, err);
	if (!ret) {
		options.cpu_used = s->cpu.cpu;
		options.topology = topology;
		s->report.environment = environment_capture(&options, err);
		ret = s->report.environment ? 0 : -ENOMEM;
	}
	topology_destroy(topology);
	return ret;
}

static int fill_plan_record(struct session *s, struct fpb_err *err)
{
	const struct run_options *o = &s->options;
	struct fpb_report_plan *plan = &s->report.plan;

	plan->session = make_uuid(err);
	plan->seed = o->seed;
	plan->profile = strdup(o->profile->name);
	plan->runs = o->runs;
	plan->order = strdup("shuffled");
	plan->inject = strdup(o->inject_text);
	if (plan->session && plan->profile && plan->order && plan->inject)
		return 0;
	return FPB_FAIL(err, -ENOMEM, "plan of the report");
}

static int choose_output(struct session *s, struct fpb_err *err)
{
	if (!s->options.out) {
		s->out = output_path_create(s->report.environment, err);
		return s->out ? 0 : err->code;
	}
	s->out = strdup(s->options.out);
	if (!s->out)
		return FPB_FAIL(err, -ENOMEM, "path of the report");
	return output_path_check(s->out, err);
}

/* Everything of the report that is known before anything is measured. */
static int prepare_report(struct session *s, struct fpb_err *err)
{
	int ret = capture_environment(s, err);

	if (ret)
		return ret;
	ret = pick_seed(&s->options, err);
	if (ret)
		return ret;
	ret = fpb_suite_fill(&s->report.suite, err);
	if (ret)
		return ret;
	s->report.context = fpb_context_create("fpstate-bench", err);
	if (!s->report.context)
		return err->code;
	return fill_plan_record(s, err);
}

static int prepare(struct session *s, struct fpb_err *err)
{
	const struct run_options *o = &s->options;
	int ret = fpb_probe_in_child(&s->caps, err);

	if (ret)
		return ret;
	ret = prepare_report(s, err);
	if (ret)
		return ret;
	ret = fpb_plan_create(&s->rows, &s->caps, o->runs, o->seed, &s->plan, &s->report, err);
	if (ret)
		return ret;
	return choose_output(s, err);
}

static uint64_t tsc_khz(const struct session *s)
{
	return (uint64_t)json_integer_value(json_object_get(s->report.environment, "tsc_khz"));
}

static json_t *journal_head(const struct session *s)
{
	const struct run_options *o = &s->options;

	return json_pack("{s:{s:s,s:I,s:s,s:i,s:s,s:s?},s:O}", "plan", "session",
			 s->report.plan.session, "seed", (json_int_t)o->seed, "profile",
			 o->profile->name, "runs", (int)o->runs, "inject", o->inject_text, "filter",
			 o->filter, "environment", s->report.environment);
}

static int measure(struct session *s, struct fpb_err *err)
{
	const struct fpb_runner runner = {
		.plan = &s->plan,
		.caps = &s->caps,
		.nr_batches = s->options.profile->nr_batches,
		.inject = s->options.inject,
		.cpu = s->cpu.cpu,
		.tsc_khz = tsc_khz(s),
		.journal = &s->journal,
		.progress = &s->progress,
		.is_interrupted = &is_interrupted,
	};
	int ret;

	if (!runner.tsc_khz)
		return FPB_FAIL(err, -ENODATA, "the TSC frequency of this machine is unknown");
	ret = fpb_journal_append(&s->journal, journal_head(s), err);
	if (ret)
		return ret;
	s->progress.style = s->options.progress;
	fprintf(stderr, "%zu entries in %u runs on %s\n", s->plan.nr, s->plan.runs, s->cpu.why);
	return fpb_runner_run(&runner, &s->report, err);
}

static unsigned int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}

static enum exit_code verdict(const struct session *s)
{
	if (!s->report.plan.complete || s->report.nr_failures)
		return EXIT_UNFIT;
	return s->plan.nr ? EXIT_FINE : EXIT_ALL_SKIPPED;
}

/* Whatever happened, what was measured is written and shown. */
static enum exit_code finish(struct session *s, enum exit_code code)
{
	struct fpb_problem problem = { 0 };

	if (fpb_report_write(&s->report, s->out, &problem))
		return report_problem(&problem, EXIT_UNFIT);
	fpb_journal_close(&s->journal, s->report.plan.complete);
	if (fpb_table_print(&s->report, stdout, terminal_width())) {
		fprintf(stderr, "fpstate-bench: the table could not be written; the report is %s\n",
			s->out);
		return EXIT_UNFIT;
	}
	printf("report: %s\n", s->out);
	if (!s->report.plan.complete)
		fprintf(stderr,
			"fpstate-bench: stopped after %zu of %zu entries; the report holds "
			"these, the journal %s.journal too\n",
			s->report.plan.nr_entries, s->plan.nr, s->out);
	return code == EXIT_FINE ? verdict(s) : code;
}

static enum exit_code run(struct session *s)
{
	enum exit_code code = EXIT_FINE;
	struct fpb_err err = { 0 };

	if (fpb_rows_create(&s->rows, &err))
		return report_err(&err, EXIT_UNFIT);
	if (fpb_rows_filter(&s->rows, s->options.filter, &err))
		return report_usage(&err);
	if (prepare(s, &err))
		return err.code == -EINVAL ? report_usage(&err) : report_err(&err, EXIT_UNFIT);
	if (fpb_journal_create(&s->journal, s->out, &err))
		return report_err(&err, EXIT_UNFIT);
	/* The analyser loses sight of s->out, which command_run() frees. */
	if (measure(s, &err)) // NOLINT(clang-analyzer-unix.Malloc)
		code = report_err(&err, EXIT_UNFIT);
	return finish(s, code);
}

int command_run(int argc, char **argv)
{
	struct session s = { .journal.fd = -1 };
	enum exit_code code;

	run_options_parse(argc, argv, &s.options);
	catch_interrupts();
	code = run(&s);
	fpb_journal_close(&s.journal, false);
	fpb_plan_clear(&s.plan);
	fpb_report_clear(&s.report);
	fpb_rows_clear(&s.rows);
	free(s.out);
	return code;
}
