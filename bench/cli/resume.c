// SPDX-License-Identifier: MIT
/* resume.c - an unfinished measurement, taken up from its journal. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/differences.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/session_priv.h"
#include "bench/core/suite.h"
#include "bench/report/report_read.h"

static enum exit_code without_journal(const char *path)
{
	struct fpb_problem problem = { 0 };
	struct fpb_report report;
	enum exit_code code = EXIT_USAGE;

	if (fpb_report_read(path, &report, &problem)) {
		fprintf(stderr,
			"fpstate-bench: --resume %s: there is no %s.journal, so nothing to resume; "
			"start with 'run --out %s'\n",
			path, path, path);
		return EXIT_USAGE;
	}
	if (report.plan.complete) {
		fprintf(stderr,
			"fpstate-bench: --resume %s: the report is complete, nothing to resume\n",
			path);
		code = report_verdict(&report);
	} else {
		fprintf(stderr,
			"fpstate-bench: --resume %s: the report is incomplete, but its journal %s.journal "
			"is gone; measure again\n",
			path, path);
	}
	fpb_report_clear(&report);
	return code;
}

static int contradicts(struct fpb_problem *problem, const char *option, const char *given,
		       const char *recorded)
{
	return fpb_problem_set(problem, EINVAL, option,
			       "'%s' contradicts the journal, which has '%s'; leave the option out",
			       given, recorded);
}

static int check_number(struct fpb_problem *problem, const char *option, uint64_t given,
			uint64_t recorded)
{
	char a[24], b[24];

	if (given == recorded)
		return 0;
	snprintf(a, sizeof(a), "%" PRIu64, given);
	snprintf(b, sizeof(b), "%" PRIu64, recorded);
	return contradicts(problem, option, a, b);
}

/* What the user gave again must be what it was. */
static int check_options(const struct run_options *given, const struct run_options *recorded,
			 struct fpb_problem *problem)
{
	const char *filter = recorded->filter ? recorded->filter : "";
	int ret = 0;

	if (given->filter && strcmp(given->filter, filter) != 0)
		ret = contradicts(problem, "--filter", given->filter, filter);
	if (given->profile && given->profile != recorded->profile)
		ret = contradicts(problem, "--profile", given->profile->name,
				  recorded->profile->name);
	if (given->runs)
		ret = ret ? ret : check_number(problem, "--runs", given->runs, recorded->runs);
	if (given->cpu >= 0)
		ret = ret ? ret
			  : check_number(problem, "--cpu", (uint64_t)given->cpu,
					 (uint64_t)recorded->cpu);
	if (given->has_seed)
		ret = ret ? ret : check_number(problem, "--seed", given->seed, recorded->seed);
	if (given->inject_text && (given->inject.nr != recorded->inject.nr ||
				   given->inject.percent != recorded->inject.percent))
		ret = contradicts(problem, "--inject", given->inject_text, recorded->inject_text);
	if (given->allows_hazards && !recorded->allows_hazards)
		ret = contradicts(problem, "--allow-hazards", "yes", "no");
	if (given->out && strcmp(given->out, given->resume) != 0)
		ret = contradicts(problem, "--out", given->out, given->resume);
	return ret;
}

/* The options the run was started with, as its journal tells them; strings are borrowed. */
static int recorded_options(const struct fpb_journal_content *content, struct run_options *out,
			    struct fpb_problem *problem)
{
	const struct fpb_report_plan *plan = &content->report.plan;
	const json_t *cpu = json_object_get(content->report.environment, "cpu_used");
	struct fpb_err err = { 0 };

	*out = (struct run_options){
		.filter = content->order.filter,
		.profile = fpb_profile_find(plan->profile),
		.runs = plan->runs,
		.cpu = (int)json_integer_value(cpu),
		.has_seed = true,
		.seed = plan->seed,
		.inject_text = plan->inject,
		.allows_hazards = content->order.allows_hazards,
	};
	if (!out->profile)
		return fpb_problem_set(problem, EINVAL, "line 1.plan.profile",
				       "expected quick, standard or thorough, read '%s'",
				       plan->profile);
	if (out->runs > RUN_OPTIONS_MAX_RUNS)
		return fpb_problem_set(problem, EINVAL, "line 1.plan.runs",
				       "expected at most %d, read %u", RUN_OPTIONS_MAX_RUNS,
				       out->runs);
	if (!json_is_integer(cpu) || json_integer_value(cpu) < 0 || json_integer_value(cpu) > 65535)
		return fpb_problem_set(problem, EINVAL, "line 1.environment.cpu_used",
				       "expected the number of a CPU");
	if (fpb_inject_parse(plan->inject, &out->inject, &err))
		return fpb_problem_set(problem, EINVAL, "line 1.plan.inject", "%s", err.text);
	return 0;
}

/* Moves what the journal holds into the session, if the command line agrees with it. */
static int take_over(struct session *s, struct fpb_journal_content *content,
		     struct fpb_problem *problem)
{
	const struct run_options given = s->options;
	int ret = recorded_options(content, &s->options, problem);

