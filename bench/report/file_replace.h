/* SPDX-License-Identifier: MIT */
/* file_replace.h - a file is written aside and renamed: nobody ever reads half of it. */
#ifndef BENCH_REPORT_FILE_REPLACE_H
#define BENCH_REPORT_FILE_REPLACE_H

#include <stddef.h>

#include "bench/report/problem.h"

/* Writes what the file is to hold. 0 or -errno. */
typedef int fpb_file_writer(int fd, const void *data);

/*
 * Writes PATH.tmp beside PATH, fsyncs, renames. A link keeps pointing at the file; a terminal, a
 * pipe or /dev/null is written as it is. On failure PATH is untouched and PATH.tmp gone. 0 or
 * -errno with the problem naming path, cause and remedy (disk full: what to free).
 */
int fpb_file_replace(const char *path, fpb_file_writer *write_to, const void *data,
		     struct fpb_problem *problem) __attribute__((warn_unused_result));

/* All of it, whatever a write() takes at once. 0 or -errno. */
int fpb_write_all(int fd, const char *bytes, size_t size) __attribute__((warn_unused_result));

#endif
