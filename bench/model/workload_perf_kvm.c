// SPDX-License-Identifier: MIT
/* workload_perf_kvm.c - text of `perf kvm stat` -> a workload. */
#include "bench/model/workload_perf_kvm.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/model/exit_reasons.h"
#include "bench/model/perf_line.h"

#define NR_UNKNOWN_KEPT 4
#define SECONDS_A_DAY	86400.0

/* One table: that of a report, or a snapshot of `live`. */
struct table {
	bool has_clock;
	double clock; /* of its end, seconds of the day */
	bool is_seen; /* a heading stood over it */
	bool needs_total, has_total;
	uint64_t nr; /* in its rows */
	struct fpb_exit_counts counts;
};

struct reading {
	unsigned line;
	struct table table;	       /* the one being read */
	struct fpb_exit_counts counts; /* of the tables that count */
	uint64_t nr;
	unsigned nr_tables;
	bool has_clocks;
	double first_clock, last_clock, days;
	uint64_t nr_lost;
	unsigned nr_cut; /* tables whose total is missing */
	bool has_known_name;
	unsigned nr_vcpu; /* tables that are of one vCPU */
	unsigned nr_unknown;
	char unknown[NR_UNKNOWN_KEPT][40];
	struct fpb_problem *problem;
};

static const char report_heading[] = "Analyze events for";
static const char browser_heading[] = "Event name";

bool fpb_is_perf_kvm(const char *text, size_t length)
{
	return memmem(text, length, report_heading, strlen(report_heading)) ||
	       (memmem(text, length, browser_heading, strlen(browser_heading)) &&
		memmem(text, length, "Sample%", strlen("Sample%")));
}

static int __attribute__((format(printf, 2, 3))) wrong(struct reading *r, const char *fmt, ...)
{
	char where[32], text[FPB_PROBLEM_TEXT];
	va_list args;

	snprintf(where, sizeof(where), "line %u", r->line);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return fpb_problem_set(r->problem, EINVAL, where, "%s", text);
}

static int read_count(struct reading *r, const char *word, uint64_t *count)
{
	errno = 0;
	*count = strtoull(word, NULL, 10);
	/* Exact as a double, and far beyond what a machine can do. */
	if (errno || *count > (uint64_t)1 << 53)
		return wrong(r, "a count of %.40s is more than any machine can have", word);
	return 0;
}

static void add_counts(struct fpb_exit_counts *to, const struct fpb_exit_counts *from)
{
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		to->of[i] += from->of[i];
}

/*
 * The table is over. Counts of the first snapshot are since perf was started, which nobody stamped:
 * with a second one it only marks the beginning.
 */
static void close_table(struct reading *r)
{
	const struct table *t = &r->table;

	if (t->is_seen) {
		if (r->nr_tables == 1 && r->has_clocks && t->has_clock) {
			r->counts = (struct fpb_exit_counts){ 0 };
			r->nr = 0;
		}
		if (t->has_clock && r->nr_tables && t->clock < r->last_clock)
			r->days += SECONDS_A_DAY;
		if (t->has_clock && !r->nr_tables)
			r->first_clock = t->clock;
		r->has_clocks = t->has_clock && (r->has_clocks || !r->nr_tables);
		r->last_clock = t->clock;
		r->nr_tables++;
		r->nr_cut += t->needs_total && !t->has_total;
		r->nr += t->nr;
		add_counts(&r->counts, &t->counts);
	}
	r->table = (struct table){ 0 };
}

static void keep_unknown(struct reading *r, const char *name)
{
	for (unsigned i = 0; i < r->nr_unknown && i < NR_UNKNOWN_KEPT; i++) {
		if (!strncmp(r->unknown[i], name, sizeof(r->unknown[i]) - 1))
			return;
	}
	if (r->nr_unknown < NR_UNKNOWN_KEPT)
		snprintf(r->unknown[r->nr_unknown], sizeof(r->unknown[0]), "%.39s", name);
	r->nr_unknown++;
}

