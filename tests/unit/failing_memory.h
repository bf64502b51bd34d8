/* SPDX-License-Identifier: MIT */
/*
 * failing_memory.h - allocations of the code under test that fail, each in turn. The test links with
 * --wrap of malloc, calloc, realloc, reallocarray and strdup; jansson's own are not touched.
 */
#ifndef TESTS_UNIT_FAILING_MEMORY_H
#define TESTS_UNIT_FAILING_MEMORY_H

/* The fail_at-th call from calls = 0 on finds no memory. */
extern struct failing_memory {
	unsigned calls, fail_at; /* 0: never */
} memory;

#endif
