/* SPDX-License-Identifier: MIT */
/*
 * cpu_source.h - what a processor says of itself and of time, behind a table, so that captured
 * processors can be replayed. Functions get the table, which may be the first member of more.
 */
#ifndef HOST_MACHINE_CPU_SOURCE_H
#define HOST_MACHINE_CPU_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/x86/cpuid.h"

struct cpu_source {
	struct cpuid_regs (*cpuid)(const struct cpu_source *self, uint32_t leaf, uint32_t subleaf);
	uint64_t (*xcr0)(const struct cpu_source *self);     /* only if CPUID says OSXSAVE */
	uint64_t (*tsc)(const struct cpu_source *self);	     /* a fenced read */
	uint64_t (*clock_ns)(const struct cpu_source *self); /* CLOCK_MONOTONIC_RAW */
	void (*sleep_ns)(const struct cpu_source *self, uint64_t ns);
};

/* The processor this runs on. */
extern const struct cpu_source cpu_source_real;

/* Whether the processor has a basic, hypervisor or extended leaf (by the maximum of its range). */
bool cpu_has_leaf(const struct cpu_source *cpu, uint32_t leaf);

/* CPUID.1:ECX[31], which every hypervisor sets. */
bool cpu_has_hypervisor(const struct cpu_source *cpu);

#endif
