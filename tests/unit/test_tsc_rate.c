// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "host/machine/cpu_source.h"
#include "host/machine/tsc_rate.h"

/* A processor of a few leaves whose counter follows time, in steps of tenths of a tick. */
struct fake {
	struct cpu_source source;
	struct {
		uint32_t leaf;
		struct cpuid_regs regs;
	} leaves[8];
	uint64_t now_ns;
	uint64_t cost_ns; /* of each read of counter or clock */
	uint64_t khz;
	uint64_t step_tenths;
	unsigned int nr_reads;
};

static struct fake *to_fake(const struct cpu_source *self)
{
	/* The table is the first member, and no test makes it const. */
	return (struct fake *)(uintptr_t)self;
}

static struct cpuid_regs fake_cpuid(const struct cpu_source *self, uint32_t leaf, uint32_t subleaf)
{
	const struct fake *fake = to_fake(self);
	size_t i;

	(void)subleaf;
	for (i = 0; i < sizeof(fake->leaves) / sizeof(fake->leaves[0]); i++)
		if (fake->leaves[i].leaf == leaf)
			return fake->leaves[i].regs;
	return (struct cpuid_regs){ 0 };
}

static uint64_t fake_tsc(const struct cpu_source *self)
{
	struct fake *fake = to_fake(self);
	uint64_t tenths;

	/* Now and then a read takes a little longer, as in life. */
	fake->now_ns += fake->cost_ns + fake->nr_reads++ % 7;
	tenths = (uint64_t)((unsigned __int128)fake->now_ns * fake->khz / 100000);
	if (!fake->step_tenths)
		return tenths / 10;
	return tenths / fake->step_tenths * fake->step_tenths / 10;
}

static uint64_t fake_clock(const struct cpu_source *self)
{
	struct fake *fake = to_fake(self);

	fake->now_ns += fake->cost_ns;
	return fake->now_ns;
}

static void fake_sleep(const struct cpu_source *self, uint64_t ns)
{
	to_fake(self)->now_ns += ns;
}

static uint64_t fake_stopped(const struct cpu_source *self)
{
	(void)self;
	return 4711;
}

#define FAKE(...)                                                                                  \
	{                                                                                          \
		.source = { .cpuid = fake_cpuid,                                                   \
			    .tsc = fake_tsc,                                                       \
			    .clock_ns = fake_clock,                                                \
			    .sleep_ns = fake_sleep },                                              \
		.cost_ns = 20, .khz = 2596144, __VA_ARGS__                                         \
	}

static void expect_rate(struct fake *fake, uint64_t khz, const char *origin)
{
	struct fpb_err err = { 0 };
	struct tsc_rate rate;

	assert_int_equal(tsc_rate_find(&fake->source, &rate, &err), 0);
	assert_int_equal(rate.khz, khz);
	assert_string_equal(rate.origin, origin);
}

static void crystal_comes_first(void **state)
{
	struct fake fake = FAKE(.leaves = { { 0, { .eax = 0x20 } },
					    { 0x15, { 2, 160, 25000000, 0 } },
					    { 0x16, { .eax = 2100 } } });
	struct fake odd =
		FAKE(.leaves = { { 0, { .eax = 0x20 } }, { 0x15, { 3, 200, 19200000, 0 } } });

	(void)state;
	expect_rate(&fake, 2000000, "CPUID 0x15");
	expect_rate(&odd, 1280000, "CPUID 0x15");
}

static void base_frequency_without_crystal(void **state)
{
	struct fake fake = FAKE(.leaves = { { 0, { .eax = 0x16 } },
					    { 0x15, { 2, 176, 0, 0 } },
					    { 0x16, { .eax = 2112 } } });

	(void)state;
	expect_rate(&fake, 2112000, "CPUID 0x16");
}

static void hypervisor_leaf_only_under_a_hypervisor(void **state)
{
	struct fake fake = FAKE(.leaves = { { 0, { .eax = 0x10 } },
					    { 1, { .ecx = CPUID_1_ECX_HYPERVISOR } },
					    { 0x40000000, { .eax = 0x40000010 } },
					    { 0x40000010, { .eax = 2445404 } } });

	(void)state;
	expect_rate(&fake, 2445404, "CPUID 0x40000010");
	fake.leaves[1].regs.ecx = 0;
	expect_rate(&fake, 2596144, "measured");
	fake.leaves[1].regs.ecx = CPUID_1_ECX_HYPERVISOR;
	fake.leaves[2].regs.eax = 0x40000001;
	expect_rate(&fake, 2596144, "measured");
}

static void measures_what_nobody_tells(void **state)
{
	struct fake fake = FAKE(.leaves = { { 0, { .eax = 0x10 } } });
	uint64_t start = fake.now_ns;

	(void)state;
	expect_rate(&fake, 2596144, "measured");
	assert_in_range(fake.now_ns - start, 50000000, 60000000);
}

static void a_counter_that_stands_still_is_an_error(void **state)
{
	struct fake fake = FAKE(.leaves = { { 0, { .eax = 0x10 } } });
	struct fpb_err err = { 0 };
	struct tsc_rate rate;

	(void)state;
	fake.source.tsc = fake_stopped;
	assert_int_equal(tsc_rate_find(&fake.source, &rate, &err), -ENODATA);
	assert_int_equal(rate.khz, 0);
	assert_non_null(strstr(err.text, "TSC frequency"));
	assert_int_equal(tsc_step_cyc(&fake.source), 0);
}

static void finds_the_step(void **state)
{
	static const struct {
		uint64_t tenths;
		uint64_t step_cyc;
	} cases[] = { { 260, 26 }, { 245, 24 }, { 10, 1 }, { 0, 1 }, { 1000, 100 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake fake = FAKE(.step_tenths = cases[i].tenths);

		assert_int_equal(tsc_step_cyc(&fake.source), cases[i].step_cyc);
	}
}

static void this_processor_has_a_rate_and_a_step(void **state)
{
	struct fpb_err err = { 0 };
	struct tsc_rate rate;

	(void)state;
	assert_int_equal(tsc_rate_find(&cpu_source_real, &rate, &err), 0);
	assert_in_range(rate.khz, 500000, 10000000);
	assert_in_range(tsc_step_cyc(&cpu_source_real), 1, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crystal_comes_first),
		cmocka_unit_test(base_frequency_without_crystal),
		cmocka_unit_test(hypervisor_leaf_only_under_a_hypervisor),
		cmocka_unit_test(measures_what_nobody_tells),
		cmocka_unit_test(a_counter_that_stands_still_is_an_error),
		cmocka_unit_test(finds_the_step),
		cmocka_unit_test(this_processor_has_a_rate_and_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
