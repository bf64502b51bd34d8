// SPDX-License-Identifier: MIT
/* test_lab_image_cache.c - files of the cache are whole, shared, kept while in use, else dropped. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/image_cache.h"
#include "tests/unit/lab_image_fixture.h"

#define SUFFIX ".cpio"

static char *directory;

static int setup(void **state)
{
	(void)state;
	directory = fixture_directory();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_remove(directory);
	free(directory);
	return 0;
}

static int hold(const char *text, char **path)
{
	struct fpb_err err = { 0 };
	int fd = lab_cache_hold(directory, SUFFIX, text, strlen(text), path, &err);

	if (fd < 0)
		fail_msg("%s", err.text);
	return fd;
}

static void expect_text(const char *path, const char *text)
{
	size_t bytes;
	unsigned char *data = fixture_read(path, &bytes);

	assert_int_equal(bytes, strlen(text));
	assert_memory_equal(data, text, bytes);
	free(data);
}

static void set_age(const char *path, time_t seconds)
{
	struct timespec times[2] = { 0 };

	times[0].tv_sec = times[1].tv_sec = time(NULL) - seconds;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* SHA-256 of "abc", FIPS 180-2. */
static void test_name(void **state)
{
	char *path;
	int fd = hold("abc", &path);

	(void)state;
	assert_string_equal(
		strrchr(path, '/') + 1,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" SUFFIX);
	expect_text(path, "abc");
	close(fd);
	free(path);
}

static void test_made_once(void **state)
{
	struct stat first, second;
	char *path, *again;
	int fd = hold("abc", &path), fd_again;

	(void)state;
	set_age(path, 1000);
	assert_int_equal(stat(path, &first), 0);
	fd_again = hold("abc", &again);
	assert_int_equal(stat(again, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_true(second.st_mtime > first.st_mtime); /* used */
	assert_int_equal(fixture_count(directory, ""), 1);
	close(fd);
	close(fd_again);
	free(path);
	free(again);
}

static void test_cut_file_is_replaced(void **state)
{
	char *path, *again;
	int fd = hold("abcdef", &path);

	(void)state;
	close(fd);
	assert_int_equal(truncate(path, 3), 0);
	fd = hold("abcdef", &again);
	assert_string_equal(path, again);
	expect_text(path, "abcdef");
	close(fd);
	free(path);
	free(again);
}

static void test_longest_unused_go(void **state)
{
	char *path[5];

	(void)state;
	for (int i = 0; i < 5; i++) {
		char text[] = { (char)('a' + i), '\0' };

		close(hold(text, &path[i]));
	}
	set_age(path[0], 10);
	set_age(path[1], 50);
	set_age(path[2], 20);
	set_age(path[3], 40);
	set_age(path[4], 30);
	lab_cache_prune(directory, SUFFIX, 3);
	assert_int_equal(access(path[0], F_OK), 0);
	assert_int_equal(access(path[1], F_OK), -1);
	assert_int_equal(access(path[2], F_OK), 0);
	assert_int_equal(access(path[3], F_OK), -1);
	assert_int_equal(access(path[4], F_OK), 0);
	for (int i = 0; i < 5; i++)
		free(path[i]);
}

static void test_used_stay(void **state)
{
	char *old, *again, *young;
	int fd;

	(void)state;
	close(hold("old", &old));
	close(hold("young", &young));
	fd = hold("old", &again);
	free(again);
	set_age(old, 100);
	lab_cache_prune(directory, SUFFIX, 1);
	assert_int_equal(access(old, F_OK), 0);
	assert_int_equal(access(young, F_OK), 0);
	close(fd);
	lab_cache_prune(directory, SUFFIX, 1);
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(access(young, F_OK), 0);
	free(old);
	free(young);
}

static void test_new_stays(void **state)
{
	char *path;
	int fd = hold("new", &path);

	(void)state;
	lab_cache_prune(directory, SUFFIX, 0);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	lab_cache_prune(directory, SUFFIX, 0);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

/* The limit on the size of files stands for the full disk: write() fails at the same place. */
static void test_no_room(void **state)
{
	struct rlimit saved, limit;
	struct fpb_err err = { 0 };
	char *path;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = saved;
	limit.rlim_cur = 2;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(lab_cache_hold(directory, SUFFIX, "abc", 3, &path, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_null(path);
	assert_non_null(strstr(err.text, directory));
	assert_non_null(strstr(err.text, " 3 bytes"));
	assert_int_equal(fixture_count(directory, ""), 0);
}

static void create(const char *name, char **path)
{
	int fd;

	assert_true(asprintf(path, "%s/%s", directory, name) > 0);
	fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

/* A killed process leaves its temporary file; what is not of the cache is none of its business. */
static void test_only_its_own_go(void **state)
{
	char *abandoned, *other;

	(void)state;
	create("tmp", &abandoned);
	create("notes.txt", &other);
	lab_cache_prune(directory, SUFFIX, 0);
	assert_int_equal(access(abandoned, F_OK), -1);
	assert_int_equal(access(other, F_OK), 0);
	free(abandoned);
	free(other);
}

/* Makers, users and droppers at once: what a process holds is there. */
static void test_many_at_once(void **state)
{
	enum { NR = 8, ROUNDS = 100 };
	pid_t pid[NR];

	(void)state;
	for (int i = 0; i < NR; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i])
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			char text[] = { (char)('a' + round % 3), '\0' };
			int lock = lab_cache_lock(directory, NULL);
			char *path;
			int fd = lab_cache_hold(directory, SUFFIX, text, 1, &path, NULL);

			lab_cache_prune(directory, SUFFIX, 1);
			close(lock);
			if (lock < 0 || fd < 0 || access(path, R_OK))
				_exit(1);
			free(path);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < NR; i++) {
		int status;

		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(fixture_count(directory, ""), fixture_count(directory, SUFFIX) + 1);
}

static void test_directory_of_xdg(void **state)
{
	char *expected, *cache;
	struct stat st;

	(void)state;
	assert_true(asprintf(&expected, "%s/x/y", directory) > 0);
	assert_int_equal(setenv("XDG_CACHE_HOME", expected, 1), 0);
	free(expected);
	cache = lab_cache_dir(NULL);
	assert_non_null(cache);
	assert_true(asprintf(&expected, "%s/x/y/fpstate-bench/lab", directory) > 0);
	assert_string_equal(cache, expected);
	assert_int_equal(stat(cache, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	free(cache);
	cache = lab_cache_dir(NULL); /* exists */
	assert_non_null(cache);
	free(cache);
	free(expected);
}

static void test_directory_of_home(void **state)
{
	char *expected, *cache;

	(void)state;
	assert_int_equal(setenv("XDG_CACHE_HOME", "relative", 1), 0); /* to be ignored */
	assert_int_equal(setenv("HOME", directory, 1), 0);
	assert_true(asprintf(&expected, "%s/.cache/fpstate-bench/lab", directory) > 0);
	cache = lab_cache_dir(NULL);
	assert_non_null(cache);
	assert_string_equal(cache, expected);
	assert_int_equal(access(cache, W_OK), 0);
	free(cache);
	free(expected);
}

static void test_no_directory(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	assert_null(lab_cache_dir(&err));
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.text, "XDG_CACHE_HOME"));
}

static void test_directory_cannot_be_made(void **state)
{
	struct fpb_err err = { 0 };
	char *file;

	(void)state;
	create("file", &file);
	assert_int_equal(setenv("XDG_CACHE_HOME", file, 1), 0);
	assert_null(lab_cache_dir(&err));
	assert_int_equal(err.code, -ENOTDIR);
	assert_non_null(strstr(err.text, file));
	free(file);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_name),
		TEST(test_made_once),
		TEST(test_cut_file_is_replaced),
		TEST(test_longest_unused_go),
		TEST(test_used_stay),
		TEST(test_new_stays),
		TEST(test_no_room),
		TEST(test_only_its_own_go),
		TEST(test_many_at_once),
		TEST(test_directory_of_xdg),
		TEST(test_directory_of_home),
		TEST(test_no_directory),
		TEST(test_directory_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
