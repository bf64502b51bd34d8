/* SPDX-License-Identifier: MIT */
/* doctor_text.h - the document of `doctor --json` as a page for people. */
#ifndef BENCH_CLI_DOCTOR_TEXT_H
#define BENCH_CLI_DOCTOR_TEXT_H

#include <jansson.h>
#include <stdio.h>

void doctor_print(FILE *out, const json_t *document);

#endif
