/* SPDX-License-Identifier: MIT */
/* draw.h - what a report is known by: its session and its seed. No secrets. */
#ifndef BENCH_CLI_DRAW_H
#define BENCH_CLI_DRAW_H

#include <stdint.h>

#include "host/err.h"

/* A version 4 UUID (RFC 9562), to be freed; NULL with err. */
char *draw_uuid(struct fpb_err *err);

/* Below 2^53, so that every JSON reader keeps it exact. */
int draw_seed(uint64_t *seed, struct fpb_err *err) FPB_MUST_CHECK;

#endif
