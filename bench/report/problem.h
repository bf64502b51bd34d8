/* SPDX-License-Identifier: MIT */
/*
 * problem.h - what is wrong with a document, as opposed to a call that failed (host/err.h).
 *
 * Documents are untrusted input; the message names the field, what was expected and what was read,
 * with control characters escaped. Start from a zeroed struct.
 */
#ifndef BENCH_REPORT_PROBLEM_H
#define BENCH_REPORT_PROBLEM_H

#define FPB_PROBLEM_TEXT 512

struct fpb_problem {
	char where[256]; /* "fpstate_bench.observations[3].batches[7]"; "" if the whole file */
	char text[FPB_PROBLEM_TEXT];
};

/* Keeps the first problem only; problem may be NULL. code is a positive errno; returns -code. */
int fpb_problem_set(struct fpb_problem *problem, int code, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
