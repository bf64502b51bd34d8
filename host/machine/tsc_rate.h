/* SPDX-License-Identifier: MIT */
/* tsc_rate.h - how fast the time-stamp counter runs and how coarsely it steps. */
#ifndef HOST_MACHINE_TSC_RATE_H
#define HOST_MACHINE_TSC_RATE_H

#include <stdint.h>

#include "host/err.h"

struct cpu_source;

struct tsc_rate {
	uint64_t khz;
	const char *origin; /* "CPUID 0x15", "CPUID 0x16", "CPUID 0x40000010", "measured" */
};

/*
 * The frequency: CPUID 0x15 (ratio and crystal), else 0x15 and 0x16 (base frequency, as Linux does
 * in native_calibrate_tsc()), else the hypervisor's timing leaf 0x40000010, else measured against
 * CLOCK_MONOTONIC_RAW over about 50 ms. -ENODATA: a counter or clock that stands still.
 */
int tsc_rate_find(const struct cpu_source *cpu, struct tsc_rate *rate, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * The step of the counter in ticks, rounded down: some processors add 24.5 ticks at a time, others
 * 1. Found from which differences of successive reads occur and which never do. 0: it stands
 * still, or steps by more than about a thousand ticks.
 */
uint64_t tsc_step_cyc(const struct cpu_source *cpu);

#endif
