// SPDX-License-Identifier: MIT
/* session.c - a new measurement: rows, probing, environment, plan, the journal's first line. */
#include "bench/cli/session_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/draw.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/output_path.h"
#include "bench/core/suite.h"
#include "bench/core/worker.h"
#include "host/machine/environment.h"

const struct fpb_difference_request session_same = { .rule = FPB_RULE_SAME_MEASUREMENT };

static int pick_seed(struct run_options *o, struct fpb_err *err)
{
	return o->has_seed ? 0 : draw_seed(&o->seed, err);
}

int session_choose_rows(struct session *s, struct fpb_err *err)
{
	int ret = fpb_rows_create(&s->rows, err);

	return ret ? ret : fpb_rows_filter(&s->rows, s->options.filter, err);
}

int session_probe(struct session *s, struct fpb_err *err)
{
	int ret = fpb_probe_in_child(&s->caps, err);

	if (!ret)
		fpb_capabilities_allow_hazards(&s->caps, s->options.allows_hazards);
	return ret;
}

int session_capture(struct session *s, json_t **environment, struct fpb_err *err)
{
	const struct cpu_request request = { .cpu = s->options.cpu };
	struct environment_options options = { .allows_hazards = s->options.allows_hazards };
	struct topology *topology;
	int ret = topology_load(&topology, err);

	*environment = NULL;
	if (ret)
		return ret;
	ret = topology_pick_cpu(topology, &request, &s->cpu, err);
	if (!ret) {
		options.cpu_used = s->cpu.cpu;
		options.topology = topology;
		*environment = environment_capture(&options, err);
		ret = *environment ? 0 : -ENOMEM;
	}
	topology_destroy(topology);
	return ret;
}

int session_diff_environment(struct session *s, struct fpb_differences *out, struct fpb_err *err)
{
	json_t *now;
	int ret = session_capture(s, &now, err);

	*out = (struct fpb_differences){ 0 };
	if (!ret && fpb_environment_diff(s->report.environment, now, &session_same, out))
		ret = FPB_FAIL(err, -ENOMEM, "comparison of the environments");
	json_decref(now);
	return ret;
}

int session_list_entries(const struct fpb_plan *plan, struct fpb_report *out, struct fpb_err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < plan->nr; i++) {
		const struct fpb_row *row = plan->entry[i].row;

		ret = fpb_report_add_entry(out, plan->entry[i].run,
					   fpb_substrate_name(row->substrate), row->name);
	}
	return ret ? FPB_FAIL(err, ret, "entries of the plan") : 0;
}

static int fill_plan_record(struct session *s, const struct session_kind *kind, struct fpb_err *err)
{
	const struct run_options *o = &s->options;
	struct fpb_report_plan *plan = &s->report.plan;

	plan->session = kind->uuid ? strdup(kind->uuid) : draw_uuid(err);
	plan->seed = o->seed;
	plan->profile = strdup(o->profile->name);
	plan->runs = o->runs;
	plan->order = strdup(kind->order);
	plan->inject = strdup(o->inject_text);
	if (plan->session && plan->profile && plan->order && plan->inject)
		return 0;
	return FPB_FAIL(err, -ENOMEM, "plan of the report");
}

static int fill_order(struct session *s, const char *command, struct fpb_err *err)
{
	s->order.command = strdup(command);
	s->order.filter = s->options.filter ? strdup(s->options.filter) : NULL;
	s->order.allows_hazards = s->options.allows_hazards;
	if (s->order.command && (s->order.filter || !s->options.filter))
		return 0;
	return FPB_FAIL(err, -ENOMEM, "order of the journal");
}

/* Everything of the report that is known before anything is measured. */
static int prepare_report(struct session *s, const struct session_kind *kind, struct fpb_err *err)
{
	int ret = pick_seed(&s->options, err);

	ret = ret ? ret : fpb_suite_fill(&s->report.suite, err);
	if (ret)
		return ret;
	s->report.context = fpb_context_create("fpstate-bench", err);
	if (!s->report.context)
		return err->code;
	return fill_plan_record(s, kind, err);
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

static int prepare(struct session *s, const struct session_kind *kind, struct fpb_err *err)
{
	const struct run_options *o = &s->options;
	int ret = prepare_report(s, kind, err);

	ret = ret ? ret
		  : fpb_plan_create(&s->rows, &s->caps, o->runs, o->seed, &s->plan, &s->report,
				    err);
	ret = ret ? ret : fill_order(s, kind->command, err);
	return ret ? ret : choose_output(s, err);
}

static int start_journal(struct session *s, struct fpb_err *err)
{
	struct fpb_report planned = { 0 };
	int ret = session_list_entries(&s->plan, &planned, err);

	ret = ret ? ret : fpb_journal_create(&s->journal, s->out, err);
	if (!ret) {
		ret = fpb_journal_append(&s->journal,
					 fpb_journal_head_to_json(&s->order, &s->report,
								  planned.plan.entries,
								  planned.plan.nr_entries),
					 err);
		/* A journal without its first line is of no use to anybody. */
		if (ret)
			fpb_journal_close(&s->journal, true);
	}
	fpb_report_clear(&planned);
	return ret;
}

/* The user named the CPU: it is for him to name another. */
static bool is_wrong_cpu(const struct session *s, int ret)
{
	return s->options.cpu != TOPOLOGY_ANY_CPU && s->cpu.cpu < 0 &&
	       (ret == -ENODEV || ret == -EPERM);
}

enum exit_code session_survey(struct session *s, const struct run_options *options)
{
	struct fpb_err err = { 0 };
	int ret;

	*s = (struct session){ .options = *options, .journal.fd = -1 };
	ret = session_choose_rows(s, &err);
	if (ret == -EINVAL || ret == -ENOENT)
		return report_usage(&err);
	ret = ret ? ret : session_probe(s, &err);
	ret = ret ? ret : session_capture(s, &s->report.environment, &err);
	if (ret == -EINVAL || is_wrong_cpu(s, ret))
		return report_usage(&err);
	return ret ? report_err(&err, EXIT_UNFIT) : EXIT_FINE;
}

enum exit_code session_begin(struct session *s, const struct session_kind *kind)
{
	struct fpb_err err = { 0 };
	int ret = prepare(s, kind, &err);

	if (ret == -EINVAL)
		return report_usage(&err);
	if (ret || start_journal(s, &err))
		return report_err(&err, EXIT_UNFIT);
	s->is_ready = true;
	return EXIT_FINE;
}

enum exit_code session_create(struct session *s, const struct run_options *options,
			      const char *command)
{
	const struct session_kind kind = { .command = command, .order = "shuffled" };
	enum exit_code code;

	interrupt_catch();
	code = session_survey(s, options);
	return code == EXIT_FINE ? session_begin(s, &kind) : code;
}

void session_destroy(struct session *s)
{
	fpb_journal_close(&s->journal, false);
	fpb_plan_clear(&s->plan);
	fpb_report_clear(&s->report);
	fpb_rows_clear(&s->rows);
	free(s->order.command);
	free(s->order.filter);
	free(s->out);
}
