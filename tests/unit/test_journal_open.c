// SPDX-License-Identifier: MIT
/* test_journal_open.c - going on with a journal: one process at a time, torn lines cut off. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/core/journal.h"
#include "tests/unit/report_fixture.h"

struct fixture {
	char *directory, *report, *journal;
};

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->directory = make_directory();
	f->report = path_in(f->directory, "report.json");
	f->journal = path_in(f->directory, "report.json.journal");
	*state = f;
	return 0;
}

static int drop(void **state)
{
	struct fixture *f = *state;

	remove_directory(f->directory);
	free(f->report);
	free(f->journal);
	free(f);
	return 0;
}

static json_t *line(int i)
{
	return json_pack("{s:i}", "i", i);
}

static void text_is(const struct fixture *f, const char *expected)
{
	size_t length;
	char *text = file_text(f->journal, &length);

	assert_string_equal(text, expected);
	free(text);
}

static void goes_on_at_the_end(void **state)
{
	const struct fixture *f = *state;
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_journal_create(&journal, f->report, &err), 0);
	assert_int_equal(fpb_journal_append(&journal, line(1), &err), 0);
	assert_int_equal(fpb_journal_append(&journal, line(2), &err), 0);
	fpb_journal_close(&journal, false);
	assert_int_equal(fpb_journal_open(&journal, f->report, &err), 0);
	assert_string_equal(journal.path, f->journal);
	/* Half of the second line was lost. */
	assert_int_equal(fpb_journal_cut(&journal, strlen("{\"i\":1}\n"), &err), 0);
	assert_int_equal(fpb_journal_append(&journal, line(3), &err), 0);
	text_is(f, "{\"i\":1}\n{\"i\":3}\n");
	fpb_journal_close(&journal, true);
	assert_int_equal(nr_files_in(f->directory), 0);
}

static void there_is_none(void **state)
{
	const struct fixture *f = *state;
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_journal_open(&journal, f->report, &err), -ENOENT);
	assert_non_null(strstr(err.text, f->journal));
	fpb_journal_close(&journal, true);
	assert_int_equal(nr_files_in(f->directory), 0);
}

static void link_is_not_followed(void **state)
{
	const struct fixture *f = *state;
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	assert_int_equal(symlink("/dev/null", f->journal), 0);
	assert_int_equal(fpb_journal_open(&journal, f->report, &err), -ELOOP);
	fpb_journal_close(&journal, false);
}

static void one_process_at_a_time(void **state)
{
	const struct fixture *f = *state;
	struct fpb_journal first, second;
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_journal_create(&first, f->report, &err), 0);
	assert_int_equal(fpb_journal_open(&second, f->report, &err), -EBUSY);
	assert_non_null(strstr(err.text, f->journal));
	fpb_journal_close(&second, false);
	fpb_journal_close(&first, false);
	memset(&err, 0, sizeof(err));
	assert_int_equal(fpb_journal_open(&first, f->report, &err), 0);
	assert_int_equal(fpb_journal_open(&second, f->report, &err), -EBUSY);
	fpb_journal_close(&second, false);
	fpb_journal_close(&first, false);
}

/* A limit on the size of files lets through what fits, like a disk that fills up. */
static void half_a_line_is_taken_back(void **state)
{
	const struct fixture *f = *state;
	struct rlimit before, small;
	struct fpb_journal journal;
	struct fpb_err err = { 0 };

	assert_int_equal(fpb_journal_create(&journal, f->report, &err), 0);
	assert_int_equal(fpb_journal_append(&journal, line(1), &err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = strlen("{\"i\":1}\n") + 3;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(fpb_journal_append(&journal, line(2), &err), -ENOSPC);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(err.text, f->journal));
	assert_non_null(strstr(err.text, "--resume"));
	text_is(f, "{\"i\":1}\n");
	memset(&err, 0, sizeof(err));
	assert_int_equal(fpb_journal_append(&journal, line(2), &err), 0);
	text_is(f, "{\"i\":1}\n{\"i\":2}\n");
	fpb_journal_close(&journal, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_on_at_the_end, make, drop),
		cmocka_unit_test_setup_teardown(there_is_none, make, drop),
		cmocka_unit_test_setup_teardown(link_is_not_followed, make, drop),
		cmocka_unit_test_setup_teardown(one_process_at_a_time, make, drop),
		cmocka_unit_test_setup_teardown(half_a_line_is_taken_back, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
