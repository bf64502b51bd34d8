// SPDX-License-Identifier: MIT
/* test_temporary.c - folders for one task: made where TMPDIR says, removed with all in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/temporary.h"

static char place[] = "/tmp/fpstate-bench-test.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(place) && !setenv("TMPDIR", place, 1) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	/* Empty, whatever the tests did. */
	return rmdir(place);
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void put(const char *folder, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void test_made_and_removed(void **state)
{
	char *path, inner[256];
	struct fpb_err err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(temporary_folder_make("t", &path, &err), 0);
	assert_int_equal(strncmp(path, place, strlen(place)), 0);
	assert_non_null(strstr(path, "/fpstate-bench-t."));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	put(path, "file");
	snprintf(inner, sizeof(inner), "%s/inner", path);
	assert_int_equal(mkdir(inner, 0700), 0);
	put(inner, "file");
	temporary_folder_remove(path);
	assert_false(exists(path));
	free(path);
}

static void test_links_are_not_followed(void **state)
{
	char *kept, *path, link[256], file[256];
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(temporary_folder_make("kept", &kept, &err), 0);
	assert_int_equal(temporary_folder_make("t", &path, &err), 0);
	put(kept, "file");
	snprintf(file, sizeof(file), "%s/file", kept);
	snprintf(link, sizeof(link), "%s/link", path);
	assert_int_equal(symlink(kept, link), 0);
	temporary_folder_remove(path);
	assert_false(exists(path));
	assert_true(exists(file));
	temporary_folder_remove(kept);
	free(path);
	free(kept);
}

static void test_no_place(void **state)
{
	struct fpb_err err = { 0 };
	char *path = place;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
	assert_int_equal(temporary_folder_make("t", &path, &err), -ENOENT);
	assert_null(path);
	assert_non_null(strstr(err.text, "/nowhere/at/all/fpstate-bench-t."));
	assert_non_null(strstr(err.text, "TMPDIR"));
	assert_int_equal(setenv("TMPDIR", place, 1), 0);
}

static void test_none(void **state)
{
	(void)state;
	temporary_folder_remove(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_and_removed),
		cmocka_unit_test(test_links_are_not_followed),
		cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
