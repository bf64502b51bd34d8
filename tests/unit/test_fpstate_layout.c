// SPDX-License-Identifier: MIT
/*
 * Sizes, places and copies with the features of a recorded AMX machine. Nothing is entered: this
 * processor need not have them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "guest/x86/xstate.h"
#include "host/fpstate/policy.h"
#include "tests/unit/captured_machine.h"
#include "tests/unit/guarded_fpstates.h"

#define HEADER_BYTES offsetof(struct fpstate, regs)
/* Up to XTILECFG, and with XTILEDATA behind it. */
#define SMALL_BYTES 2816u
#define LARGE_BYTES 11008u

static struct abi_xstate layout[ABI_NR_XSTATE] = { { 32, 128 }, { 160, 256 } };
static struct fpu_config config;
static struct guarded_fpstates memory;
static struct fpu_task task;
static uint8_t image[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t read_back[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));

static int load_machine(void **state)
{
	static struct captured_machine machine;
	const struct cpu_source *cpu = &machine.cpu.source;

	(void)state;
	captured_machine_load(&machine, "server-amx");
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		const struct cpuid_regs r = cpu->cpuid(cpu, CPUID_D, i);

		if (!(r.ecx & CPUID_DI_ECX_SUPERVISOR))
			layout[i] = (struct abi_xstate){ r.ebx, r.eax };
	}
	return fpu_config_choose(&config, cpu->xcr0(cpu), cpu->xcr0(cpu), layout, true);
}

static void begin(void)
{
	assert_int_equal(guarded_fpstates_create(&memory), 0);
	assert_int_equal(fpu_task_create(&task, &config, &memory.allocator), 0);
	assert_int_equal(fpu_request_guest_perm(&task, 18), 0);
}

static void end(void)
{
	fpu_task_destroy(&task);
	assert_int_equal(memory.nr_taken, 0);
	assert_int_equal(memory.nr_bad, 0);
	guarded_fpstates_destroy(&memory);
}

static void test_places(void **state)
{
	(void)state;
	assert_int_equal(layout[17].offset, 2752);
	assert_int_equal(layout[17].bytes, 64);
	assert_int_equal(layout[18].offset, 2816);
	assert_int_equal(layout[18].bytes, 8192);
	assert_true(config.dynamic == XFEATURE_XTILEDATA);
	assert_true(config.max_features == (XFEATURE_X87 | XFEATURE_AVX512 | XFEATURE_AMX));
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(fpu_area_bytes(&config, 0), 576);
	assert_int_equal(fpu_area_bytes(&config, XFEATURE_X87 | XFEATURE_SSE), 576);
	assert_int_equal(fpu_area_bytes(&config, XFEATURE_AVX), 832);
	assert_int_equal(fpu_area_bytes(&config, XFEATURE_AVX512), 2688);
	assert_int_equal(fpu_area_bytes(&config, XFEATURE_XTILECFG), SMALL_BYTES);
	assert_int_equal(fpu_area_bytes(&config, config.max_features), LARGE_BYTES);
	/* The highest place counts, not the sum. */
	assert_int_equal(fpu_area_bytes(&config, XFEATURE_XTILEDATA), LARGE_BYTES);
}

static size_t size_after(enum fpu_policy policy, bool has_xcr0, bool is_used)
{
	struct fpu_vcpu vcpu;
	size_t bytes;

	begin();
	assert_int_equal(fpu_vcpu_create(&vcpu, &task, policy), 0);
	assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, config.max_features), 0);
	if (has_xcr0) {
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, XFEATURE_XTILEDATA), 0);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, config.max_features), 0);
	}
	if (is_used)
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, 0), 0);
	bytes = vcpu.guest.bytes;
	assert_int_equal(bytes, HEADER_BYTES + vcpu.guest.fpstate->size);
	fpu_vcpu_destroy(&vcpu);
	end();
	return bytes;
}

/* Guests that do not know tiles, that are ready for them, that use them. */
static void test_sizes_by_policy(void **state)
{
	const size_t small = HEADER_BYTES + SMALL_BYTES, large = HEADER_BYTES + LARGE_BYTES;

	(void)state;
	assert_int_equal(HEADER_BYTES, 64);
	assert_int_equal(size_after(FPU_STATIC, false, false), large);
	assert_int_equal(size_after(FPU_AT_CPUID, false, false), large);
	assert_int_equal(size_after(FPU_ON_XSETBV, false, false), small);
	assert_int_equal(size_after(FPU_ON_WRMSR_XFD, false, false), small);
	assert_int_equal(size_after(FPU_ON_XSETBV, true, false), large);
	assert_int_equal(size_after(FPU_ON_WRMSR_XFD, true, false), small);
	assert_int_equal(size_after(FPU_ON_WRMSR_XFD, true, true), large);
}

/* Every byte of what lies in memory, and nothing behind it. */
static void test_copy_keeps_contents(void **state)
{
	const uint64_t ordinary = config.max_features & ~XFEATURE_XTILEDATA;
	const struct xsave_area *header = (const void *)read_back;
	struct fpu_vcpu vcpu;

	(void)state;
	begin();
	assert_int_equal(fpu_vcpu_create(&vcpu, &task, FPU_AT_CPUID), 0);
	xstate_fill(image, layout, ordinary, 3);
	assert_int_equal(fpu_copy_uabi_to_guest_fpstate(&vcpu.guest, image, ordinary), 0);
	assert_int_equal(vcpu.guest.fpstate->size, SMALL_BYTES);
	assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, config.max_features), 0);
	assert_int_equal(vcpu.guest.fpstate->size, LARGE_BYTES);
	assert_int_equal(fpu_copy_guest_fpstate_to_uabi(&vcpu.guest, read_back, LARGE_BYTES), 0);
	assert_memory_equal(read_back, image, LARGE_BYTES);
	assert_true(header->xstate_bv == ordinary);

	/* Tiles go in now and come out; disabled, they are init. */
	xstate_fill(image, layout, config.max_features, 4);
	assert_int_equal(fpu_vcpu_set_xsave(&vcpu, image), 0);
	assert_int_equal(fpu_copy_guest_fpstate_to_uabi(&vcpu.guest, read_back, LARGE_BYTES), 0);
	assert_memory_equal(read_back, image, LARGE_BYTES);
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, XFEATURE_XTILEDATA), 0);
	assert_int_equal(fpu_vcpu_set_xsave(&vcpu, image), -EINVAL);
	assert_int_equal(fpu_copy_guest_fpstate_to_uabi(&vcpu.guest, read_back, LARGE_BYTES), 0);
	assert_true(header->xstate_bv == ordinary);
	fpu_vcpu_destroy(&vcpu);
	end();
}

/* XFD takes XTILEDATA and nothing else; XTILECFG is in ECX[2] of no leaf. */
static void test_xfd_of_this_machine(void **state)
{
	struct fpu_vcpu vcpu;

	(void)state;
	begin();
	assert_int_equal(fpu_vcpu_create(&vcpu, &task, FPU_ON_WRMSR_XFD), 0);
	assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, config.max_features), 0);
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, XFEATURE_XTILEDATA), 0);
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, XFEATURE_XTILECFG), -ENOTSUPP);
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, XFEATURE_YMM), -ENOTSUPP);
	assert_true(vcpu.guest.fpstate->xfd == XFEATURE_XTILEDATA);
	fpu_vcpu_destroy(&vcpu);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sizes_by_policy),
		cmocka_unit_test(test_copy_keeps_contents),
		cmocka_unit_test(test_xfd_of_this_machine),
	};

	return cmocka_run_group_tests(tests, load_machine, NULL);
}
