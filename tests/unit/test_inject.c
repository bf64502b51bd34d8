// SPDX-License-Identifier: MIT
/* The planted slowdown: what --inject accepts, and that N is exactly N. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/inject.h"
#include "guest/x86/sled.h"
#include "tests/unit/near.h"

static void test_accepted(void **state)
{
	static const struct {
		const char *text;
		uint32_t nr;
		double percent;
	} cases[] = {
		{ "0", 0, 0 },	{ "12", 12, 0 },    { "16383", SLED_MAX, 0 }, { "007", 7, 0 },
		{ "2%", 0, 2 }, { "0.5%", 0, 0.5 }, { "100%", 0, 100 },	      { "1000%", 0, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fpb_inject inject = { 99, 99 };
		struct fpb_err err = { 0 };

		if (fpb_inject_parse(cases[i].text, &inject, &err))
			fail_msg("'%s': %s", cases[i].text, err.text);
		assert_int_equal(inject.nr, cases[i].nr);
		assert_near(inject.percent, cases[i].percent, 1e-12);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",	 " 3",	"-1",	"+1",	 "1e3",	       "0x10",
		"12 ",	 "12a", "1.5",	"16384", "4294967297", "99999999999999999999999",
		"%",	 "2%%", "%2",	"2%x",	 "2% ",	       " 2%",
		"-2%",	 "0%",	"0.0%", "-0%",	 "nan%",       "inf%",
		"1001%", "x%",	"2 %",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fpb_inject inject = { 99, 99 };
		struct fpb_err err = { 0 };

		if (fpb_inject_parse(texts[i], &inject, &err) != -EINVAL)
			fail_msg("'%s' was not refused with -EINVAL", texts[i]);
		assert_int_equal(err.code, -EINVAL);
		assert_non_null(strstr(err.text, "--inject"));
		assert_non_null(strstr(err.text, texts[i]));
		assert_non_null(strstr(err.text, "expected"));
		assert_int_equal(inject.nr, 99);
	}
}

/* One call of the sled with this in EAX; every addition doubles it. */
static uint32_t sled_from(uint32_t value)
{
	__asm__ volatile("call fpb_sled" : "+a"(value) : : "cc", "memory");
	return value;
}

static void set_host(uint32_t nr)
{
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_inject_set_host(nr, &err), 0);
	assert_int_equal(err.code, 0);
}

static void test_exactly_n_additions(void **state)
{
	(void)state;
	/* As built: none. */
	assert_int_equal(sled_from(1), 1);
	for (uint32_t nr = 0; nr < 32; nr++) {
		set_host(nr);
		assert_int_equal(sled_from(1), 1u << nr);
	}
	set_host(32);
	assert_int_equal(sled_from(1), 0);
	/* Fewer after more: nothing of the longer sled is left to run. */
	set_host(3);
	assert_int_equal(sled_from(1), 8);
	set_host(0);
	assert_int_equal(sled_from(1), 1);
}

static void test_most_additions(void **state)
{
	(void)state;
	set_host(SLED_MAX);
	assert_int_equal(sled_from(1), 0);
	for (size_t i = 0; i < SLED_MAX; i++) {
		assert_int_equal(fpb_sled[i * SLED_ADD_BYTES], 0x01);
		assert_int_equal(fpb_sled[i * SLED_ADD_BYTES + 1], 0xc0);
	}
	assert_int_equal(fpb_sled[(size_t)SLED_MAX * SLED_ADD_BYTES], 0xc3);
	set_host(0);
	assert_int_equal(sled_from(1), 1);
}

/* It is refused, and what was set stays in force and can be executed. */
static void test_too_many(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	set_host(5);
	assert_int_equal(fpb_inject_set_host(SLED_MAX + 1, &err), -ERANGE);
	assert_non_null(strstr(err.text, "16384"));
	assert_non_null(strstr(err.text, "16383"));
	assert_int_equal(sled_from(1), 32);
	set_host(0);
}

/* Permissions of the mapping with this address, "r-xp". */
static void permissions_at(const void *address, char permissions[5])
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long begin, end;
	char line[512];
	bool is_found = false;

	assert_non_null(f);
	while (!is_found && fgets(line, sizeof(line), f))
		is_found = sscanf(line, "%lx-%lx %4s", &begin, &end, permissions) == 3 &&
			   (unsigned long)address >= begin && (unsigned long)address < end;
	assert_true(is_found);
	fclose(f);
}

static void test_never_writable_and_executable(void **state)
{
	char permissions[5];

	(void)state;
	set_host(9);
	permissions_at(fpb_sled, permissions);
	assert_string_equal(permissions, "r-xp");
	permissions_at(fpb_sled + SLED_BYTES - 1, permissions);
	assert_string_equal(permissions, "r-xp");
	set_host(0);
}

/* Only whole pages can be made writable: nobody else's code may lie in the sled's. */
static void test_pages_of_its_own(void **state)
{
	(void)state;
	assert_int_equal((uintptr_t)fpb_sled % 4096, 0);
	assert_int_equal(SLED_BYTES % 4096, 0);
	assert_true(SLED_MAX * SLED_ADD_BYTES + 1 <= SLED_BYTES);
	assert_true((SLED_MAX + 1) * SLED_ADD_BYTES + 1 > SLED_BYTES);
}

static void test_sled_write(void **state)
{
	static const uint8_t three[] = { 0x01, 0xc0, 0x01, 0xc0, 0x01, 0xc0, 0xc3 };
	uint8_t sled[16];

	(void)state;
	memset(sled, 0xaa, sizeof(sled));
	assert_int_equal(sled_write(sled, sizeof(three), 3), 0);
	assert_memory_equal(sled, three, sizeof(three));
	assert_int_equal(sled[sizeof(three)], 0xaa);

	memset(sled, 0xaa, sizeof(sled));
	assert_int_equal(sled_write(sled, sizeof(three) - 1, 3), -1);
	assert_int_equal(sled[0], 0xaa);
	assert_int_equal(sled_write(sled, 1, 0), 0);
	assert_int_equal(sled[0], 0xc3);
	assert_int_equal(sled[1], 0xaa);
	assert_int_equal(sled_write(sled, 0, 0), -1);
	/* 2 * 2^31 + 1 is no 1. */
	assert_int_equal(sled_write(sled, sizeof(sled), 1u << 31), -1);
	assert_int_equal(sled_write(sled, sizeof(sled), UINT32_MAX), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_exactly_n_additions),
		cmocka_unit_test(test_most_additions),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_never_writable_and_executable),
		cmocka_unit_test(test_pages_of_its_own),
		cmocka_unit_test(test_sled_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
