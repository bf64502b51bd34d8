// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include <sys/wait.h>

/* The example's exit status; its standard output, and nothing else, in text. */
static int run_example(const char *args, char *text, size_t size)
{
	char command[512];
	size_t len;
	FILE *f;

	snprintf(command, sizeof(command), "%s %s 2>/dev/null", GBENCH_EXAMPLE, args);
	f = popen(command, "r");
	assert_non_null(f);
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	return WEXITSTATUS(pclose(f));
}

static json_t *find(json_t *benchmarks, const char *name)
{
	size_t i;
	json_t *b;

	json_array_foreach(benchmarks, i, b) {
		if (!strcmp(json_string_value(json_object_get(b, "name")), name))
			return b;
	}
	return NULL;
}

static void test_json(void **state)
{
	static const char *const copies[] = { "copy/memcpy/64",	  "copy/memcpy/512",
					      "copy/memcpy/4096", "copy/bytes/64",
					      "copy/bytes/512",	  "copy/bytes/4096" };
	static char text[65536];
	json_error_t error;
	json_t *root, *context, *benchmarks, *b;

	(void)state;
	assert_int_equal(run_example("json", text, sizeof(text)), 0);
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	context = json_object_get(root, "context");
	assert_string_equal(json_string_value(json_object_get(context, "example")),
			    "gbench_example.c");
	benchmarks = json_object_get(root, "benchmarks");
	assert_int_equal(json_array_size(benchmarks), 8);
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		b = find(benchmarks, copies[i]);
		assert_non_null(b);
		assert_true(json_real_value(json_object_get(b, "real_time")) > 0);
		assert_true(json_real_value(json_object_get(b, "bytes_per_second")) > 0);
		assert_null(json_object_get(b, "error_occurred"));
	}
	b = find(benchmarks, "clock/iterations:1000/manual_time");
	assert_non_null(b);
	assert_int_equal(json_integer_value(json_object_get(b, "iterations")), 1000);
	assert_non_null(json_object_get(b, "moved"));
	b = find(benchmarks, "time_travel");
	assert_non_null(b);
	assert_true(json_is_true(json_object_get(b, "error_occurred")));
	assert_string_equal(json_string_value(json_object_get(b, "error_message")),
			    "SKIPPED: this machine has no flux capacitor");
	json_decref(root);
}

static void test_formats(void **state)
{
	static char text[65536];

	(void)state;
	assert_int_equal(run_example("csv clock", text, sizeof(text)), 0);
	assert_memory_equal(text, "name,iterations,", 16);
	assert_non_null(strstr(text, "\n\"clock/iterations:1000/manual_time\",1000,"));
	assert_null(strstr(text, "copy"));
	assert_int_equal(run_example("console 'memcpy/64$'", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "\ncopy/memcpy/64 "));
	assert_null(strstr(text, "copy/bytes"));
}

static void test_filters(void **state)
{
	static char text[65536];

	(void)state;
	assert_int_equal(run_example("json nothing_like_it", text, sizeof(text)), 1);
	assert_string_equal(text, "");
	assert_int_equal(run_example("json '('", text, sizeof(text)), 1);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
