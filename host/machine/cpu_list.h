/* SPDX-License-Identifier: MIT */
/* cpu_list.h - the kernel's CPU lists, "0-3,8" (bitmap_parselist without strides). */
#ifndef HOST_MACHINE_CPU_LIST_H
#define HOST_MACHINE_CPU_LIST_H

#include "host/err.h"

#define CPU_LIST_MAX_CPU 65535u

/*
 * Takes the next range off *cursor: 1 and the range, 0 at the end of the list, -EINVAL where it is
 * no list or names a CPU above CPU_LIST_MAX_CPU. "" and "(null)", which some kernels print for an
 * empty mask, are empty lists.
 */
int cpu_list_next(const char **cursor, unsigned int *first, unsigned int *last) FPB_MUST_CHECK;

/* CPUs in the list, or -EINVAL. */
int cpu_list_count(const char *list) FPB_MUST_CHECK;

#endif