	ret = ret ? ret : check_options(&given, &s->options, problem);
	if (ret)
		return ret;
	s->options.resume = given.resume;
	s->options.progress = given.progress;
	s->order = content->order;
	s->report = content->report;
	s->nr_done = s->report.plan.nr_entries;
	memset(&content->order, 0, sizeof(content->order));
	memset(&content->report, 0, sizeof(content->report));
	s->out = strdup(given.resume);
	return s->out ? 0 : fpb_problem_set(problem, ENOMEM, "", "out of memory");
}

static enum exit_code show_differences(const struct session *s,
				       const struct fpb_differences *differences)
{
	char what[512];

	snprintf(what, sizeof(what),
		 "--resume %.300s: this is not what the run began with, so it cannot be finished "
		 "here: they differ",
		 s->out);
	return differences_report(differences, what);
}

static enum exit_code check_suite(const struct session *s)
{
	struct fpb_differences differences = { 0 };
	struct fpb_suite suite;
	struct fpb_err err = { 0 };
	enum exit_code code;
	int ret = fpb_suite_fill(&suite, &err);

	if (!ret && fpb_suite_diff(&s->report.suite, &suite, &session_same, &differences))
		ret = FPB_FAIL(&err, -ENOMEM, "comparison of the suites");
	code = ret ? report_err(&err, EXIT_UNFIT) : show_differences(s, &differences);
	fpb_differences_clear(&differences);
	fpb_suite_clear(&suite);
	return code;
}

static enum exit_code check_environment(struct session *s)
{
	struct fpb_differences differences = { 0 };
	struct fpb_err err = { 0 };
	enum exit_code code;
	int ret = session_diff_environment(s, &differences, &err);

	if (ret)
		code = report_err(&err, ret == -ENOMEM ? EXIT_UNFIT : EXIT_INCOMPARABLE);
	else
		code = show_differences(s, &differences);
	fpb_differences_clear(&differences);
	return code;
}

/* The same rows must be available, which permissions may have changed too. */
static enum exit_code check_plan(const struct session *s, const struct fpb_journal_content *content)
{
	struct fpb_report planned = { 0 };
	struct fpb_err err = { 0 };
	enum exit_code code = EXIT_FINE;
	char *const *now, *const *then = content->planned;
	size_t nr, i = 0;

	if (session_list_entries(&s->plan, &planned, &err)) {
		fpb_report_clear(&planned);
		return report_err(&err, EXIT_UNFIT);
	}
	now = planned.plan.entries;
	nr = planned.plan.nr_entries;
	while (i < nr && i < content->nr_planned && !strcmp(now[i], then[i]))
		i++;
	if (nr != content->nr_planned || i < nr) {
		fprintf(stderr,
			"fpstate-bench: --resume %s: other rows are available than when the run "
			"began: %zu entries instead of %zu, the first that differs is '%s' instead "
			"of '%s'; see 'fpstate-bench list'\n",
			s->out, nr, content->nr_planned, i < nr ? now[i] : "",
			i < content->nr_planned ? then[i] : "");
		code = EXIT_INCOMPARABLE;
	}
	fpb_report_clear(&planned);
	return code;
}

static enum exit_code make_plan(struct session *s, const struct fpb_journal_content *content)
{
	const struct run_options *o = &s->options;
	struct fpb_err err = { 0 };
	int ret = session_choose_rows(s, &err);

	if (ret == -EINVAL || ret == -ENOENT)
		return report_usage(&err);
	ret = ret ? ret : session_probe(s, &err);
	ret = ret ? ret
		  : fpb_plan_create(&s->rows, &s->caps, o->runs, o->seed, &s->plan, &s->report,
				    &err);
	return ret ? report_err(&err, EXIT_UNFIT) : check_plan(s, content);
}

static enum exit_code resume(struct session *s, struct fpb_journal_content *content)
{
	struct fpb_problem problem = { 0 };
	struct fpb_err err = { 0 };
	enum exit_code code;
	int ret = fpb_journal_read(s->journal.path, content, &problem);

	if (ret == -ENODATA) {
		fprintf(stderr, "fpstate-bench: %s: %s; remove it and start again\n",
			s->journal.path, problem.text);
		return EXIT_USAGE;
	}
	ret = ret ? ret : take_over(s, content, &problem);
	if (ret)
		return report_file_problem(s->journal.path, &problem, exit_code_of_input(ret));
	code = check_suite(s);
	if (code == EXIT_FINE)
		code = check_environment(s);
	if (code == EXIT_FINE)
		code = make_plan(s, content);
	if (code == EXIT_FINE && fpb_journal_cut(&s->journal, content->whole_bytes, &err))
		code = report_err(&err, EXIT_UNFIT);
	s->is_ready = code == EXIT_FINE;
	return code;
}

enum exit_code session_resume(struct session *s, const struct run_options *options)
{
	struct fpb_journal_content content = { 0 };
	struct fpb_err err = { 0 };
	enum exit_code code;
	int ret;

	*s = (struct session){ .options = *options, .journal.fd = -1 };
	interrupt_catch();
	ret = fpb_journal_open(&s->journal, options->resume, &err);
	if (ret == -ENOENT)
		return without_journal(options->resume);
	if (ret)
		return report_err(&err, ret == -EBUSY ? EXIT_UNFIT : EXIT_USAGE);
	code = resume(s, &content);
	fpb_journal_content_clear(&content);
	return code;
}
