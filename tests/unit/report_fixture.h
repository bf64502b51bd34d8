/* SPDX-License-Identifier: MIT */
/* report_fixture.h - what the tests of bench/report share. Every helper fails the test on error. */
#ifndef TESTS_UNIT_REPORT_FIXTURE_H
#define TESTS_UNIT_REPORT_FIXTURE_H

#include <stddef.h>

#include "bench/report/report.h"

/* A file of tests/fixtures/reports, or any by its whole path; for the caller to free. */
char *fixture_text(const char *name, size_t *length);
char *file_text(const char *path, size_t *length);

/* Parses a fixture that must be good. */
void fixture_report(const char *name, struct fpb_report *report);

/* Adds a run of a gated row whose one batch of one operation took `value`. */
void fixture_observe(struct fpb_report *report, unsigned run, const char *name,
		     const char *substrate, const char *unit, double value);

/* A fresh directory under /tmp; remove_directory() takes what is left in it along. */
char *make_directory(void);
void remove_directory(char *directory);
/* "DIRECTORY/NAME", for the caller to free. */
char *path_in(const char *directory, const char *name);
size_t nr_files_in(const char *directory);

#endif
