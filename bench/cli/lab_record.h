/* SPDX-License-Identifier: MIT */
/*
 * lab_record.h - what `lab` booted, beside its report: the kernel can be found again later, by
 * `compare --explain` and `gate --explain`.
 *
 * DIR/<n>-<release>/kernel.json: {"kernel": KERNEL, "modules", "emulator", "cpu": what the options
 * of these names were, or null}; paths made absolute, but not the name of an emulator that is looked
 * for in PATH. A person may write one by hand.
 */
#ifndef BENCH_CLI_LAB_RECORD_H
#define BENCH_CLI_LAB_RECORD_H

#include "bench/cli/lab_options.h"
#include "bench/report/problem.h"
#include "host/err.h"

#define LAB_RECORD_NAME "kernel.json"

struct lab_record {
	char *path; /* of the record itself */
	char *kernel;
	char *modules, *emulator, *cpu_model; /* NULL: none */
};

/* For the kernel with this index among the options', into the folder of its report. */
int lab_record_write(const char *folder, const struct lab_options *options, unsigned int index,
		     struct fpb_err *err) FPB_MUST_CHECK;

/*
 * That of a report: the record in the report's folder. -ENOENT and others of reading, -EINVAL
 * (malformed), -ENOMEM; the problem names the file and the remedy.
 */
int lab_record_read(const char *report_path, struct lab_record *record, struct fpb_problem *problem)
	FPB_MUST_CHECK;
void lab_record_clear(struct lab_record *record);

#endif
