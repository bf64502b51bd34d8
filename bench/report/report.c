// SPDX-License-Identifier: MIT
/* report.c - a report in memory: ownership, growth, and the two figures derived from batches. */
#include "bench/report/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/stats/summary.h"

void *fpb_grow(void *array, size_t nr, size_t element_size)
{
	size_t capacity = nr ? 2 * nr : 4;

	if (nr && (nr < 4 || (nr & (nr - 1))))
		return array;
	return reallocarray(array, capacity, element_size);
}

static void free_strings(char **strings, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(strings[i]);
	free(strings);
}

void fpb_observation_clear(struct fpb_observation *obs)
{
	free(obs->name);
	free(obs->substrate);
	free(obs->unit);
	free(obs->batches);
	for (size_t i = 0; i < obs->nr_evidence; i++)
		free(obs->evidence[i].key);
	free(obs->evidence);
	free_strings(obs->flags, obs->nr_flags);
	memset(obs, 0, sizeof(*obs));
}

void fpb_skip_clear(struct fpb_skip *skip)
{
	free(skip->name);
	free(skip->substrate);
	free(skip->reason);
	free(skip->text);
	memset(skip, 0, sizeof(*skip));
}

void fpb_failure_clear(struct fpb_failure *failure)
{
	free(failure->name);
	free(failure->substrate);
	free(failure->error);
	free(failure->where);
	memset(failure, 0, sizeof(*failure));
}

void fpb_derived_clear(struct fpb_derived *derived)
{
	free(derived->name);
	free(derived->unit);
	free_strings(derived->from, derived->nr_from);
	memset(derived, 0, sizeof(*derived));
}

void fpb_suite_clear(struct fpb_suite *suite)
{
	free(suite->version);
	free(suite->commit);
	free(suite->compiler);
	free(suite->flags);
	free(suite->build_type);
	free(suite->payload_sha256);
	memset(suite, 0, sizeof(*suite));
}

static void plan_clear(struct fpb_report_plan *plan)
{
	free(plan->session);
	free(plan->profile);
	free(plan->order);
	free(plan->inject);
	free_strings(plan->entries, plan->nr_entries);
}

void fpb_report_clear(struct fpb_report *report)
{
	json_decref(report->context);
	fpb_suite_clear(&report->suite);
	json_decref(report->environment);
	plan_clear(&report->plan);
	for (size_t i = 0; i < report->nr_observations; i++)
		fpb_observation_clear(&report->observations[i]);
	free(report->observations);
	for (size_t i = 0; i < report->nr_derived; i++)
		fpb_derived_clear(&report->derived[i]);
	free(report->derived);
	for (size_t i = 0; i < report->nr_skips; i++)
		fpb_skip_clear(&report->skips[i]);
	free(report->skips);
	for (size_t i = 0; i < report->nr_failures; i++)
		fpb_failure_clear(&report->failures[i]);
	free(report->failures);
	for (size_t i = 0; i < report->nr_noise_floor; i++)
		free(report->noise_floor[i].row);
	free(report->noise_floor);
	memset(report, 0, sizeof(*report));
}

int fpb_report_add_observation(struct fpb_report *report, struct fpb_observation *record)
{
	struct fpb_observation *array =
		fpb_grow(report->observations, report->nr_observations, sizeof(*array));

	if (!array) {
		fpb_observation_clear(record);
		return -ENOMEM;
	}
	report->observations = array;
	array[report->nr_observations++] = *record;
	memset(record, 0, sizeof(*record));
	return 0;
}

int fpb_report_add_skip(struct fpb_report *report, struct fpb_skip *record)
{
	struct fpb_skip *array = fpb_grow(report->skips, report->nr_skips, sizeof(*array));

	if (!array) {
		fpb_skip_clear(record);
		return -ENOMEM;
	}
	report->skips = array;
	array[report->nr_skips++] = *record;
	memset(record, 0, sizeof(*record));
	return 0;
}

int fpb_report_add_failure(struct fpb_report *report, struct fpb_failure *record)
{
	struct fpb_failure *array = fpb_grow(report->failures, report->nr_failures, sizeof(*array));

	if (!array) {
		fpb_failure_clear(record);
		return -ENOMEM;
	}
	report->failures = array;
	array[report->nr_failures++] = *record;
	memset(record, 0, sizeof(*record));
	return 0;
}

int fpb_report_add_derived(struct fpb_report *report, struct fpb_derived *record)
{
	struct fpb_derived *array = fpb_grow(report->derived, report->nr_derived, sizeof(*array));

	if (!array) {
		fpb_derived_clear(record);
		return -ENOMEM;
	}
	report->derived = array;
	array[report->nr_derived++] = *record;
	memset(record, 0, sizeof(*record));
	return 0;
}

int fpb_report_add_noise_floor(struct fpb_report *report, const char *row, double fraction)
{
	struct fpb_noise_floor *array =
		fpb_grow(report->noise_floor, report->nr_noise_floor, sizeof(*array));
	char *copy;

	if (!array)
		return -ENOMEM;
	report->noise_floor = array;
	copy = strdup(row);
	if (!copy)
		return -ENOMEM;
	array[report->nr_noise_floor++] =
		(struct fpb_noise_floor){ .row = copy, .fraction = fraction };
	return 0;
}

int fpb_report_add_entry(struct fpb_report *report, unsigned run, const char *substrate,
			 const char *name)
{
	struct fpb_report_plan *plan = &report->plan;
	char **array = fpb_grow(plan->entries, plan->nr_entries, sizeof(*array));

	if (!array)
		return -ENOMEM;
	plan->entries = array;
	if (asprintf(&array[plan->nr_entries], "%u:%s:%s", run, substrate, name) < 0)
		return -ENOMEM;
	plan->nr_entries++;
	return 0;
}

int fpb_observation_add_evidence(struct fpb_observation *obs, const char *key, json_int_t value)
{
	/* Small, and callers may have built it themselves: grown by one, with no rule to obey. */
	struct fpb_evidence *array =
		reallocarray(obs->evidence, obs->nr_evidence + 1, sizeof(*array));
	char *copy;

	if (!array)
		return -ENOMEM;
	obs->evidence = array;
	copy = strdup(key);
	if (!copy)
		return -ENOMEM;
	array[obs->nr_evidence++] = (struct fpb_evidence){ .key = copy, .value = value };
	return 0;
}

int fpb_observation_add_flag(struct fpb_observation *obs, const char *flag)
{
	char **array;

	for (size_t i = 0; i < obs->nr_flags; i++) {
		if (!strcmp(obs->flags[i], flag))
			return 0;
	}
	array = reallocarray(obs->flags, obs->nr_flags + 1, sizeof(*array));
	if (!array)
		return -ENOMEM;
	obs->flags = array;
	array[obs->nr_flags] = strdup(flag);
	if (!array[obs->nr_flags])
		return -ENOMEM;
	obs->nr_flags++;
	return 0;
}

double fpb_observation_cost(const struct fpb_observation *obs, size_t k)
{
	return obs->batches[k] / obs->iterations_per_batch - obs->overhead;
}

double fpb_observation_value(const struct fpb_observation *obs)
{
	/* The cost rises with the batch, so the median batch gives the median cost. */
	return fpb_median(obs->batches, obs->nr_batches) / obs->iterations_per_batch -
	       obs->overhead;
}
