// SPDX-License-Identifier: MIT
/* merge.c - parts of one plan, measured apart, become one report. */
#include "bench/report/merge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/debate.h"
#include "bench/report/merge_index.h"
#include "bench/report/noise.h"

struct merge {
	struct fpb_report *into, *part;
	struct fpb_problem *problem;
	struct fpb_merge_index before; /* into as it was */
	struct fpb_merge_index now;    /* into as it becomes */
	struct fpb_merge_index added;  /* part, under its own run numbers */
	bool is_same_session;
	unsigned offset; /* added to the part's run numbers */
};

static int no_memory(const struct merge *m)
{
	return fpb_problem_set(m->problem, ENOMEM, "", "out of memory");
}

/* The first part gives what a report says once. Its records follow like those of any other. */
static void take_head(struct merge *m)
{
	struct fpb_report_plan *plan = &m->part->plan;

	m->into->context = json_incref(m->part->context);
	m->into->environment = json_incref(m->part->environment);
	m->into->suite = m->part->suite;
	memset(&m->part->suite, 0, sizeof(m->part->suite));
	m->into->plan = *plan;
	m->into->plan.entries = NULL;
	m->into->plan.nr_entries = 0;
	plan->session = plan->profile = plan->order = plan->inject = NULL;
}

static int check_plans(const struct merge *m)
{
	const struct fpb_report_plan *a = &m->into->plan, *b = &m->part->plan;

	if (strcmp(a->profile, b->profile) != 0)
		return fpb_problem_set(m->problem, EXDEV, "fpstate_bench.plan.profile",
				       "expected '%s' as in the others, read '%s'", a->profile,
				       b->profile);
	if (strcmp(a->order, b->order) != 0)
		return fpb_problem_set(m->problem, EXDEV, "fpstate_bench.plan.order",
				       "expected '%s' as in the others, read '%s'", a->order,
				       b->order);
	/* Runs of an ABBA session are pairs with those of another report: no number may change. */
	if (!strcmp(a->order, "abba") && !m->is_same_session)
		return fpb_problem_set(m->problem, EXDEV, "fpstate_bench.plan.session",
				       "expected %s: parts in ABBA order must be of one session",
				       a->session);
	return 0;
}

/* The plan's number, or more where the observations know better: readers do not cross-check. */
static unsigned nr_runs(const struct fpb_report *report)
{
	unsigned nr = report->plan.runs;

	for (size_t i = 0; i < report->nr_observations; i++) {
		if (report->observations[i].run >= nr)
			nr = report->observations[i].run + 1;
	}
	return nr;
}

static int choose_numbers(struct merge *m)
{
	struct fpb_report_plan *plan = &m->into->plan;
	const unsigned nr = nr_runs(m->part);

	if (!m->is_same_session && fpb_merge_index_overlap(&m->before, &m->added))
		m->offset = plan->runs;
	if (nr > INT_MAX - m->offset)
		return fpb_problem_set(m->problem, ERANGE, "fpstate_bench.plan.runs",
				       "%u runs after %u others are too many", nr, m->offset);
	if (m->offset + nr > plan->runs)
		plan->runs = m->offset + nr;
	return 0;
}

static int wrong_entry(const struct merge *m, const char *entry)
{
	return fpb_problem_set(m->problem, EINVAL, "fpstate_bench.plan.entries",
			       "expected RUN:SUBSTRATE:NAME, read '%s'", entry);
}

static int merge_entry(struct merge *m, const char *entry)
{
	const json_t *before, *part = json_object_get(m->added.entries, entry);
	char *end, *name;
	const unsigned long run = strtoul(entry, &end, 10);
	const size_t substrate_length = *end == ':' ? strcspn(end + 1, ":") : 0;
	int ret = 0;

	if (end == entry || run > INT_MAX - m->offset || !substrate_length ||
	    end[1 + substrate_length] != ':')
		return wrong_entry(m, entry);
	if (asprintf(&name, "%lu%s", run + m->offset, end) < 0)
		return no_memory(m);
	before = json_object_get(m->before.entries, name);
	if (before && before != part)
		ret = fpb_problem_set(m->problem, EXDEV, "",
				      "%s: failed in one part and was measured in another", name);
	else if (!before) {
		end = name + strcspn(name, ":") + 1;
		end[substrate_length] = '\0';
		ret = fpb_report_add_entry(m->into, (unsigned)run + m->offset, end,
					   end + substrate_length + 1)
			      ? no_memory(m)
			      : 0;
	}
	free(name);
	return ret;
}

