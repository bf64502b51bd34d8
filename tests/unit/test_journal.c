// SPDX-License-Identifier: MIT
/* What survives a crash: one line per append, on disk before the append returns. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/core/journal.h"

/* The disk under the journal while `is_watched`. */
static struct {
	bool is_watched;
	int nr_writes, nr_fsyncs;
	int write_code, fsync_code; /* errno to fail with, 0: none */
	size_t room;		    /* bytes a write takes at most, 0: all */
} disk;

ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	if (!disk.is_watched)
		return __real_write(fd, data, bytes);
	disk.nr_writes++;
	if (disk.write_code) {
		errno = disk.write_code;
		return -1;
	}
	return __real_write(fd, data, disk.room && disk.room < bytes ? disk.room : bytes);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	if (!disk.is_watched)
		return __real_fsync(fd);
	disk.nr_fsyncs++;
	if (disk.fsync_code) {
		errno = disk.fsync_code;
		return -1;
	}
	return __real_fsync(fd);
}

/* Paths in a folder of each test's own. */
static struct {
	char folder[64];
	char report[96], journal[112];
} at;

static int make_folder(void **state)
{
	(void)state;
	memset(&disk, 0, sizeof(disk));
	strcpy(at.folder, "/tmp/fpb-journal-XXXXXX");
	if (!mkdtemp(at.folder))
		return -1;
	snprintf(at.report, sizeof(at.report), "%s/report.json", at.folder);
	snprintf(at.journal, sizeof(at.journal), "%s.journal", at.report);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	disk.is_watched = false;
	unlink(at.journal);
	return rmdir(at.folder);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void create(struct fpb_journal *journal)
{
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_journal_create(journal, at.report, &err), 0);
	assert_true(journal->fd >= 0);
	assert_string_equal(journal->path, at.journal);
}

static json_t *entry(int i)
{
	return json_pack("{s:i,s:s}", "entry", i, "text", "two\nlines and \"quotes\"");
}

static void check_lines(int nr)
{
	FILE *f = fopen(at.journal, "r");
	char line[256];
	int i = 0;

	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); i++) {
		json_t *json, *expected = entry(i);

		assert_int_equal(line[strlen(line) - 1], '\n');
		json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(json);
		assert_true(json_equal(json, expected));
		json_decref(json);
		json_decref(expected);
	}
	fclose(f);
	assert_int_equal(i, nr);
}

static void test_lines(void **state)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	(void)state;
	create(&journal);
	disk.is_watched = true;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fpb_journal_append(&journal, entry(i), &err), 0);
		/* A line is written whole, or a crash leaves half of one; and it is on disk. */
		assert_int_equal(disk.nr_writes, i + 1);
		assert_int_equal(disk.nr_fsyncs, i + 1);
		check_lines(i + 1);
	}
	assert_int_equal(err.code, 0);
	fpb_journal_close(&journal, false);
	assert_int_equal(journal.fd, -1);
	assert_null(journal.path);
	check_lines(5);
}

static void test_removed_when_done(void **state)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	(void)state;
	create(&journal);
	assert_int_equal(fpb_journal_append(&journal, entry(0), &err), 0);
	fpb_journal_close(&journal, true);
	assert_false(is_there(at.journal));
	/* Closing again, as every error path may, changes nothing. */
	fpb_journal_close(&journal, true);
	fpb_journal_close(&journal, false);
}

static void test_existing_one_is_left_alone(void **state)
{
	struct fpb_journal first, second;
	struct fpb_err err = { 0 };

	(void)state;
	create(&first);
	assert_int_equal(fpb_journal_append(&first, entry(0), &err), 0);
	assert_int_equal(fpb_journal_create(&second, at.report, &err), -EEXIST);
	assert_non_null(strstr(err.text, at.journal));
	assert_non_null(strstr(err.text, "remove"));
	assert_non_null(strstr(err.text, "--out"));
	fpb_journal_close(&second, false);
	check_lines(1);
	fpb_journal_close(&first, false);
}

/* Not even through a link: it may lead to what is not ours. */
static void test_link_is_refused(void **state)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(symlink("/dev/full", at.journal), 0);
	assert_int_equal(fpb_journal_create(&journal, at.report, &err), -EEXIST);
	fpb_journal_close(&journal, false);
	assert_true(is_there(at.journal));
}

static void test_no_folder(void **state)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/none/report.json", at.folder);
	assert_int_equal(fpb_journal_create(&journal, path, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	assert_null(strstr(err.text, "remove"));
	fpb_journal_close(&journal, false);
}

static void check_failing(int code, const char *word)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	create(&journal);
	disk.is_watched = true;
	assert_int_equal(fpb_journal_append(&journal, entry(0), &err), code);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, at.journal));
	assert_non_null(strstr(err.text, word));
	disk.is_watched = false;
	fpb_journal_close(&journal, false);
	/* What there is of it is kept for the one who looks into it. */
	assert_true(is_there(at.journal));
}

static void test_write_fails(void **state)
{
	(void)state;
	disk.write_code = EIO;
	check_failing(-EIO, "space");
	assert_int_equal(disk.nr_fsyncs, 0);
}

static void test_disk_full_in_the_middle(void **state)
{
	(void)state;
	disk.room = 10;
	check_failing(-ENOSPC, "space");
}

static void test_fsync_fails(void **state)
{
	(void)state;
	disk.fsync_code = EDQUOT;
	check_failing(-EDQUOT, "fsync");
}

static void test_no_line(void **state)
{
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	(void)state;
	create(&journal);
	disk.is_watched = true;
	/* What json_pack() gives without memory. */
	assert_int_equal(fpb_journal_append(&journal, NULL, &err), -ENOMEM);
	assert_int_equal(disk.nr_writes, 0);
	disk.is_watched = false;
	fpb_journal_close(&journal, true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_removed_when_done),
		TEST(test_existing_one_is_left_alone),
		TEST(test_link_is_refused),
		TEST(test_no_folder),
		TEST(test_write_fails),
		TEST(test_disk_full_in_the_middle),
		TEST(test_fsync_fails),
		TEST(test_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
