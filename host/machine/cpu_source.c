// SPDX-License-Identifier: MIT
#include "host/machine/cpu_source.h"

#include <time.h>

#include "guest/x86/tsc.h"
#include "guest/x86/xsave.h"

#define NS_PER_S 1000000000ull

static struct cpuid_regs real_cpuid(const struct cpu_source *self, uint32_t leaf, uint32_t subleaf)
{
	(void)self;
	return cpuid(leaf, subleaf);
}

static uint64_t real_xcr0(const struct cpu_source *self)
{
	(void)self;
	return xgetbv(0);
}

static uint64_t real_tsc(const struct cpu_source *self)
{
	(void)self;
	return tsc_begin();
}

static uint64_t real_clock_ns(const struct cpu_source *self)
{
	struct timespec now;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void real_sleep_ns(const struct cpu_source *self, uint64_t ns)
{
	struct timespec left = { .tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S) };

	(void)self;
	/* Woken early is no harm: the caller reads the clock. */
	nanosleep(&left, NULL);
}

const struct cpu_source cpu_source_real = {
	.cpuid = real_cpuid,
	.xcr0 = real_xcr0,
	.tsc = real_tsc,
	.clock_ns = real_clock_ns,
	.sleep_ns = real_sleep_ns,
};

bool cpu_has_hypervisor(const struct cpu_source *cpu)
{
	return cpu->cpuid(cpu, 1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
}

bool cpu_has_leaf(const struct cpu_source *cpu, uint32_t leaf)
{
	uint32_t range = leaf & 0xffff0000u;
	uint32_t max;

	/* Without a hypervisor its range answers with some basic leaf's values. */
	if (range == 0x40000000u && !cpu_has_hypervisor(cpu))
		return false;
	max = cpu->cpuid(cpu, range, 0).eax;
	return (max & 0xffff0000u) == range && leaf <= max;
}
