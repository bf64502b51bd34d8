/* SPDX-License-Identifier: MIT */
/* switches.h - how often the kernel switched a thread out, as proof of rows that are about it. */
#ifndef BENCH_CASES_SWITCHES_H
#define BENCH_CASES_SWITCHES_H

#include <stdint.h>
#include <sys/resource.h>

/* Of the calling thread so far: because it waited (nvcsw) and because it had to (nivcsw). */
static inline uint64_t nr_switches(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
}

/* What to judge where each operation must switch once: others may come on top and prove nothing. */
static inline uint64_t switches_up_to(uint64_t counted, uint64_t operations)
{
	return counted < operations ? counted : operations;
}

#endif
