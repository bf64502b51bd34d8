// SPDX-License-Identifier: MIT
/* journal_json.c - the journal of an unfinished run, to lines and back. */
#include "bench/report/journal_json.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/file_text.h"
#include "bench/report/grow.h"
#include "bench/report/json_strict.h"
#include "bench/report/record_json.h"
#include "bench/report/report_read.h"
#include "bench/report/text.h"

static json_t *text_or_null(const char *text)
{
	return text ? fpb_text_to_json(text) : json_null();
}

json_t *fpb_journal_head_to_json(const struct fpb_journal_order *order,
				 const struct fpb_report *report, char *const *planned,
				 size_t nr_planned)
{
	struct fpb_report_plan plan = report->plan;
	json_t *head = json_object();
	int failed = !head;

	/* Borrowed for the length of the call. */
	plan.entries = (char **)(uintptr_t)planned;
	plan.nr_entries = nr_planned;
	plan.complete = false;
	failed = failed || json_object_set_new(head, "command", text_or_null(order->command));
	failed = failed || json_object_set_new(head, "filter", text_or_null(order->filter));
	failed = failed ||
		 json_object_set_new(head, "allow_hazards", json_boolean(order->allows_hazards));
	failed = failed || json_object_set_new(head, "suite", fpb_suite_to_json(&report->suite));
	failed = failed || json_object_set_new(head, "plan", fpb_plan_to_json(&plan));
	failed = failed || json_object_set(head, "environment", report->environment);
	failed = failed || json_object_set(head, "context", report->context);
	if (!failed)
		return head;
	json_decref(head);
	return NULL;
}

void fpb_journal_content_clear(struct fpb_journal_content *content)
{
	free(content->order.command);
	free(content->order.filter);
	fpb_report_clear(&content->report);
	for (size_t i = 0; i < content->nr_planned; i++)
		free(content->planned[i]);
	free(content->planned);
	memset(content, 0, sizeof(*content));
}

static int parse_order(const struct fpb_json_in *in, struct fpb_journal_order *out)
{
	static const char *const commands[] = { "run", "noise", NULL };
	int ret = fpb_json_choice(in, "command", commands, &out->command);

	ret = ret ? ret : fpb_json_text_or_null(in, "filter", &out->filter);
	return ret ? ret : fpb_json_boolean(in, "allow_hazards", &out->allows_hazards);
}

/* A line's path is the start of every problem with it: "line 3.observation.batches". */
static int parse_head(const json_t *json, const char *where, struct fpb_journal_content *out,
		      struct fpb_problem *problem)
{
	struct fpb_report *report = &out->report;
	char context[FPB_PATH_SIZE];
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : parse_order(&in, &out->order);
	ret = ret ? ret : fpb_head_from_json(json, where, report, problem);
	fpb_json_path(context, where, "context");
	ret = ret ? ret : fpb_context_check(json_object_get(json, "context"), context, problem);
	if (ret)
		return ret;
	report->context = json_incref(json_object_get(json, "context"));
	out->planned = report->plan.entries;
	out->nr_planned = report->plan.nr_entries;
	report->plan.entries = NULL;
	report->plan.nr_entries = 0;
	report->plan.complete = false;
	return 0;
}

static int check_entry(const struct fpb_json_in *in, const struct fpb_journal_content *out)
{
	const size_t done = out->report.plan.nr_entries;
	const json_t *entry = json_object_get(in->json, "entry");
	char path[FPB_PATH_SIZE];

	fpb_json_path(path, in->where, "entry");
	if (!json_is_string(entry))
		return fpb_json_wrong(in->problem, path, entry, "a string");
	if (done >= out->nr_planned)
		return fpb_problem_set(in->problem, EINVAL, path,
				       "'%s': the plan has no more than %zu entries",
				       json_string_value(entry), out->nr_planned);
	if (strcmp(json_string_value(entry), out->planned[done]) != 0)
		return fpb_problem_set(in->problem, EINVAL, path, "expected '%s', read '%s'",
				       out->planned[done], json_string_value(entry));
	return 0;
}

/* `entry` ends in ":SUBSTRATE:NAME"; returns the length of the run's number before that, or 0. */
static size_t match_row(const char *entry, const char *substrate, const char *name)
{
	const size_t tail = strlen(substrate) + strlen(name) + 2;
	const size_t length = strlen(entry);
	char *expected;
	size_t run = 0;

	if (length <= tail || asprintf(&expected, ":%s:%s", substrate, name) < 0)
		return 0;
	if (!strcmp(entry + length - tail, expected))
		run = length - tail;
	free(expected);
	return run;
}

