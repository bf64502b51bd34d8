// SPDX-License-Identifier: MIT
/* lab_report.c - the reports of a kernel's boots become one: boot k is run k - 1. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/lab.h"
#include "bench/core/suite.h"
#include "bench/report/merge.h"
#include "host/machine/environment.h"

static int set_text(char **field, const char *text, struct fpb_err *err)
{
	free(*field);
	*field = strdup(text);
	return *field ? 0 : FPB_FAIL(err, -ENOMEM, "plan of the report");
}

/* The plan of the whole, of which a boot measured run number `run`. */
static int set_plan(const struct lab *lab, struct fpb_report *report, struct fpb_err *err)
{
	struct fpb_report_plan *plan = &report->plan;
	int ret = set_text(&plan->session, lab->session, err);

	plan->seed = lab->options.seed;
	plan->runs = lab->options.boots;
	ret = ret ? ret : set_text(&plan->profile, "quick", err);
	ret = ret ? ret : set_text(&plan->order, "abba", err);
	return ret ? ret : set_text(&plan->inject, lab->options.inject, err);
}

static int renumber_entry(char **entry, unsigned int run, struct fpb_err *err)
{
	const char *rest = strchr(*entry, ':');
	char *renumbered;

	if (asprintf(&renumbered, "%u%s", run, rest ? rest : "") < 0)
		return FPB_FAIL(err, -ENOMEM, "entry of the plan");
	free(*entry);
	*entry = renumbered;
	return 0;
}

static int renumber(struct fpb_report *report, unsigned int run, struct fpb_err *err)
{
	int ret = 0;

	for (size_t i = 0; i < report->nr_observations; i++)
		report->observations[i].run = run;
	for (size_t i = 0; !ret && i < report->plan.nr_entries; i++)
		ret = renumber_entry(&report->plan.entries[i], run, err);
	return ret;
}

/* What the machine inside cannot know: whose emulator it is. */
static int name_hypervisor(const struct lab *lab, json_t *environment, struct fpb_err *err)
{
	json_object_del(json_object_get(environment, "unavailable"), "hypervisor");
	if (json_object_set_new(environment, "hypervisor", json_string(lab->hypervisor)))
		return FPB_FAIL(err, -ENOMEM, "environment");
	return 0;
}

static int add_failure(struct fpb_report *report, unsigned int run, const char *error,
		       struct fpb_err *err)
{
	struct fpb_failure failure = {
		.name = strdup("lab/boot"),
		.substrate = strdup("host"),
		.error = strdup(error),
	};

	if (asprintf(&failure.where, "boot-%u.log", run + 1) < 0)
		failure.where = NULL;
	if (failure.name && failure.substrate && failure.error && failure.where)
		return fpb_report_add_failure(report, &failure);
	fpb_failure_clear(&failure);
	return FPB_FAIL(err, -ENOMEM, "failure of a boot");
}

/* 0 also where the boot cannot be joined: then `failure` says why. */
static int join_boot(const struct lab *lab, struct lab_build *build, unsigned int run,
		     struct fpb_err *err)
{
	struct lab_run *boot = &build->run[run];
	const char *engine = json_string_value(json_object_get(boot->report.environment, "engine"));
	struct fpb_problem problem = { 0 };
	int ret;

	if (!engine || strcmp(engine, lab->options.engine->name) != 0) {
		if (asprintf(&boot->failure, "the suite inside takes its engine for %s, not %s",
			     engine, lab->options.engine->name) < 0)
			return FPB_FAIL(err, -ENOMEM, "failure of a boot");
		return 0;
	}
	ret = set_plan(lab, &boot->report, err);
	ret = ret ? ret : renumber(&boot->report, run, err);
	ret = ret ? ret : name_hypervisor(lab, boot->report.environment, err);
	if (ret)
		return ret;
	ret = fpb_report_merge(&build->report, &boot->report, &problem);
	if (!ret)
		return 0;
	if (ret == -ENOMEM)
		return FPB_FAIL(err, ret, "report of %s", build->release);
	return FPB_FAIL(err, ret, "%s: boot %u contradicts the one before: %s: %s", build->release,
			run + 1, problem.where, problem.text);
}

/* Of a kernel that never came so far as to tell. */
static int make_head(const struct lab *lab, struct lab_build *build, struct fpb_err *err)
{
	struct fpb_report *report = &build->report;
	json_t *why = json_object();
	int ret = fpb_suite_fill(&report->suite, err);

	report->context = fpb_context_create("fpstate-bench", err);
	report->environment = json_pack("{s:s,s:s,s:s,s:s,s:o}", "engine",
					lab->options.engine->name, "kernel_release", build->release,
					"kernel_version", build->version, "hypervisor",
					lab->hypervisor, "unavailable", why);
	for (const char *const *key = environment_keys; *key; key++) {
		if (!report->environment || json_object_get(report->environment, *key))
			continue;
		json_object_set_new(report->environment, *key, json_null());
		json_object_set_new(why, *key,
				    json_string("no boot of this kernel brought a report"));
	}
	if (!report->context || !report->environment)
		return FPB_FAIL(err, -ENOMEM, "report of %s", build->release);
	return ret ? ret : set_plan(lab, report, err);
}

int lab_report_join(const struct lab *lab, struct lab_build *build, struct fpb_err *err)
{
	bool is_complete = true;
	int ret = 0;

	for (unsigned int run = 0; !ret && run < lab->options.boots; run++) {
		if (build->run[run].report.environment)
			ret = join_boot(lab, build, run, err);
	}
	if (!ret && !build->report.environment)
		ret = make_head(lab, build, err);
	for (unsigned int run = 0; !ret && run < lab->options.boots; run++) {
		const struct lab_run *boot = &build->run[run];

		is_complete = is_complete && boot->is_done && !boot->failure;
		if (boot->failure)
			ret = add_failure(&build->report, run, boot->failure, err);
	}
	build->report.plan.complete = build->report.plan.complete && is_complete;
	return ret;
}
