// SPDX-License-Identifier: MIT
/* What a signal frame says of this thread's xstate, against CPUID and XCR0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/cases/signal_frame.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/xstate.h"

#define STATUS_SKIPPED 77

static void test_frame(void **state)
{
	struct abi_xstate layout[ABI_NR_XSTATE];
	struct fpb_err err = { 0 };
	struct signal_frame frame;
	uint32_t end = 576;

	(void)state;
	assert_int_equal(signal_frame_open(&err), 0);
	frame = signal_frame_now();
	signal_frame_close();
	assert_true(frame.is_seen);
	/* All but what a task must ask for. */
	assert_int_equal(frame.xfeatures & XSTATE_ORDINARY, xgetbv(0) & XSTATE_ORDINARY);
	assert_int_equal(frame.xfeatures & XFEATURE_XTILEDATA, 0);
	assert_int_equal(frame.xstate_bv & ~frame.xfeatures, 0);
	/* As large as these components need in standard format. */
	xstate_layout(layout);
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		if (frame.xfeatures >> i & 1 && layout[i].offset + layout[i].bytes > end)
			end = layout[i].offset + layout[i].bytes;
	}
	assert_int_equal(frame.bytes, end);
}

/* Registers in use show, and those of another moment do not. The kernel always claims x87 and SSE. */
static void test_state(void **state)
{
	static uint8_t area[XSTATE_AREA_BYTES] __attribute__((aligned(64)));
	struct abi_xstate layout[ABI_NR_XSTATE];
	struct fpb_err err = { 0 };
	struct signal_frame live, init;

	(void)state;
	if (!(xgetbv(0) & XFEATURE_YMM))
		skip();
	xstate_layout(layout);
	assert_int_equal(signal_frame_open(&err), 0);
	xstate_fill(area, layout, XFEATURE_AVX, 1);
	xrstor(area, XSTATE_ORDINARY);
	live = signal_frame_now();
	xstate_fill(area, layout, 0, 1);
	xrstor(area, XSTATE_ORDINARY);
	init = signal_frame_now();
	signal_frame_close();
	assert_true(live.xstate_bv & XFEATURE_YMM);
	assert_true(init.is_seen);
	assert_int_equal(init.xstate_bv & XFEATURE_YMM, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_state),
	};

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE))
		return STATUS_SKIPPED;
#ifdef __SANITIZE_THREAD__
	/* It calls handlers later and elsewhere, with no frame of the kernel's. */
	return STATUS_SKIPPED;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
