// SPDX-License-Identifier: MIT
/* explain_boot.c - one boot that is stepped through, and what is made of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/cli/explain.h"
#include "bench/cli/interrupt.h"
#include "bench/core/measure.h"
#include "bench/report/report_read.h"
#include "bench/report/rows.h"
#include "host/lab/trace.h"

#define PAUSE_NS 20000000

/* A minute's worth. */
#define MAX_STEPS 200000u

/* Wall time. A boot takes 10 s on a quiet machine, and its steps some more. */
static const struct lab_limits limits = { .total_s = 900, .silence_s = 300 };

/*
 * Into the third batch, past its beginning: the first ones after a stop find the kernel's timers
 * due. All operations stepped through lie within that batch.
 */
#define NR_SKIPPED (2 * FPB_EXACT_OPERATIONS + FPB_EXACT_OPERATIONS / 4)
_Static_assert(EXPLAIN_OPERATIONS < FPB_EXACT_OPERATIONS / 2, "operations of one batch");

static int start(const struct explain_boot *boot, struct lab_boot *run, struct fpb_err *err)
{
	const struct lab_options *o = &boot->lab->options;
	struct lab_boot_request request = {
		.engine = o->engine,
		.machine = {
			.emulator = o->emulator,
			.cpu_model = o->cpu_model,
			.kernel = boot->build->image.kernel,
			.initramfs = boot->build->image.initramfs,
		},
		.limits = limits,
		.is_debugged = true,
	};
	char *console;
	int ret;

	if (asprintf(&console, "%s/boot.log", boot->build->folder) < 0)
		return FPB_FAIL(err, -ENOMEM, "path of a log");
	request.console = console;
	ret = lab_boot_start(&request, run, err);
	free(console);
	return ret;
}

/*
 * Until the boot has ended, or its machine is stepped through no more though it should be: then
 * *trace_err says why. -errno of the lab itself, and -EINTR.
 */
static int follow(struct lab_boot *run, struct lab_trace *trace, struct fpb_err *trace_err,
		  struct fpb_err *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (;;) {
		int ret = lab_boot_step(run, err);

		if (ret || run->state != LAB_BOOT_RUNNING)
			return ret;
		if (is_interrupted)
			return FPB_FAIL(err, -EINTR, "interrupted; nothing is explained");
		/* An emulator that died, or went off, is told of by the boot. */
		if (!trace_err->code)
			(void)!lab_trace_step(trace, run, trace_err);
		if (trace_err->code && trace_err->code != -EPIPE && trace_err->code != -ECONNRESET)
			return 0;
		if (trace->state != LAB_TRACE_STEPPING || trace_err->code)
			nanosleep(&pause, NULL);
	}
}

static const struct fpb_observation *find_observation(const struct fpb_report *report,
						      const char *row)
{
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *o = &report->observations[i];

		if (fpb_row_is(row, o->name, o->substrate))
			return o;
	}
	return NULL;
}

static enum exit_code tell_problem(const struct explain_boot *boot, int ret,
				   const struct fpb_problem *problem)
{
	char text[sizeof(problem->where) + sizeof(problem->text) + 8];

	if (ret == -ENOMEM)
		return explain_tell(boot, "out of memory");
	snprintf(text, sizeof(text), "%s%s%s", problem->where, problem->where[0] ? ": " : "",
		 problem->text);
	return explain_tell(boot, text);
}

static enum exit_code resolve(const struct explain_boot *boot, const struct lab_boot *run,
			      const struct lab_trace *trace, struct explain_figures *figures)
{
	struct fpb_trace steps = {
		.nr = trace->nr_steps,
		.boundary = boot->places->boundary,
		.nested_begin = boot->places->nested_begin,
		.nested_end = boot->places->nested_end,
	};
	struct fpb_step *step = calloc(trace->nr_steps, sizeof(*step));
	struct fpb_symbols symbols = { 0 };
	struct fpb_problem problem = { 0 };
	int ret = step ? 0 : -ENOMEM;

	for (size_t i = 0; step && i < trace->nr_steps; i++)
		step[i] = (struct fpb_step){ trace->step[i].pc, trace->step[i].sp };
	steps.step = step;
	if (!ret)
		ret = fpb_symbols_parse(run->symbols, run->symbols_bytes, &symbols, &problem);
	if (!ret)
		ret = fpb_attribute(&steps, &symbols, &figures->attribution, &problem);
	if (!ret)
		ret = fpb_stacks_make(&steps, &symbols, &figures->attribution, &figures->stacks);
	fpb_symbols_clear(&symbols);
	free(step);
	return ret ? tell_problem(boot, ret, &problem) : EXIT_FINE;
}

/* Of a boot that is done. */
static enum exit_code evaluate(const struct explain_boot *boot, const struct lab_boot *run,
			       const struct lab_trace *trace, struct explain_figures *figures)
{
	const struct fpb_observation *observation;
	struct fpb_problem problem = { 0 };
	struct fpb_report report = { 0 };
	enum exit_code code;
	int ret = fpb_report_parse((const char *)run->report, run->report_bytes, &report, &problem);

	if (ret)
		return tell_problem(boot, ret, &problem);
	observation = find_observation(&report, boot->row);
	code = explain_tell_identity(boot, &report);
	if (code != EXIT_FINE)
		observation = NULL;
	else if (!observation)
		code = explain_tell_missing(boot, &report);
	else if (trace->state != LAB_TRACE_DONE)
		code = explain_tell(
			boot, "the emulator's debugger did not stop where the row's operations "
			      "are: expected the program at its fixed address (norandmaps) and "
			      "breakpoints that work in every address space");
	else if (!run->symbols)
		code = explain_tell(boot, "the machine sent no symbols of its kernel");
	else
		code = resolve(boot, run, trace, figures);
	if (observation)
		figures->counted = fpb_observation_value(observation);
	fpb_report_clear(&report);
	return code;
}

enum exit_code explain_boot_run(const struct explain_boot *boot, struct explain_figures *figures)
{
	const struct lab_trace_request request = {
		.start = boot->places->start,
		.boundary = boot->places->boundary,
		.nr_skipped = NR_SKIPPED,
		.nr_operations = EXPLAIN_OPERATIONS,
		.max_steps = MAX_STEPS,
	};
	struct fpb_err err = { 0 }, trace_err = { 0 };
	struct lab_boot run = { 0 };
	struct lab_trace trace;
	enum exit_code code;

	*figures = (struct explain_figures){ 0 };
	lab_trace_begin(&request, &trace);
	if (start(boot, &run, &err) || follow(&run, &trace, &trace_err, &err))
		code = explain_tell(boot, err.text);
	else if (run.state == LAB_BOOT_FAILED)
		code = explain_tell(boot, run.failure);
	else if (run.state == LAB_BOOT_RUNNING)
		code = explain_tell(boot, trace_err.text);
	else
		code = evaluate(boot, &run, &trace, figures);
	lab_trace_clear(&trace);
	lab_boot_destroy(&run);
	return code;
}

void explain_figures_clear(struct explain_figures *figures)
{
	fpb_attribution_clear(&figures->attribution);
	fpb_stacks_clear(&figures->stacks);
	*figures = (struct explain_figures){ 0 };
}
