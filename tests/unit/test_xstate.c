// SPDX-License-Identifier: MIT
/*
 * Images of xstate, and that this processor holds what they say: compiled without vector registers,
 * since they are loaded behind the compiler's back.
 */
#include <cpuid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "guest/x86/xstate.h"

#define EXIT_SKIP    77
#define MAX_ATTEMPTS 1000

static const uint64_t live_sets[] = {
	0,
	XFEATURE_X87,
	XFEATURE_SSE,
	XFEATURE_AVX,
	XFEATURE_X87 | XFEATURE_SSE,
	XFEATURE_AVX512,
	XFEATURE_X87 | XFEATURE_AVX512,
};

#define NR_LIVE_SETS (sizeof(live_sets) / sizeof(live_sets[0]))

static struct abi_xstate layout[ABI_NR_XSTATE];
static uint64_t xcr0;
static uint8_t area[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t saved[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));

/* By the compiler's own CPUID. */
static void test_layout(void **state)
{
	(void)state;
	assert_int_equal(layout[0].offset, 32);
	assert_int_equal(layout[0].bytes, 128);
	assert_int_equal(layout[1].offset, 160);
	assert_int_equal(layout[1].bytes, 256);
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		unsigned int eax, ebx, ecx, edx;

		__cpuid_count(0xd, i, eax, ebx, ecx, edx);
		if (ecx & 1)
			eax = ebx = 0;
		assert_int_equal(layout[i].bytes, eax);
		assert_int_equal(layout[i].offset, ebx);
	}
}

static void test_layout_fits_and_does_not_overlap(void **state)
{
	(void)state;
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		const struct abi_xstate *c = &layout[i];

		if (!c->bytes)
			continue;
		assert_true(c->offset >= sizeof(struct xsave_area));
		assert_true(c->offset + c->bytes <= XSTATE_AREA_BYTES);
		for (unsigned int j = 2; j < i; j++)
			assert_true(layout[j].offset + layout[j].bytes <= c->offset ||
				    c->offset + c->bytes <= layout[j].offset);
	}
	/* What XCR0 enables has a place. */
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++) {
		if (xcr0 >> i & 1)
			assert_true(layout[i].bytes > 0);
	}
}

static void test_fill_header(void **state)
{
	const struct xsave_area *legacy = (const void *)area;

	(void)state;
	for (size_t s = 0; s < NR_LIVE_SETS; s++) {
		memset(area, 0xff, sizeof(area));
		xstate_fill(area, layout, live_sets[s], 1);
		assert_true(legacy->xstate_bv == live_sets[s]);
		assert_true(legacy->xcomp_bv == 0);
		assert_int_equal(legacy->fcw, 0x37f);
		assert_int_equal(legacy->mxcsr, 0x1f80);
		assert_int_equal(legacy->ftw, live_sets[s] & XFEATURE_X87 ? 0xff : 0);
		for (size_t i = 0; i < 6; i++)
			assert_true(legacy->rsvd2[i] == 0);
	}
}

static void test_fill_contents(void **state)
{
	const uint64_t live = XFEATURE_X87 | XFEATURE_YMM;
	uint8_t in_live[XSTATE_AREA_BYTES] = { 0 };

	(void)state;
	memset(area, 0xff, sizeof(area));
	xstate_fill(area, layout, live, 7);
	for (uint32_t at = 0; at < layout[2].bytes; at++)
		in_live[layout[2].offset + at] = 1;
	for (uint32_t at = 0; at < 128; at++)
		in_live[32 + at] = at % 16 < 10;
	for (size_t i = sizeof(struct xsave_area); i < XSTATE_AREA_BYTES; i++)
		assert_int_equal(area[i] != 0, in_live[i]);
	for (size_t i = 32; i < 32 + 128 + 256; i++)
		assert_int_equal(area[i] != 0, in_live[i]);
}

