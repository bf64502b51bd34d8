/* SPDX-License-Identifier: MIT */
/* progress.h - how far a run is and how long it will take yet, on standard error. */
#ifndef BENCH_CORE_PROGRESS_H
#define BENCH_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fpb_progress_style {
	FPB_PROGRESS_AUTO,     /* TERMINAL on a terminal, else PLAIN */
	FPB_PROGRESS_TERMINAL, /* one line, rewritten */
	FPB_PROGRESS_PLAIN,    /* a line now and then */
	FPB_PROGRESS_NONE,
};

struct fpb_progress {
	enum fpb_progress_style style;
	size_t nr;
	int64_t start_ms, last_ms;
	bool has_line;
};

/* "auto", "plain", "none"; -1 for another word. */
int fpb_progress_parse(const char *word, enum fpb_progress_style *style);
void fpb_progress_start(struct fpb_progress *progress, enum fpb_progress_style style, size_t nr);
/* `done` of nr entries are finished, `what` comes next. */
void fpb_progress_show(struct fpb_progress *progress, size_t done, const char *what);
/* Leaves the terminal as it was. */
void fpb_progress_end(struct fpb_progress *progress);

/* Seconds left by the mean pace so far; -1 while nothing is done. Pure. */
int64_t fpb_progress_left_s(int64_t elapsed_ms, size_t done, size_t nr);

#endif
