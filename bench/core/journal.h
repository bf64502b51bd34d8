/* SPDX-License-Identifier: MIT */
/*
 * journal.h - what a run has finished so far, safe on disk: <report>.journal.
 *
 * One JSON object a line, each fsynced; bench/report/journal_json.h says what stands in them. One
 * process at a time has it, by flock(). Removed when the report is complete.
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
/*
 * Opens the one of an unfinished run, to go on. -ENOENT: there is none; -EBUSY: that run is still
 * going on. Its bytes are read by fpb_journal_read() afterwards, under the lock.
 */
int fpb_journal_open(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Keeps the first `bytes` bytes: what follows is a line torn by the end of the process. */
int fpb_journal_cut(struct fpb_journal *journal, size_t bytes, struct fpb_err *err) FPB_MUST_CHECK;
/* Appends one line and waits for the disk; takes half a line back. Takes the reference. */
int fpb_journal_append(struct fpb_journal *journal, json_t *line, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Closes it, and removes the file if is_done. */
void fpb_journal_close(struct fpb_journal *journal, bool is_done);

#endif