/* The layout of a processor with AMX: PKRU keeps key 0, TILECFG is one that LDTILECFG takes. */
static void test_fill_special(void **state)
{
	static const struct abi_xstate amx[ABI_NR_XSTATE] = {
		[9] = { 2688, 8 },
		[17] = { 2752, 64 },
		[18] = { 2816, 8192 },
	};

	(void)state;
	memset(area, 0xff, sizeof(area));
	xstate_fill(area, amx, XFEATURE_PKRU | XFEATURE_AMX, 1);
	for (unsigned int i = 4; i < 8; i++)
		assert_int_equal(area[2688 + i], 0);
	/* Access and write disable of key 0 are bits 0 and 1. */
	assert_int_equal(area[2688] & 3, 0);
	assert_int_not_equal(area[2691], 0);
	assert_int_equal(area[2752], 1); /* palette */
	for (unsigned int i = 1; i < 16; i++)
		assert_int_equal(area[2752 + i], 0);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(area[2752 + 16 + 2 * i], 64); /* bytes of a row */
		assert_int_equal(area[2752 + 17 + 2 * i], 0);
		assert_int_equal(area[2752 + 48 + i], 16); /* rows */
	}
	for (unsigned int i = 32; i < 48; i++)
		assert_int_equal(area[2752 + i], 0);
	for (unsigned int i = 56; i < 64; i++)
		assert_int_equal(area[2752 + i], 0);
	for (unsigned int i = 0; i < 8192; i++)
		assert_int_not_equal(area[2816 + i], 0);
	/* What is not live stays init. */
	xstate_fill(area, amx, XFEATURE_XTILEDATA, 1);
	assert_int_equal(area[2688] | area[2752], 0);
}

static void test_patterns_differ(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++) {
		for (uint32_t at = 0; at < 64; at++)
			assert_int_not_equal(xstate_pattern(i, at, 1), 0);
		assert_int_not_equal(xstate_pattern(i, 0, 1), xstate_pattern(i + 1, 0, 1));
	}
	xstate_fill(area, layout, XFEATURE_SSE, 1);
	xstate_fill(saved, layout, XFEATURE_SSE, 3);
	assert_true(xstate_checksum(area, layout, XFEATURE_SSE) !=
		    xstate_checksum(saved, layout, XFEATURE_SSE));
}

static void put(uint8_t *at, const char *text)
{
	while (*text)
		*at++ = (uint8_t)*text++;
}

/* Published values of 64-bit FNV-1a: the empty string, "a" and "foobar". */
static void test_checksum_is_fnv1a(void **state)
{
	struct abi_xstate own[ABI_NR_XSTATE] = { [1] = { 100, 1 }, [2] = { 200, 6 } };

	(void)state;
	memset(area, 0, sizeof(area));
	area[100] = 'a';
	put(area + 200, "foobar");
	assert_true(xstate_checksum(area, own, 0) == 0xcbf29ce484222325ull);
	assert_true(xstate_checksum(area, own, XFEATURE_SSE) == 0xaf63dc4c8601ec8cull);
	assert_true(xstate_checksum(area, own, XFEATURE_YMM) == 0x85944171f73967e8ull);
	/* Components in ascending order. */
	put(area + 100, "f");
	put(area + 200, "oobar");
	own[2].bytes = 5;
	assert_true(xstate_checksum(area, own, XFEATURE_AVX) == 0x85944171f73967e8ull);
}

static bool is_x87_pad(uint32_t i)
{
	return i >= 32 && i < 160 && (i - 32) % 16 >= 10;
}

static bool is_of(uint64_t live, uint32_t i)
{
	for (unsigned int c = 0; c < ABI_NR_XSTATE; c++) {
		if (live >> c & 1 && i >= layout[c].offset &&
		    i - layout[c].offset < layout[c].bytes)
			return true;
	}
	return false;
}

/* Any one register byte changes it; pads, headers and what is not live do not. */
static void test_checksum_sees_every_register_byte(void **state)
{
	(void)state;
	for (size_t s = 0; s < NR_LIVE_SETS; s++) {
		const uint64_t live = live_sets[s] & xcr0;
		uint64_t intact;

		xstate_fill(area, layout, live, 5);
		intact = xstate_checksum(area, layout, live);
		for (uint32_t i = 0; i < 4096; i++) {
			const bool counts = is_of(live, i) && !is_x87_pad(i);

			area[i] ^= 0x40;
			assert_int_equal(xstate_checksum(area, layout, live) != intact, counts);
			area[i] ^= 0x40;
		}
	}
}

