/* SPDX-License-Identifier: MIT */
/*
 * guarded_fpstates.h - where fpstates of a test come from: each ends where a page begins that nobody
 * may touch, with canaries in front; memory that was given back is poison and is not given out again
 * soon. The processor's own accesses are caught, which no sanitizer sees. Touches no vector register.
 */
#ifndef TESTS_UNIT_GUARDED_FPSTATES_H
#define TESTS_UNIT_GUARDED_FPSTATES_H

#include "host/fpstate/fpstate.h"

#define GUARDED_SLOTS	   16
#define GUARDED_SLOT_BYTES 20480u /* the last page is the guard */

struct guarded_fpstates {
	struct fpu_allocator allocator; /* hand this out */
	uint8_t *slots;
	size_t bytes[GUARDED_SLOTS]; /* 0: free */
	unsigned int next;
	unsigned int nr_calls, fail_at; /* the fail_at-th call finds no memory; 0: all do */
	unsigned int nr_taken;
	unsigned int nr_bad; /* canaries overwritten, or what was freed was never given */
};

/* 0 or -ENOMEM. */
int guarded_fpstates_create(struct guarded_fpstates *guarded);
void guarded_fpstates_destroy(struct guarded_fpstates *guarded);

#endif
