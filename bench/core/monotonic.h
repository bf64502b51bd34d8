/* SPDX-License-Identifier: MIT */
/* monotonic.h - the clock of timeouts and progress; never in a figure. */
#ifndef BENCH_CORE_MONOTONIC_H
#define BENCH_CORE_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

#endif
