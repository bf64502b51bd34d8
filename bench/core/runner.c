// SPDX-License-Identifier: MIT
#include "bench/core/runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/worker.h"

/* A machine on which processes keep dying is not fit to measure on. */
#define MAX_WORKER_DEATHS 10
#define STOPPED		  1 /* before the entry began, by an interruption */

static int journal_entry(const struct fpb_runner *r, const struct fpb_entry *entry,
			 const struct fpb_observation *obs, const struct fpb_failure *failure,
			 struct fpb_err *err)
{
	char id[FPB_ID_BYTES + 16];
	json_t *record = failure->name ? fpb_failure_to_json(failure)
				       : fpb_observation_to_json(obs, true);

	snprintf(id, sizeof(id), "%u:%s:%s", entry->run, fpb_substrate_name(entry->row->substrate),
		 entry->row->name);
	return fpb_journal_append(r->journal,
				  json_pack("{s:s,s:o}", "entry", id,
					    failure->name ? "failure" : "observation", record),
				  err);
}

static int death_to_failure(const struct fpb_row *row, const struct fpb_err *death,
			    struct fpb_failure *failure)
{
	char text[sizeof(death->text) + 128];

	fpb_err_describe(death, text, sizeof(text));
	failure->name = strdup(row->name);
	failure->substrate = strdup(fpb_substrate_name(row->substrate));
	failure->error = strdup(text);
	failure->where = strdup("bench/core/worker_client.c");
	return failure->name && failure->substrate && failure->error && failure->where ? 0
										       : -ENOMEM;
}

static int keep(struct fpb_report *report, const struct fpb_entry *entry,
		struct fpb_observation *obs, struct fpb_failure *failure)
{
	int ret = fpb_report_add_entry(report, entry->run,
				       fpb_substrate_name(entry->row->substrate), entry->row->name);

	if (ret) {
		fpb_observation_clear(obs);
		fpb_failure_clear(failure);
		return ret;
	}
	return failure->name ? fpb_report_add_failure(report, failure)
			     : fpb_report_add_observation(report, obs);
}

/* Whether the processes that began the entry's run are gone with an earlier program. */
static bool is_of_split_run(const struct fpb_runner *r, const struct fpb_entry *entry)
{
	return r->nr_done > 0 && entry->run == r->plan->entry[r->nr_done - 1].run;
}

/* *child is stopped when it failed; the entry is kept as a failure then. */
static int carry_out(const struct fpb_runner *r, const struct fpb_entry *entry,
		     struct fpb_child *child, struct fpb_report *report, struct fpb_err *err)
{
	const struct fpb_measure_request request = {
		.row = entry->row,
		.twin = entry->twin,
		.run = entry->run,
		.nr_batches = r->nr_batches,
		.inject = r->inject,
	};
	struct fpb_observation obs;
	struct fpb_failure failure;
	struct fpb_err death = { 0 };
	int ret = 0;

	if (fpb_worker_measure(child, &request, &obs, &failure, &death)) {
		fpb_child_stop(child, NULL, 0);
		fpb_observation_clear(&obs);
		fpb_failure_clear(&failure);
		ret = death_to_failure(entry->row, &death, &failure);
	}
	if (!ret && !failure.name && is_of_split_run(r, entry))
		ret = fpb_observation_add_flag(&obs, "resumed");
	if (!ret)
		ret = journal_entry(r, entry, &obs, &failure, err);
	if (ret) {
		fpb_observation_clear(&obs);
		fpb_failure_clear(&failure);
		return ret;
	}
	ret = keep(report, entry, &obs, &failure);
	return ret ? FPB_FAIL(err, ret, "report in memory") : 0;
}

/* The processes of the run in progress: permission for dynamic features is the process's. */
struct crew {
	struct fpb_child child[NR_XSTATE_PERMISSIONS];
	unsigned int nr_deaths; /* in a row */
};

static void dismiss(struct crew *crew)
{
	for (unsigned int i = 0; i < NR_XSTATE_PERMISSIONS; i++)
		fpb_child_stop(&crew->child[i], NULL, 0);
}

static int carry_out_by_crew(const struct fpb_runner *r, const struct fpb_entry *entry,
			     struct crew *crew, struct fpb_report *report, struct fpb_err *err)
{
	const struct fpb_worker_config config = {
		.cpu = r->cpu,
		.tsc_khz = r->tsc_khz,
		.permission = fpb_row_permission(entry->row, r->caps),
		.allows_hazards = r->allows_hazards,
		.calm = r->calm,
		.wait_ms = r->wait_ms,
		.caps = r->caps,
		.is_interrupted = r->is_interrupted,
	};
	struct fpb_child *child = &crew->child[config.permission];
	int ret = child->pid ? 0 : fpb_worker_start(child, &config, err);

	if (ret == -EINTR)
		return STOPPED;
	if (!ret)
		ret = carry_out(r, entry, child, report, err);
	if (child->pid)
		crew->nr_deaths = 0;
	if (!ret && !child->pid && ++crew->nr_deaths > MAX_WORKER_DEATHS)
		ret = FPB_FAIL(
			err, -ECHILD,
			"%u measuring processes died in a row; the first failure of the report says how",
			crew->nr_deaths);
	return ret;
}

int fpb_runner_run(const struct fpb_runner *r, struct fpb_report *report, struct fpb_err *err)
{
	struct crew crew = { 0 };
	size_t done = r->nr_done;
	int ret = 0;

	/* Time left is estimated by what this program measures. */
	fpb_progress_start(r->progress, r->progress->style, r->plan->nr - r->nr_done);
	for (; !ret && done < r->plan->nr && !*r->is_interrupted; done++) {
		const struct fpb_entry *entry = &r->plan->entry[done];

		/* A run is made of fresh processes; so is what comes after a death. */
		if (done > 0 && entry->run != entry[-1].run)
			dismiss(&crew);
		fpb_progress_show(r->progress, done - r->nr_done, entry->row->id);
		ret = carry_out_by_crew(r, entry, &crew, report, err);
		if (ret == STOPPED) {
			ret = 0;
			break;
		}
	}
	fpb_progress_end(r->progress);
	dismiss(&crew);
	report->plan.complete = !ret && done == r->plan->nr;
	return ret;
}
