/* SPDX-License-Identifier: MIT */
/* grow.h - arrays that double, for records that arrive one at a time. */
#ifndef BENCH_REPORT_GROW_H
#define BENCH_REPORT_GROW_H

#include <stddef.h>

/*
 * Makes room for element nr of an array that holds nr. The capacity is not stored: it is 4 or the
 * next power of two, so the array grows exactly when nr is one of these. Returns the array, moved
 * perhaps, or NULL when memory is short, the old one then being intact.
 */
void *fpb_grow(void *array, size_t nr, size_t element_size) __attribute__((warn_unused_result));

#endif
