/* SPDX-License-Identifier: MIT */
/*
 * workload_import.h - workloads made from what other tools say of a running VM.
 *
 * None of them knows everything that a workload holds. What is not known stays at its initial value,
 * and is named: a workload that looks complete and is not would be worse than none.
 */
#ifndef BENCH_MODEL_WORKLOAD_IMPORT_H
#define BENCH_MODEL_WORKLOAD_IMPORT_H

#include "bench/model/workload.h"

#define FPB_IMPORT_NOTE 768

struct fpb_import_note {
	char text[FPB_IMPORT_NOTE]; /* sentences, one line; cut where there is no more room */
};

/* Adds one sentence, formatted as by printf. */
void fpb_import_note_add(struct fpb_import_note *note, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Exits of one kind, as counted. */
struct fpb_exit_counts {
	double of[FPB_NR_EXIT_KINDS];
};

#endif
