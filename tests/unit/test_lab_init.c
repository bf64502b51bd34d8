// SPDX-License-Identifier: MIT
/* test_lab_init.c - what the lab's init reads: its lists, and the kernel's log. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/linux/file.h"
#include "guest/linux/kmsg.h"

static void test_arguments(void **state)
{
	char program[] = "/lab/program";
	char data[] = "run\0--filter\0a b\n'\"\\\0\0--out"; /* the last has no end */
	char **argv = arguments_parse(program, data, sizeof(data) - 1);

	(void)state;
	assert_non_null(argv);
	assert_ptr_equal(argv[0], program);
	assert_string_equal(argv[1], "run");
	assert_string_equal(argv[2], "--filter");
	assert_string_equal(argv[3], "a b\n'\"\\");
	assert_string_equal(argv[4], "");
	assert_null(argv[5]);
	free(argv);
}

static void test_no_arguments(void **state)
{
	char program[] = "/lab/program", data[] = "";
	char **argv = arguments_parse(program, data, 0);

	(void)state;
	assert_non_null(argv);
	assert_ptr_equal(argv[0], program);
	assert_null(argv[1]);
	free(argv);
}

static void test_module_list(void **state)
{
	char list[] = "00-irqbypass.ko 3\n01-kvm.ko 3\n02-kvm_amd.ko 1\n";
	char *rest = list, *file;
	uint32_t needed_by;

	(void)state;
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 1);
	assert_string_equal(file, "00-irqbypass.ko");
	assert_int_equal(needed_by, 3);
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 1);
	assert_string_equal(file, "01-kvm.ko");
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 1);
	assert_string_equal(file, "02-kvm_amd.ko");
	assert_int_equal(needed_by, 1);
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 0);
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 0);
}

static void test_empty_module_list(void **state)
{
	char list[] = "";
	char *rest = list, *file;
	uint32_t needed_by;

	(void)state;
	assert_int_equal(module_list_next(&rest, &file, &needed_by), 0);
}

static void test_bad_module_lines(void **state)
{
	static const char *const bad[] = { "kvm.ko", "kvm.ko ", "kvm.ko x", "kvm.ko 1 2",
					   "kvm.ko 99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char list[64];
		char *rest = list, *file;
		uint32_t needed_by;

		snprintf(list, sizeof(list), "%s\n", bad[i]);
		assert_int_equal(module_list_next(&rest, &file, &needed_by), -EINVAL);
		assert_string_equal(file, bad[i]);
	}
}

static void test_kernel_words(void **state)
{
	static const char first[] = "3,512,2000000,-;kvm: RT requires X86_FEATURE_CONSTANT_TSC\n"
				    " SUBSYSTEM=module\n";
	static const char second[] = "6,513,2000001,-;has; a semicolon\n";
	static const char no_record[] = "no record";
	char text[64] = "";

	(void)state;
	kmsg_append(text, sizeof(text), first, strlen(first));
	assert_string_equal(text, "kvm: RT requires X86_FEATURE_CONSTANT_TSC");
	kmsg_append(text, sizeof(text), no_record, strlen(no_record));
	kmsg_append(text, sizeof(text), second, strlen(second));
	assert_string_equal(text, "kvm: RT requires X86_FEATURE_CONSTANT_TSC; has; a semicolon");
	/* 59 characters are there; "; " and four more do not fit into 64 with the end. */
	kmsg_append(text, sizeof(text), "6,1,1,-;1234", strlen("6,1,1,-;1234"));
	assert_string_equal(text, "kvm: RT requires X86_FEATURE_CONSTANT_TSC; has; a semicolon");
	kmsg_append(text, sizeof(text), "6,1,1,-;12\n", strlen("6,1,1,-;12\n"));
	assert_string_equal(text,
			    "kvm: RT requires X86_FEATURE_CONSTANT_TSC; has; a semicolon; 12");
}

static void test_no_kernel_log(void **state)
{
	char text[8] = "before";

	(void)state;
	kmsg_collect(-ENOENT, text, sizeof(text));
	assert_string_equal(text, "");
}

static void test_whole_file(void **state)
{
	char path[] = "/tmp/fpb-lab-init-XXXXXX";
	int fd = mkstemp(path);
	size_t bytes;
	char *data;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a\0b\n", 4), 4);
	close(fd);
	assert_int_equal(file_read(path, &data, &bytes), 0);
	assert_int_equal(bytes, 4);
	assert_memory_equal(data, "a\0b\n", 5);
	free(data);
	unlink(path);
	assert_int_equal(file_read(path, &data, &bytes), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),	 cmocka_unit_test(test_no_arguments),
		cmocka_unit_test(test_module_list),	 cmocka_unit_test(test_empty_module_list),
		cmocka_unit_test(test_bad_module_lines), cmocka_unit_test(test_kernel_words),
		cmocka_unit_test(test_no_kernel_log),	 cmocka_unit_test(test_whole_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
