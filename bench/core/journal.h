/* SPDX-License-Identifier: MIT */
/*
 * journal.h - what a run has finished so far, safe on disk: <report>.journal.
 *
 * One JSON object a line, each fsynced: first {"plan", "environment"}, then an {"entry"} with its
 * "observation" or "failure" per finished entry. Removed when the report is complete.
 */
#ifndef BENCH_CORE_JOURNAL_H
#define BENCH_CORE_JOURNAL_H

#include <jansson.h>

#include "host/err.h"

struct fpb_journal {
	int fd;
	char *path;
};

/* Starts a new one beside `report_path`; an old one is an error (-EEXIST) that names the remedy. */
int fpb_journal_create(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Appends one line and waits for the disk. Takes the reference. */
int fpb_journal_append(struct fpb_journal *journal, json_t *line, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Closes it, and removes the file if is_done. */
void fpb_journal_close(struct fpb_journal *journal, bool is_done);

#endif
