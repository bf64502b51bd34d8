// SPDX-License-Identifier: MIT
/* test_json_make.c - arrays, numbers and documents that go out. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/report/json_make.h"

#define TEST(function) cmocka_unit_test(function)

static json_t *nth(const void *numbers, size_t i)
{
	return json_integer(((const int *)numbers)[i]);
}

static json_t *third_fails(const void *numbers, size_t i)
{
	return i == 2 ? NULL : nth(numbers, i);
}

static void test_array(void **state)
{
	static const int numbers[] = { 3, 1, 4 };
	json_t *array = fpb_json_array_of(numbers, 3, nth);
	char *text = json_dumps(array, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "[3,1,4]");
	free(text);
	json_decref(array);
	array = fpb_json_array_of(NULL, 0, nth);
	assert_int_equal(json_array_size(array), 0);
	json_decref(array);
}

/* What was made before is released; LeakSanitizer looks. */
static void test_array_without_memory(void **state)
{
	static const int numbers[] = { 3, 1, 4, 1 };

	(void)state;
	assert_null(fpb_json_array_of(numbers, 4, third_fails));
}

static void test_append_takes_both(void **state)
{
	json_t *item = json_string("item"), *array;

	(void)state;
	assert_null(fpb_json_append(json_array(), NULL));
	json_incref(item);
	assert_null(fpb_json_append(NULL, item));
	assert_int_equal(item->refcount, 1);
	array = fpb_json_append(json_array(), item);
	assert_ptr_equal(json_array_get(array, 0), item);
	assert_int_equal(item->refcount, 1);
	json_decref(array);
}

static void test_finite(void **state)
{
	const double none[] = { NAN, INFINITY, -INFINITY };
	json_t *json = fpb_json_finite(-2.5);

	(void)state;
	assert_true(json_real_value(json) == -2.5);
	json_decref(json);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		json = fpb_json_finite(none[i]);
		assert_true(json_is_null(json));
		json_decref(json);
	}
}

static void test_print(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	assert_int_equal(fpb_json_print(json_pack("{s:i}", "a", 1), out), 0);
	assert_int_equal(fpb_json_print(NULL, out), -ENOMEM);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "{\n \"a\": 1\n}\n");
	free(text);
}

static void test_print_to_a_full_disk(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(fpb_json_print(json_pack("{s:i}", "a", 1), full), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_array),
		TEST(test_array_without_memory),
		TEST(test_append_takes_both),
		TEST(test_finite),
		TEST(test_print),
		TEST(test_print_to_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
