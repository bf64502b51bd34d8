// SPDX-License-Identifier: MIT
#include "host/machine/tsc_rate.h"

#include <errno.h>
#include <stdbool.h>

#include "host/machine/cpu_source.h"

#define MEASURE_NS	50000000ull
#define NR_CLOCK_READS	16
#define NR_STEP_READS	16384
#define NR_DELAYS	32
#define NR_DIFFERENCES	1024
#define MIN_SEEN	8 /* rarer differences are an interrupt's work */
#define NS_PER_MS	1000000ull
#define LEAF_TSC	0x15u
#define LEAF_FREQUENCY	0x16u
#define LEAF_HYPERVISOR 0x40000010u

static bool from_cpuid(const struct cpu_source *cpu, struct tsc_rate *rate)
{
	struct cpuid_regs r;
	uint64_t base_mhz;

	if (!cpu_has_leaf(cpu, LEAF_TSC))
		return false;
	r = cpu->cpuid(cpu, LEAF_TSC, 0);
	if (!r.eax || !r.ebx)
		return false;
	if (r.ecx) {
		/* Rounded; 32 by 32 bits do not overflow. */
		rate->khz = ((uint64_t)r.ecx * r.ebx / r.eax + 500) / 1000;
		rate->origin = "CPUID 0x15";
		return true;
	}
	/* No crystal given: the TSC then runs at the base frequency. */
	if (!cpu_has_leaf(cpu, LEAF_FREQUENCY))
		return false;
	base_mhz = cpu->cpuid(cpu, LEAF_FREQUENCY, 0).eax & 0xffff;
	if (!base_mhz)
		return false;
	rate->khz = base_mhz * 1000;
	rate->origin = "CPUID 0x16";
	return true;
}

static bool from_hypervisor(const struct cpu_source *cpu, struct tsc_rate *rate)
{
	if (!cpu_has_leaf(cpu, LEAF_HYPERVISOR))
		return false;
	rate->khz = cpu->cpuid(cpu, LEAF_HYPERVISOR, 0).eax;
	rate->origin = "CPUID 0x40000010";
	return rate->khz != 0;
}

struct instant {
	uint64_t tsc;
	uint64_t ns;
};

/* Of several readings the one whose two TSC reads lie closest: nothing came in between. */
static struct instant read_instant(const struct cpu_source *cpu)
{
	uint64_t before, after, ns;
	uint64_t closest = UINT64_MAX;
	struct instant instant = { 0 };
	int i;

	for (i = 0; i < NR_CLOCK_READS; i++) {
		before = cpu->tsc(cpu);
		ns = cpu->clock_ns(cpu);
		after = cpu->tsc(cpu);
		if (after - before >= closest)
			continue;
		closest = after - before;
		instant.tsc = before + (after - before) / 2;
		instant.ns = ns;
	}
	return instant;
}

static bool from_clock(const struct cpu_source *cpu, struct tsc_rate *rate)
{
	struct instant start = read_instant(cpu);
	struct instant end;
	uint64_t ns;

	cpu->sleep_ns(cpu, MEASURE_NS);
	end = read_instant(cpu);
	if (end.ns <= start.ns || end.tsc <= start.tsc)
		return false;
	ns = end.ns - start.ns;
	rate->khz =
		(uint64_t)(((unsigned __int128)(end.tsc - start.tsc) * NS_PER_MS + ns / 2) / ns);
	rate->origin = "measured";
	return rate->khz != 0;
}

int tsc_rate_find(const struct cpu_source *cpu, struct tsc_rate *rate, struct fpb_err *err)
{
	*rate = (struct tsc_rate){ 0 };
	if (from_cpuid(cpu, rate) || from_hypervisor(cpu, rate) || from_clock(cpu, rate))
		return 0;
	*rate = (struct tsc_rate){ 0 };
	return FPB_FAIL(
		err, -ENODATA,
		"TSC frequency: CPUID 0x15, 0x16 and 0x40000010 do not tell, and the TSC or "
		"CLOCK_MONOTONIC_RAW does not advance");
}

/*
 * Time that varies by a few ticks and by many. The single instructions matter where time is counted
 * in instructions: a loop alone would only reach multiples of its length.
 */
static void dawdle(unsigned int turn)
{
	volatile unsigned int delay;

	for (delay = 0; delay < turn % NR_DELAYS; delay++)
		;
	if (turn & NR_DELAYS)
		__asm__ volatile("nop");
	if (turn & (2 * NR_DELAYS))
		__asm__ volatile("nop\n\tnop");
}

/*
 * Counts how often two reads lie d ticks apart, for d < NR_DIFFERENCES. The time between them
 * varies, so that the second falls on different steps of a coarse counter.
 */
static void count_differences(const struct cpu_source *cpu, unsigned int counts[NR_DIFFERENCES])
{
	uint64_t before, after;
	unsigned int i;

	for (i = 0; i < NR_STEP_READS; i++) {
		before = cpu->tsc(cpu);
		dawdle(i);
		after = cpu->tsc(cpu);
		if (after - before < NR_DIFFERENCES)
			counts[after - before]++;
	}
}

uint64_t tsc_step_cyc(const struct cpu_source *cpu)
{
	unsigned int counts[NR_DIFFERENCES] = { 0 };
	uint64_t smallest = 0;
	uint64_t start = 0;
	unsigned int length = 0;
	uint64_t d, gap;

	count_differences(cpu, counts);
	/*
	 * A step of n ticks leaves single differences n apart. One of n and a fraction leaves pairs
	 * of neighbours, as k steps are rounded up or down; three neighbours are a step of 1.
	 */
	for (d = 1; d < NR_DIFFERENCES; d++) {
		if (counts[d] < MIN_SEEN) {
			length = 0;
			continue;
		}
		if (++length > 2)
			return 1;
		if (length == 2)
			continue;
		gap = d - start;
		if (!smallest || gap < smallest)
			smallest = gap;
		start = d;
	}
	return smallest;
}