static int merge_entries(struct merge *m)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < m->part->plan.nr_entries; i++)
		ret = merge_entry(m, m->part->plan.entries[i]);
	return ret;
}

static bool is_same(const struct fpb_observation *a, const struct fpb_observation *b)
{
	json_t *x = fpb_observation_to_json(a, true), *y = fpb_observation_to_json(b, true);
	const bool same = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return same;
}

/* Nothing is left of *obs. */
static int merge_observation(struct merge *m, struct fpb_observation *obs)
{
	struct fpb_report *into = m->into;
	const json_t *position;
	char *key;
	int ret = 0;

	obs->run += m->offset;
	key = fpb_merge_observation_key(obs);
	if (!key)
		return no_memory(m);
	position = json_object_get(m->now.observations, key);
	free(key);
	if (!position) {
		ret = fpb_merge_index_add(&m->now, obs, into->nr_observations);
		ret = ret ? ret : fpb_report_add_observation(into, obs);
		return ret ? no_memory(m) : 0;
	}
	if (!is_same(&into->observations[json_integer_value(position)], obs))
		ret = fpb_problem_set(m->problem, EXDEV, "",
				      "%s@%s, run %u: two parts hold different measurements of it",
				      obs->name, obs->substrate, obs->run);
	fpb_observation_clear(obs);
	return ret;
}

static bool has_failure(const struct fpb_report *report, size_t nr,
			const struct fpb_failure *failure)
{
	for (size_t i = 0; i < nr; i++) {
		const struct fpb_failure *other = &report->failures[i];

		if (!strcmp(other->name, failure->name) &&
		    !strcmp(other->substrate, failure->substrate) &&
		    !strcmp(other->error, failure->error) && !strcmp(other->where, failure->where))
			return true;
	}
	return false;
}

static int merge_failures(struct merge *m)
{
	const size_t nr_before = m->into->nr_failures;
	int ret = 0;

	for (size_t i = 0; !ret && i < m->part->nr_failures; i++) {
		struct fpb_failure *failure = &m->part->failures[i];

		if (!m->is_same_session || !has_failure(m->into, nr_before, failure))
			ret = fpb_report_add_failure(m->into, failure);
	}
	return ret ? no_memory(m) : 0;
}

/* 1, 0 or -ENOMEM. */
static int was_carried_out(const struct merge *m, const struct fpb_skip *skip)
{
	char *key = fpb_merge_row_key(skip->name, skip->substrate);
	int ret;

	if (!key)
		return -ENOMEM;
	ret = fpb_merge_row_count(&m->before, key) >= 0 || fpb_merge_row_count(&m->added, key) >= 0;
	free(key);
	return ret;
}

/* What another user, another option or another installation changes on one machine. */
static bool is_of_the_part(const char *reason)
{
	static const char *const reasons[] = { "no-kvm",      "no-permission", "no-pmu",
					       "no-emulator", "hazard",	       "profile" };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (!strcmp(reasons[i], reason))
			return true;
	}
	return false;
}

/* Takes one skip into the kept ones, unless the row is there or was carried out after all. */
static int merge_skip(struct merge *m, json_t *known, struct fpb_skip *skip)
{
	int ret = was_carried_out(m, skip);
	char *key;

	if (ret < 0)
		return no_memory(m);
	if (ret && !is_of_the_part(skip->reason))
		return fpb_problem_set(m->problem, EXDEV, "",
				       "%s@%s: carried out in one part, skipped in another as %s "
				       "(%s): not the same machine",
				       skip->name, skip->substrate, skip->reason, skip->text);
	if (ret)
		return 0;
	key = fpb_merge_row_key(skip->name, skip->substrate);
	if (!key)
		return no_memory(m);
	if (!json_object_get(known, key)) {
		ret = json_object_set_new_nocheck(known, key, json_true());
		ret = ret ? ret : fpb_report_add_skip(m->into, skip);
	}
	free(key);
	return ret ? no_memory(m) : 0;
}

static int merge_skips(struct merge *m)
{
	struct fpb_report old = { .skips = m->into->skips, .nr_skips = m->into->nr_skips };
	json_t *known = json_object();
	int ret = known ? 0 : no_memory(m);

	/* All over again: the part may have carried out what was a skip so far. */
	m->into->skips = NULL;
	m->into->nr_skips = 0;
	for (size_t i = 0; !ret && i < old.nr_skips; i++)
		ret = merge_skip(m, known, &old.skips[i]);
	for (size_t i = 0; !ret && i < m->part->nr_skips; i++)
		ret = merge_skip(m, known, &m->part->skips[i]);
	fpb_report_clear(&old);
	json_decref(known);
	return ret;
}

