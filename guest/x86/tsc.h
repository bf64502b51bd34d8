/* SPDX-License-Identifier: MIT */
/*
 * tsc.h - fenced reads of the time-stamp counter (SDM vol. 2, RDTSC and RDTSCP; APM vol. 3).
 *
 * tsc_begin() lets nothing of the timed code start before the read, tsc_end() lets nothing of it
 * finish after. Never CPUID as a serialiser: in a guest it is a vmexit. Unit: TSC ticks.
 *
 * RDTSCP waits for everything before it by itself. Where a guest cannot execute it (KVM's
 * instruction emulator, for one), LFENCE in front of RDTSC does the same.
 */
#ifndef GUEST_X86_TSC_H
#define GUEST_X86_TSC_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t tsc_begin(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline uint64_t tsc_end(bool has_rdtscp)
{
	uint32_t lo, hi;

	if (!has_rdtscp)
		return tsc_begin();
	__asm__ volatile("rdtscp\n\tlfence" : "=a"(lo), "=d"(hi) : : "rcx", "memory");
	return lo | (uint64_t)hi << 32;
}

#endif
