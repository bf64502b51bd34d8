/* SPDX-License-Identifier: MIT */
/* output_path.h - where a report goes when nobody said. */
#ifndef BENCH_CLI_OUTPUT_PATH_H
#define BENCH_CLI_OUTPUT_PATH_H

#include <jansson.h>

#include "host/err.h"

/*
 * results/<host>/<kernel release>-<build-id>/<UTC>/report.json, its folders made. Free with free().
 * NULL with err on failure.
 */
char *output_path_create(const json_t *environment, struct fpb_err *err);

/* results/<host>/`what`/<UTC>, not made yet. Free with free(). NULL with err on failure. */
char *output_path_create_folder(const char *what, struct fpb_err *err);
/* results/<host>/lab-<engine>/<UTC>, not made yet. Free with free(). NULL with err on failure. */
char *output_path_create_lab(const char *engine, struct fpb_err *err);

/* Every folder above the last component of `path`. */
int output_path_make_folders(const char *path, struct fpb_err *err) FPB_MUST_CHECK;

/* Fails early, before minutes of measuring, where `path` cannot be written. */
int output_path_check(const char *path, struct fpb_err *err) FPB_MUST_CHECK;

#endif