/* NAME COUNT PERCENT% .., where the name may be of several words. */
static int read_row(struct reading *r, const struct fpb_perf_line *line, unsigned count_at)
{
	char name[FPB_PERF_LINE] = "";
	enum fpb_exit_kind kind;
	uint64_t count;
	int ret = read_count(r, line->word[count_at], &count);

	for (unsigned i = 0; i < count_at; i++) {
		const size_t used = strlen(name);

		snprintf(name + used, sizeof(name) - used, "%s%s", i ? " " : "", line->word[i]);
	}
	kind = fpb_exit_reason_kind(name);
	if (kind == FPB_NR_EXIT_KINDS) {
		keep_unknown(r, name);
		kind = FPB_EXIT_OTHER;
	} else {
		r->has_known_name = true;
	}
	if (ret)
		return ret;
	r->table.counts.of[kind] += (double)count;
	if (__builtin_add_overflow(r->table.nr, count, &r->table.nr))
		return wrong(r, "counts add up to more than any machine can have");
	return 0;
}

/* "Samples:123," */
static int read_total(struct reading *r, const char *word)
{
	char digits[32] = "";
	uint64_t total;
	int ret;

	if (sscanf(word, "Samples:%31[0-9],", digits) != 1)
		return wrong(r, "expected Total Samples:NUMBER, read %.60s", word);
	ret = read_count(r, digits, &total);
	if (!ret && total != r->table.nr)
		return wrong(r,
			     "Total Samples is %s, which is not the sum of the rows: is part of "
			     "the text missing?",
			     digits);
	r->table.has_total = !ret;
	return ret;
}

static int read_heading(struct reading *r, const struct fpb_perf_line *line)
{
	const bool is_event = fpb_perf_starts(line, (const char *const[]){ "Event", "name", NULL });

	if (!is_event && strcmp(line->word[0], "VM-EXIT") != 0)
		return wrong(r,
			     "the table is of '%.40s', expected VM-EXIT: perf kvm stat report "
			     "--event=vmexit",
			     line->word[0]);
	/* The browser's table has nothing above its heading. */
	if (is_event) {
		close_table(r);
		r->table.is_seen = true;
	}
	return 0;
}

/* "Analyze events for all VMs, all VCPUs:" */
static void begin_table(struct reading *r, const struct fpb_perf_line *line)
{
	/* One not yet begun may have its clock already. */
	if (r->table.is_seen)
		close_table(r);
	/* What is printed under this heading ends with the total; the browser's has neither. */
	r->table.is_seen = r->table.needs_total = true;
	if (line->nr >= 2 && !strcmp(line->word[line->nr - 2], "VCPU"))
		r->nr_vcpu++;
}

static int read_line(struct reading *r, const struct fpb_perf_line *line)
{
	double clock;

	if (!line->nr)
		return 0;
	if (line->nr == 1 && fpb_perf_is_clock(line->word[0], &clock)) {
		close_table(r);
		r->table.has_clock = true;
		r->table.clock = clock;
		return 0;
	}
	if (fpb_perf_starts(line, (const char *const[]){ "Analyze", "events", "for", NULL })) {
		begin_table(r, line);
		return 0;
	}
	if (fpb_perf_has_word(line, "Samples%") || fpb_perf_has_word(line, "Sample%"))
		return read_heading(r, line);
	if (!r->table.is_seen)
		return 0;
	if (line->nr >= 2 && !strcmp(line->word[0], "Total"))
		return read_total(r, line->word[1]);
	if (line->nr == 3 &&
	    fpb_perf_starts(line, (const char *const[]){ "Lost", "events:", NULL }) &&
	    fpb_perf_is_count(line->word[2]))
		return read_count(r, line->word[2], &r->nr_lost);
	for (unsigned i = 1; i + 1 < line->nr; i++) {
		if (fpb_perf_is_count(line->word[i]) && fpb_perf_is_percentage(line->word[i + 1]))
			return read_row(r, line, i);
	}
	/* Messages of perf: "unknown kvm exit code:131072 on VMX". */
	return 0;
}