static bool still_follows(const struct merge *m, const struct fpb_merge_index *from,
			  const struct fpb_derived *derived)
{
	for (size_t i = 0; i < derived->nr_from; i++) {
		if (fpb_merge_row_count(from, derived->from[i]) !=
		    fpb_merge_row_count(&m->now, derived->from[i]))
			return false;
	}
	return true;
}

static bool has_derived(const struct fpb_report *report, const struct fpb_derived *derived)
{
	for (size_t i = 0; i < report->nr_derived; i++) {
		if (!strcmp(report->derived[i].name, derived->name))
			return true;
	}
	return false;
}

static int merge_derived(struct merge *m)
{
	struct fpb_report old = { .derived = m->into->derived, .nr_derived = m->into->nr_derived };
	int ret = 0;

	m->into->derived = NULL;
	m->into->nr_derived = 0;
	for (size_t i = 0; !ret && i < old.nr_derived; i++) {
		if (still_follows(m, &m->before, &old.derived[i]))
			ret = fpb_report_add_derived(m->into, &old.derived[i]);
	}
	for (size_t i = 0; !ret && i < m->part->nr_derived; i++) {
		struct fpb_derived *derived = &m->part->derived[i];

		if (still_follows(m, &m->added, derived) && !has_derived(m->into, derived))
			ret = fpb_report_add_derived(m->into, derived);
	}
	fpb_report_clear(&old);
	return ret ? no_memory(m) : 0;
}

/* The floor that a part gives a row, the greater one if two do. */
static int note_floors(const struct fpb_report *report, json_t *floors)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < report->nr_noise_floor; i++) {
		const struct fpb_noise_floor *floor = &report->noise_floor[i];
		const json_t *other = json_object_get(floors, floor->row);

		if (!other || json_real_value(other) < floor->fraction)
			ret = json_object_set_new_nocheck(floors, floor->row,
							  json_real(floor->fraction));
	}
	return ret ? -ENOMEM : 0;
}

/* What its runs give now replaces what the parts said, where the row has a floor in any. */
static int renew_floors(const struct fpb_report *renewed, json_t *floors)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < renewed->nr_noise_floor; i++) {
		const struct fpb_noise_floor *floor = &renewed->noise_floor[i];

		if (json_object_get(floors, floor->row))
			ret = json_object_set_new_nocheck(floors, floor->row,
							  json_real(floor->fraction));
	}
	return ret ? -ENOMEM : 0;
}

static int merge_floors(struct merge *m)
{
	json_t *floors = json_object(), *fraction;
	const char *row;
	int ret = floors ? note_floors(m->into, floors) : -ENOMEM;

	ret = ret ? ret : note_floors(m->part, floors);
	if (!ret && json_object_size(floors)) {
		ret = fpb_noise_fill(m->into);
		ret = ret ? ret : renew_floors(m->into, floors);
		fpb_noise_drop(m->into);
	}
	json_object_foreach(floors, row, fraction) {
		if (!ret)
			ret = fpb_report_add_noise_floor(m->into, row, json_real_value(fraction));
	}
	json_decref(floors);
	return ret ? no_memory(m) : 0;
}

static int merge_records(struct merge *m)
{
	int ret = choose_numbers(m);

	ret = ret ? ret : merge_entries(m);
	for (size_t i = 0; !ret && i < m->part->nr_observations; i++)
		ret = merge_observation(m, &m->part->observations[i]);
	ret = ret ? ret : merge_failures(m);
	ret = ret ? ret : merge_skips(m);
	ret = ret ? ret : merge_derived(m);
	if (!ret && fpb_debate_derive(m->into))
		ret = no_memory(m);
	return ret ? ret : merge_floors(m);
}

int fpb_report_merge(struct fpb_report *into, struct fpb_report *part, struct fpb_problem *problem)
{
	struct merge m = { .into = into, .part = part, .problem = problem };
	const bool is_first = !into->environment;
	int ret = 0;

	m.is_same_session = is_first || !strcmp(into->plan.session, part->plan.session);
	if (is_first)
		take_head(&m);
	else
		ret = check_plans(&m);
	into->plan.complete = into->plan.complete && part->plan.complete;
	if (!ret && (fpb_merge_index_make(into, &m.before) || fpb_merge_index_make(into, &m.now) ||
		     fpb_merge_index_make(part, &m.added)))
		ret = no_memory(&m);
	ret = ret ? ret : merge_records(&m);
	fpb_merge_index_clear(&m.before);
	fpb_merge_index_clear(&m.now);
	fpb_merge_index_clear(&m.added);
	fpb_report_clear(part);
	return ret;
}
