// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "host/machine/cpu_list.h"

static void ranges_come_in_order(void **state)
{
	const char *cursor = "0-3,8,10-11\n";
	unsigned int first, last;

	(void)state;
	assert_int_equal(cpu_list_next(&cursor, &first, &last), 1);
	assert_int_equal(first, 0);
	assert_int_equal(last, 3);
	assert_int_equal(cpu_list_next(&cursor, &first, &last), 1);
	assert_int_equal(first, 8);
	assert_int_equal(last, 8);
	assert_int_equal(cpu_list_next(&cursor, &first, &last), 1);
	assert_int_equal(first, 10);
	assert_int_equal(last, 11);
	assert_int_equal(cpu_list_next(&cursor, &first, &last), 0);
}

static void counts(void **state)
{
	(void)state;
	assert_int_equal(cpu_list_count(""), 0);
	assert_int_equal(cpu_list_count("\n"), 0);
	assert_int_equal(cpu_list_count("(null)"), 0);
	assert_int_equal(cpu_list_count("0"), 1);
	assert_int_equal(cpu_list_count("0-127,256-383"), 256);
	assert_int_equal(cpu_list_count("65535"), 1);
}

static void refuses_what_is_no_list(void **state)
{
	static const char *const bad[] = { "x",
					   "1-",
					   "-1",
					   "3-1",
					   "1,",
					   "1,,2",
					   "1 2",
					   "+1",
					   " 1",
					   "1-2-3",
					   "65536",
					   "0-65536",
					   "99999999999999999999",
					   "0-7:1/2" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cpu_list_count(bad[i]) != -EINVAL)
			fail_msg("\"%s\" gave %d", bad[i], cpu_list_count(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_come_in_order),
		cmocka_unit_test(counts),
		cmocka_unit_test(refuses_what_is_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
