/* SPDX-License-Identifier: MIT */
/* file_text.h - a whole file into memory, up to the limit of the readers. */
#ifndef BENCH_REPORT_FILE_TEXT_H
#define BENCH_REPORT_FILE_TEXT_H

#include <stddef.h>

#include "bench/report/problem.h"

/*
 * 0, -EFBIG (beyond FPB_READ_MAX_BYTES of report_read.h), -ENOMEM or -errno of open/read. *text is
 * for the caller to free, not terminated, NULL on failure. The problem does not repeat the path.
 */
int fpb_file_text(const char *path, char **text, size_t *length, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/* -EFBIG, said so in the problem. */
int fpb_file_too_long(struct fpb_problem *problem);

#endif