static __attribute__((noinline)) void compact(const void *from, void *to, uint64_t rfbm)
{
	xrstor(from, rfbm);
	xsavec(to, rfbm);
	xstate_fill(area, layout, 0, 0);
	xrstor(area, rfbm);
}

/* Where XSAVEC puts every component that this processor has. */
static void test_compacted_offset(void **state)
{
	const uint64_t rfbm = xcr0 & XSTATE_ORDINARY;
	static uint8_t compacted[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	const struct xsave_area *header = (const void *)compacted;

	(void)state;
	if (cpuid(0, 0).eax < CPUID_D || !(cpuid(CPUID_D, 1).eax & CPUID_D1_EAX_XSAVEC))
		skip();
	assert_int_equal(xstate_compacted_offset(0, 2), sizeof(struct xsave_area));
	/* Whatever comes first follows the header at once. */
	for (unsigned int c = 2; c < ABI_NR_XSTATE; c++)
		assert_int_equal(xstate_compacted_offset(1ull << c, c), sizeof(struct xsave_area));
	xstate_fill(saved, layout, rfbm, 9);
	compact(saved, compacted, rfbm);
	assert_true((header->xcomp_bv & ~XCOMP_BV_COMPACTED) == rfbm);
	for (unsigned int c = 2; c < ABI_NR_XSTATE; c++) {
		if (rfbm >> c & 1)
			assert_memory_equal(compacted + xstate_compacted_offset(rfbm, c),
					    saved + layout[c].offset, layout[c].bytes);
	}
}

static __attribute__((noinline)) void through_registers(const void *from, void *to, uint64_t rfbm)
{
	xrstor(from, rfbm);
	xsave(to, rfbm);
}

static void check_round_trip(uint64_t live)
{
	const uint64_t rfbm = xcr0 & XSTATE_ORDINARY;
	const struct xsave_area *now = (const void *)saved;
	unsigned int attempt = 0;

	/* A context switch in between can leave SSE in use with all its registers zero. */
	do {
		memset(saved, 0, sizeof(saved));
		xstate_fill(area, layout, live, (uint8_t)(3 + attempt));
		through_registers(area, saved, rfbm);
	} while ((now->xstate_bv & rfbm) != live && ++attempt < MAX_ATTEMPTS);
	assert_true((now->xstate_bv & rfbm) == live);
	assert_true(xstate_checksum(saved, layout, live) == xstate_checksum(area, layout, live));
	for (unsigned int c = 2; c < ABI_NR_XSTATE; c++) {
		if (live >> c & 1)
			assert_memory_equal(saved + layout[c].offset, area + layout[c].offset,
					    layout[c].bytes);
	}

	/* Nothing is left behind for the rest of the program. */
	xstate_fill(area, layout, 0, 0);
	xrstor(area, rfbm);
}

static void test_round_trip(void **state)
{
	size_t nr = 0;

	(void)state;
	for (size_t s = 0; s < NR_LIVE_SETS; s++) {
		if (live_sets[s] & ~xcr0)
			continue;
		check_round_trip(live_sets[s]);
		nr++;
	}
	check_round_trip(xcr0 & XSTATE_ORDINARY);
	/* x87 and SSE are there wherever XSAVE is. */
	assert_true(nr >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_layout_fits_and_does_not_overlap),
		cmocka_unit_test(test_fill_header),
		cmocka_unit_test(test_fill_contents),
		cmocka_unit_test(test_fill_special),
		cmocka_unit_test(test_compacted_offset),
		cmocka_unit_test(test_patterns_differ),
		cmocka_unit_test(test_checksum_is_fnv1a),
		cmocka_unit_test(test_checksum_sees_every_register_byte),
		cmocka_unit_test(test_round_trip),
	};

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE)) {
		puts("SKIP: CPUID.1:ECX[27] (OSXSAVE) is 0");
		return EXIT_SKIP;
	}
	xcr0 = xgetbv(0);
	xstate_layout(layout);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
