// SPDX-License-Identifier: MIT
#include <sched.h>
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

#include "host/machine/disturbance.h"

#define SERVER FPB_FIXTURES "/machines/server-amx"

/* A tree of our own, whose files change between snapshots. */
static char root[64];

static void path_to(char path[128], const char *name)
{
	snprintf(path, 128, "%s%s", root, name);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	path_to(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_root(void **state)
{
	char path[128];

	(void)state;
	snprintf(root, sizeof(root), "/tmp/fpb-disturbance-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	path_to(path, "/proc");
	if (mkdir(path, 0700))
		return -1;
	path_to(path, "/proc/thread-self");
	return mkdir(path, 0700);
}

static int remove_root(void **state)
{
	static const char *const files[] = { "/proc/thread-self/sched", "/proc/stat" };
	static const char *const dirs[] = { "/proc/thread-self", "/proc", "" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		path_to(path, files[i]);
		unlink(path);
	}
	for (i = 0; i < 3; i++) {
		path_to(path, dirs[i]);
		rmdir(path);
	}
	return 0;
}

static void sees_steal_and_migrations_of_its_own_cpu(void **state)
{
	struct disturbance_snapshot before, after;
	struct disturbance_watch watch;
	struct disturbance d;

	(void)state;
	write_file("/proc/stat", "cpu  1 2 3 4 5 6 7 300 9 10\ncpu0 1 2 3 4 5 6 7 100 9 10\n"
				 "cpu1 1 2 3 4 5 6 7 200 9 10\ncpu10 1 2 3 4 5 6 7 999 9 10\n");
	write_file("/proc/thread-self/sched", "x (1, #threads: 1)\n-----\n"
					      "se.nr_migrations    :     7\n");
	disturbance_open(&watch, 1, root);
	disturbance_snapshot(&watch, &before);
	assert_int_equal(before.steal_ticks, 200);
	assert_int_equal(before.nr_migrations, 7);
	/* CPU 0's steal time is another's business. */
	write_file("/proc/stat", "cpu  1 2 3 4 5 6 7 900 9 10\ncpu0 1 2 3 4 5 6 7 500 9 10\n"
				 "cpu1 1 2 3 9 6 6 7 203 9 10\n");
	write_file("/proc/thread-self/sched", "se.nr_migrations    :     9\n");
	disturbance_snapshot(&watch, &after);
	disturbance_close(&watch);
	d = disturbance_between(&before, &after);
	assert_int_equal(d.steal_ticks, 3);
	/* Idle, and waiting for I/O. */
	assert_int_equal(d.idle_ticks, 6);
	assert_int_equal(d.nr_migrations, 2);
	assert_true(disturbance_is_any(&d));
}

static void what_cannot_be_read_is_unknown(void **state)
{
	static const char *const stats[] = {
		"",
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n", /* no such CPU */
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu10 1 2 3 4 5 6 7 8 9 10\n",
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7\ncpu2 1 2 3 4 5 6 7 8\n",
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 x 6 7 8 9 10\n",
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7 8", /* torn within the number */
	};
	struct disturbance_snapshot snapshot;
	struct disturbance_watch watch;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		write_file("/proc/stat", stats[i]);
		write_file("/proc/thread-self/sched", "policy : 0\n");
		disturbance_open(&watch, 1, root);
		disturbance_snapshot(&watch, &snapshot);
		disturbance_close(&watch);
		if (snapshot.steal_ticks != -1)
			fail_msg("stat %zu: %lld", i, (long long)snapshot.steal_ticks);
		assert_int_equal(snapshot.nr_migrations, -1);
	}
}

static void without_files_the_cpu_still_tells(void **state)
{
	struct disturbance_snapshot before, after;
	struct disturbance_watch watch;
	struct disturbance d;

	(void)state;
	disturbance_open(&watch, 0, "/no/such/tree");
	assert_int_equal(watch.sched_fd, -1);
	assert_int_equal(watch.stat_fd, -1);
	disturbance_snapshot(&watch, &before);
	after = before;
	d = disturbance_between(&before, &after);
	assert_int_equal(d.steal_ticks, -1);
	assert_int_equal(d.nr_migrations, 0);
	assert_int_equal(d.nr_involuntary_switches, 0);
	assert_false(disturbance_is_any(&d));
	after.cpu = before.cpu + 1;
	d = disturbance_between(&before, &after);
	assert_int_equal(d.nr_migrations, 1);
	assert_true(disturbance_is_any(&d));
	disturbance_close(&watch);
	disturbance_close(&watch);
}

static void each_kind_counts_and_unknown_does_not(void **state)
{
	struct disturbance_snapshot before = { 5, 5, 5, 7, 0 };
	struct disturbance_snapshot after = { 6, 5, 5, 9, 0 };
	struct disturbance unknown = { -1, -1, -1, -1 };
	struct disturbance d;

	(void)state;
	d = disturbance_between(&before, &after);
	assert_int_equal(d.nr_involuntary_switches, 1);
	assert_true(disturbance_is_any(&d));
	after = (struct disturbance_snapshot){ 5, 5, 4, 9, 0 };
	d = disturbance_between(&before, &after);
	assert_int_equal(d.steal_ticks, 0);
	assert_false(disturbance_is_any(&d));
	assert_false(disturbance_is_any(&unknown));
}

static void reads_a_captured_machine(void **state)
{
	struct disturbance_snapshot snapshot;
	struct disturbance_watch watch;

	(void)state;
	disturbance_open(&watch, 1, SERVER);
	disturbance_snapshot(&watch, &snapshot);
	disturbance_close(&watch);
	assert_int_equal(snapshot.steal_ticks, 31);
}

static void sees_a_real_migration(void **state)
{
	struct disturbance_snapshot before, after;
	struct disturbance_watch watch;
	cpu_set_t allowed, one;
	struct disturbance d;
	int cpu, first = -1, second = -1;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	for (cpu = 0; cpu < CPU_SETSIZE && second < 0; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		if (first < 0)
			first = cpu;
		else
			second = cpu;
	}
	if (second < 0)
		skip();
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	disturbance_open(&watch, first, NULL);
	disturbance_snapshot(&watch, &before);
	assert_int_equal(before.cpu, first);
	CPU_ZERO(&one);
	CPU_SET(second, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	disturbance_snapshot(&watch, &after);
	disturbance_close(&watch);
	assert_int_equal(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
	d = disturbance_between(&before, &after);
	assert_true(d.nr_migrations >= 1);
	assert_true(disturbance_is_any(&d));
	assert_true(d.nr_involuntary_switches >= 0);
}

static void preemption_is_what_the_thread_did_not_ask_for(void **state)
{
	static const struct {
		struct switch_counts before, after;
		bool is_preempted;
	} cases[] = {
		{ { 0, 0 }, { 0, 0 }, false },
		{ { 4, 7 }, { 4, 8 }, true },
		{ { 4, 7 }, { 4, 9 }, true },
		/* It slept, and may have been preempted because of it. */
		{ { 4, 7 }, { 5, 7 }, false },
		{ { 4, 7 }, { 5, 8 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (switch_counts_tell_preemption(&cases[i].before, &cases[i].after) !=
		    cases[i].is_preempted)
			fail_msg("case %zu", i);
	}
}

static void sees_a_real_sleep(void **state)
{
	struct switch_counts before, after;

	(void)state;
	switch_counts_read(&before);
	usleep(1000);
	switch_counts_read(&after);
	assert_true(after.nr_voluntary > before.nr_voluntary);
	assert_false(switch_counts_tell_preemption(&before, &after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sees_steal_and_migrations_of_its_own_cpu, make_root,
						remove_root),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_unknown, make_root,
						remove_root),
		cmocka_unit_test(without_files_the_cpu_still_tells),
		cmocka_unit_test(each_kind_counts_and_unknown_does_not),
		cmocka_unit_test(reads_a_captured_machine),
		cmocka_unit_test(sees_a_real_migration),
		cmocka_unit_test(preemption_is_what_the_thread_did_not_ask_for),
		cmocka_unit_test(sees_a_real_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