static int wrong_row(const struct fpb_json_in *in, const char *kind, const char *entry)
{
	char path[FPB_PATH_SIZE];

	fpb_json_path(path, in->where, kind);
	return fpb_problem_set(in->problem, EINVAL, path, "is not of the entry '%s'", entry);
}

static int keep_observation(const struct fpb_json_in *in, const char *entry,
			    struct fpb_report *report)
{
	struct fpb_observation obs;
	char path[FPB_PATH_SIZE], run[24];
	size_t length;
	int ret;

	fpb_json_path(path, in->where, "observation");
	ret = fpb_observation_from_json(json_object_get(in->json, "observation"), path, &obs,
					in->problem);
	if (ret)
		return ret;
	length = match_row(entry, obs.substrate, obs.name);
	snprintf(run, sizeof(run), "%u", obs.run);
	if (!length || strlen(run) != length || strncmp(run, entry, length) != 0) {
		fpb_observation_clear(&obs);
		return wrong_row(in, "observation", entry);
	}
	return fpb_report_add_observation(report, &obs) ? fpb_json_no_memory(in) : 0;
}

static int keep_failure(const struct fpb_json_in *in, const char *entry, struct fpb_report *report)
{
	struct fpb_failure failure;
	char path[FPB_PATH_SIZE];
	int ret;

	fpb_json_path(path, in->where, "failure");
	ret = fpb_failure_from_json(json_object_get(in->json, "failure"), path, &failure,
				    in->problem);
	if (ret)
		return ret;
	if (!match_row(entry, failure.substrate, failure.name)) {
		fpb_failure_clear(&failure);
		return wrong_row(in, "failure", entry);
	}
	return fpb_report_add_failure(report, &failure) ? fpb_json_no_memory(in) : 0;
}

static int parse_record(const json_t *json, const char *where, struct fpb_journal_content *out,
			struct fpb_problem *problem)
{
	struct fpb_report_plan *plan = &out->report.plan;
	struct fpb_json_in in;
	const char *entry;
	char **grown;
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : check_entry(&in, out);
	if (ret)
		return ret;
	entry = out->planned[plan->nr_entries];
	if (json_object_get(json, "failure"))
		ret = keep_failure(&in, entry, &out->report);
	else
		ret = keep_observation(&in, entry, &out->report);
	if (ret)
		return ret;
	grown = fpb_grow(plan->entries, plan->nr_entries, sizeof(*grown));
	if (!grown)
		return fpb_json_no_memory(&in);
	plan->entries = grown;
	grown[plan->nr_entries] = strdup(entry);
	if (!grown[plan->nr_entries])
		return fpb_json_no_memory(&in);
	plan->nr_entries++;
	return 0;
}

static int parse_lines(const char *text, size_t length, struct fpb_journal_content *out,
		       struct fpb_problem *problem)
{
	const char *line = text, *const end = text + length;
	size_t number = 1;
	int ret = 0;

	for (; !ret && line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		char where[32];
		json_error_t error;
		json_t *json;

		if (!newline)
			break;
		json = json_loadb(line, (size_t)(newline - line), JSON_REJECT_DUPLICATES, &error);
		snprintf(where, sizeof(where), "line %zu", number);
		if (!json && newline + 1 == end)
			break;
		if (!json)
			return fpb_problem_set(problem, EINVAL, where, "%s", error.text);
		ret = number == 1 ? parse_head(json, where, out, problem)
				  : parse_record(json, where, out, problem);
		json_decref(json);
		line = newline + 1;
	}
	out->whole_bytes = (size_t)(line - text);
	if (!ret && number == 1)
		return fpb_problem_set(problem, ENODATA, "",
				       "its first line is not whole: nothing was measured");
	return ret;
}

int fpb_journal_parse(const char *text, size_t length, struct fpb_journal_content *out,
		      struct fpb_problem *problem)
{
	int ret;

	memset(out, 0, sizeof(*out));
	if (length > FPB_READ_MAX_BYTES)
		return fpb_file_too_long(problem);
	ret = parse_lines(text, length, out, problem);
	if (ret)
		fpb_journal_content_clear(out);
	return ret;
}

int fpb_journal_read(const char *path, struct fpb_journal_content *out, struct fpb_problem *problem)
{
	size_t length;
	char *text;
	int ret = fpb_file_text(path, &text, &length, problem);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : fpb_journal_parse(text, length, out, problem);
	free(text);
	return ret;
}
