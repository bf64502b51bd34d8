/* SPDX-License-Identifier: MIT */
/* suite.h - what this build is, and Google Benchmark's view of the machine, for the report. */
#ifndef BENCH_CORE_SUITE_H
#define BENCH_CORE_SUITE_H

#include "bench/report/report.h"
#include "host/err.h"

/* version, commit, compiler, flags, build type, hash of the embedded payload. */
int fpb_suite_fill(struct fpb_suite *suite, struct fpb_err *err) FPB_MUST_CHECK;
const char *fpb_suite_version(void);

/* Google Benchmark's context object: date, host_name, num_cpus, .. New reference, or NULL. */
json_t *fpb_context_create(const char *executable, struct fpb_err *err);

#endif
