/* SPDX-License-Identifier: MIT */
/*
 * journal_json.h - the journal of an unfinished run: its first line, and what resuming takes from
 * all of it. The file itself is bench/core/journal.h's.
 *
 * One JSON object a line. The first: {"command", "filter", "allow_hazards", "suite", "plan",
 * "environment", "context"}, where plan.entries are all entries in the order planned. Then one for
 * each finished entry, in that order: {"entry", "observation"} or {"entry", "failure"}.
 */
#ifndef BENCH_REPORT_JOURNAL_JSON_H
#define BENCH_REPORT_JOURNAL_JSON_H

#include "bench/report/report.h"

/* What was asked for beyond what a report says of itself. */
struct fpb_journal_order {
	char *command; /* "run" or "noise" */
	char *filter;  /* NULL: all rows */
	bool allows_hazards;
};

struct fpb_journal_content {
	struct fpb_journal_order order;
	/* suite, environment, context and plan of the first line; entries, observations and
	 * failures are those that were finished */
	struct fpb_report report;
	char **planned; /* all entries, "run:substrate:name" */
	size_t nr_planned;
	size_t whole_bytes; /* what follows is a torn line, to be cut off */
};

/* The first line: `report` is one with nothing measured yet. New reference, NULL without memory. */
json_t *fpb_journal_head_to_json(const struct fpb_journal_order *order,
				 const struct fpb_report *report, char *const *planned,
				 size_t nr_planned);

/*
 * Strict as report_read.h is, with one exception: a last line without its newline, or one that is
 * not JSON, was being written when the machine or the process stopped, and is left out. 0,
 * -ENODATA (not even the first line is whole), -EINVAL (malformed; the problem says which line),
 * -EFBIG, -ENOMEM, or -errno of open/read. *out is overwritten, and left empty on failure.
 */
int fpb_journal_parse(const char *text, size_t length, struct fpb_journal_content *out,
		      struct fpb_problem *problem) __attribute__((warn_unused_result));
int fpb_journal_read(const char *path, struct fpb_journal_content *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
void fpb_journal_content_clear(struct fpb_journal_content *content);

#endif