static int read_tables(struct reading *r, const char *text, size_t length)
{
	struct fpb_perf_line line;
	int ret = 0;

	for (size_t at = 0, next; at < length && !ret; at = next) {
		const char *end = memchr(text + at, '\n', length - at);
		const size_t bytes = end ? (size_t)(end - text) - at : length - at;

		next = at + bytes + 1;
		r->line++;
		fpb_perf_split(text + at, bytes, &line);
		ret = read_line(r, &line);
	}
	close_table(r);
	return ret;
}

/* How long the counts took; from their own clocks, or as told. */
static int find_seconds(const struct reading *r, double told, double *seconds)
{
	const bool is_clocked = r->has_clocks && r->nr_tables > 1;

	if (is_clocked && told > 0)
		return fpb_problem_set(r->problem, EINVAL, "--seconds",
				       "the text has the times of its %u tables itself: leave the "
				       "option out",
				       r->nr_tables);
	if (is_clocked) {
		*seconds = r->last_clock + r->days - r->first_clock;
		if (*seconds > 0)
			return 0;
		return fpb_problem_set(r->problem, EINVAL, "",
				       "its tables are all of one moment: no time went by");
	}
	if (r->nr_tables > 1)
		return fpb_problem_set(r->problem, EINVAL, "",
				       "%u reports in one text, expected one: their times are not "
				       "the same",
				       r->nr_tables);
	if (!(told > 0) || !isfinite(told))
		return fpb_problem_set(r->problem, EINVAL, "--seconds",
				       "missing: perf's report does not say how long was recorded "
				       "(its 'events handled time' is spent on exits alone, on all "
				       "CPUs together)");
	*seconds = told;
	return 0;
}

static int check(const struct reading *r)
{
	if (!r->nr_tables)
		return fpb_problem_set(r->problem, EINVAL, "",
				       "no table of perf kvm stat in it: expected 'Analyze events "
				       "for ..' or 'Event name .. Sample%% ..'");
	if (r->nr_cut)
		return fpb_problem_set(
			r->problem, EINVAL, "",
			"%u of %u tables without their Total Samples: is part of the "
			"text missing?",
			r->nr_cut, r->nr_tables);
	if (!r->nr)
		return fpb_problem_set(r->problem, EINVAL, "", "no VM exit was recorded%s",
				       r->has_clocks && r->nr_tables > 1 ? " after the first table"
									 : "");
	if (!r->has_known_name)
		return fpb_problem_set(r->problem, EINVAL, "",
				       "none of its events is an exit reason of VMX or SVM (the "
				       "first is '%s'): expected a report of --event=vmexit of an "
				       "x86 machine",
				       r->unknown[0]);
	return 0;
}

static void write_note(const struct reading *r, struct fpb_import_note *note)
{
	*note = (struct fpb_import_note){ 0 };
	fpb_import_note_add(note,
			    "perf counts exits and nothing else: vcpus, fastpath_share, user_exits "
			    "and all that a guest does without an exit are left at their initial "
			    "values, and it is taken for one that does not know XFD.");
	if (r->nr_unknown)
		fpb_import_note_add(note, "Counted as other, being unknown here: %s%s.",
				    r->unknown[0], r->nr_unknown > 1 ? " and more" : "");
	if (r->nr_vcpu)
		fpb_import_note_add(note, "The report is of one vCPU.");
	if (r->nr_lost)
		fpb_import_note_add(note, "perf lost events: the rates are too low.");
}

int fpb_workload_from_perf_kvm(const char *text, size_t length, double seconds, const char *source,
			       struct fpb_workload *workload, struct fpb_import_note *note,
			       struct fpb_problem *problem)
{
	struct reading r = { .problem = problem };
	int ret = read_tables(&r, text, length);

	ret = ret ? ret : check(&r);
	ret = ret ? ret : find_seconds(&r, seconds, &seconds);
	if (ret)
		return ret;
	fpb_workload_init(workload, "perf", source);
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		workload->exits[i] = r.counts.of[i] / seconds;
	write_note(&r, note);
	return fpb_workload_check(workload, problem);
}
