// SPDX-License-Identifier: MIT
/* lab_boots.c - the boots of all kernels, some side by side, and what they send. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cli/interrupt.h"
#include "bench/cli/lab.h"
#include "bench/core/abba.h"
#include "bench/report/report_read.h"
#include "host/lab/boot.h"

#define STEP_NS 50000000

/* Wall time. A boot with the whole suite takes 20 to 30 s on a quiet machine. */
static const struct lab_limits limits = { .total_s = 1800, .silence_s = 300 };

struct slot {
	bool is_used;
	struct fpb_turn turn;
	struct lab_boot boot;
};

struct schedule {
	struct lab *lab;
	struct fpb_turn *turns;
	size_t nr_turns, nr_started, nr_done;
	struct slot slot[LAB_OPTIONS_MAX_JOBS];
	struct fpb_progress progress;
};

static int start(struct schedule *s, struct slot *slot, struct fpb_err *err)
{
	const struct lab_options *o = &s->lab->options;
	const struct fpb_turn turn = s->turns[s->nr_started];
	const struct lab_build *build = &s->lab->build[turn.variant];
	struct lab_boot_request request = {
		.engine = o->engine,
		.machine = {
			.emulator = o->emulator,
			.cpu_model = o->cpu_model,
			.kernel = build->image.kernel,
			.initramfs = build->image.initramfs,
		},
		.limits = limits,
	};
	char *console;
	int ret;

	if (asprintf(&console, "%s/boot-%u.log", build->folder, turn.round + 1) < 0)
		return FPB_FAIL(err, -ENOMEM, "path of a log");
	request.console = console;
	ret = lab_boot_start(&request, &slot->boot, err);
	free(console);
	slot->is_used = true;
	slot->turn = turn;
	s->nr_started++;
	return ret;
}

static int keep_failure(struct lab_run *run, const char *text, struct fpb_err *err)
{
	run->failure = strdup(text);
	return run->failure ? 0 : FPB_FAIL(err, -ENOMEM, "failure of a boot");
}

static int keep_report(struct lab_run *run, const struct lab_boot *boot, struct fpb_err *err)
{
	struct fpb_problem problem = { 0 };
	char text[sizeof(problem.where) + sizeof(problem.text) + 64];
	int ret = fpb_report_parse((const char *)boot->report, boot->report_bytes, &run->report,
				   &problem);

	if (!ret)
		return 0;
	if (ret == -ENOMEM)
		return FPB_FAIL(err, -ENOMEM, "report of a boot");
	snprintf(text, sizeof(text), "the report that came out of the machine: %s: %s",
		 problem.where, problem.text);
	return keep_failure(run, text, err);
}

static int collect(struct schedule *s, struct slot *slot, struct fpb_err *err)
{
	struct lab_build *build = &s->lab->build[slot->turn.variant];
	struct lab_run *run = &build->run[slot->turn.round];
	const struct lab_boot *boot = &slot->boot;
	int ret;

	if (boot->state == LAB_BOOT_DONE)
		ret = keep_report(run, boot, err);
	else
		ret = keep_failure(run, boot->failure, err);
	run->is_done = !ret;
	s->nr_done++;
	fpb_progress_end(&s->progress);
	if (!ret && run->failure)
		fprintf(stderr, "fpstate-bench: %s, boot %u: %s\n", build->folder,
			slot->turn.round + 1, run->failure);
	/* The first of all: the others wait for it. */
	if (!ret && s->lab->options.carries_state && s->nr_done == 1)
		ret = lab_carry_hand_on(s->lab, boot, err);
	lab_boot_destroy(&slot->boot);
	slot->is_used = false;
	return ret;
}

static void show_progress(struct schedule *s, const struct slot *slot)
{
	char what[160];

	snprintf(what, sizeof(what), "%.80s: %.60s", s->lab->build[slot->turn.variant].release,
		 slot->boot.phase ? slot->boot.phase : "booting");
	fpb_progress_show(&s->progress, s->nr_done, what);
}

static int step(struct schedule *s, struct slot *slot, struct fpb_err *err)
{
	int ret = lab_boot_step(&slot->boot, err);

	if (ret)
		return ret;
	if (slot->boot.state != LAB_BOOT_RUNNING)
		return collect(s, slot, err);
	show_progress(s, slot);
	return 0;
}

/* What is carried comes from the first boot and goes into the images of the others. */
static bool may_start(const struct schedule *s)
{
	return s->nr_started < s->nr_turns &&
	       (!s->lab->options.carries_state || !s->nr_started || s->nr_done);
}

static int run_all(struct schedule *s, struct fpb_err *err)
{
	const struct timespec pause = { .tv_nsec = STEP_NS };
	int ret = 0;

	while (!ret && !is_interrupted && s->nr_done < s->nr_turns) {
		for (unsigned int i = 0; !ret && i < s->lab->options.jobs; i++) {
			struct slot *slot = &s->slot[i];

			if (slot->is_used)
				ret = step(s, slot, err);
			else if (may_start(s))
				ret = start(s, slot, err);
		}
		nanosleep(&pause, NULL);
	}
	for (unsigned int i = 0; i < s->lab->options.jobs; i++) {
		if (s->slot[i].is_used)
			lab_boot_destroy(&s->slot[i].boot);
	}
	return ret;
}

enum exit_code lab_boots_run(struct lab *lab)
{
	const struct lab_options *o = &lab->options;
	struct schedule *s = calloc(1, sizeof(*s));
	enum exit_code code = EXIT_FINE;
	struct fpb_err err = { 0 };

	if (s)
		s->turns = calloc((size_t)lab->nr_builds * o->boots, sizeof(*s->turns));
	if (!s || !s->turns) {
		free(s);
		fputs("fpstate-bench: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	s->lab = lab;
	s->nr_turns = (size_t)lab->nr_builds * o->boots;
	fpb_abba(o->seed, lab->nr_builds, o->boots, s->turns);
	if (o->carries_state)
		lab_carry_order(lab->nr_builds, o->boots, s->turns);
	fprintf(stderr, "%u kernel%s, %u boot%s of each, by %s\n", lab->nr_builds,
		lab->nr_builds == 1 ? "" : "s", o->boots, o->boots == 1 ? "" : "s",
		lab->hypervisor);
	fpb_progress_start(&s->progress, o->progress, s->nr_turns);
	if (run_all(s, &err))
		code = report_err(&err, EXIT_UNFIT);
	fpb_progress_end(&s->progress);
	free(s->turns);
	free(s);
	return code;
}
