/* SPDX-License-Identifier: MIT */
/*
 * explain_places.h - where, in the lab's machine, the program inside passes the places that
 * `explain` stops at. It is this very program, so these are its own addresses.
 */
#ifndef BENCH_CLI_EXPLAIN_PLACES_H
#define BENCH_CLI_EXPLAIN_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "host/err.h"

struct explain_places {
	uint64_t start;			   /* passed once, before the first batch that counts */
	uint64_t boundary;		   /* passed at the end of every operation: the sled */
	uint64_t nested_begin, nested_end; /* the payload's code, in the nested guest */
};

int explain_places_find(bool is_guest, struct explain_places *places, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
