/* SPDX-License-Identifier: MIT */
/* perf_line.h - a line that a tool printed for a terminal, in words. */
#ifndef BENCH_MODEL_PERF_LINE_H
#define BENCH_MODEL_PERF_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define FPB_PERF_LINE  512
#define FPB_PERF_WORDS 32

/* What is longer is cut; control sequences are left out, other control characters are blanks. */
struct fpb_perf_line {
	char text[FPB_PERF_LINE];
	char *word[FPB_PERF_WORDS]; /* in text */
	unsigned nr;
};

void fpb_perf_split(const char *text, size_t length, struct fpb_perf_line *line);

/* Whether its first words are these; ended by NULL. */
bool fpb_perf_starts(const struct fpb_perf_line *line, const char *const *words);
bool fpb_perf_has_word(const struct fpb_perf_line *line, const char *word);

/* Digits and nothing else; "12.34%"; "19:16:38.537503", to seconds of the day. */
bool fpb_perf_is_count(const char *word);
bool fpb_perf_is_percentage(const char *word);
bool fpb_perf_is_clock(const char *word, double *seconds);

#endif
