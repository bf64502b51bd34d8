// SPDX-License-Identifier: MIT
/*
 * test_runner.c - a plan carried out by measuring processes that misbehave; this program is its own
 * measuring and probing process, and what it does is in the name of the row or in the environment.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/core/runner.h"
#include "bench/core/worker.h"

#define START	   "FPB_TEST_START" /* how a child begins, if not well */
#define NR_BATCHES 32
#define CPU	   7
#define TSC_KHZ	   2345678
#define CALM_TICKS 1640

/* The child's side. */

static void say(json_t *message)
{
	json_dumpf(message, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(message);
}

static json_t *hear(void)
{
	return json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL);
}

static void wait_for_end(void)
{
	json_t *message;

	while ((message = hear()))
		json_decref(message);
}

static int misbehave(const char *start)
{
	if (strcmp(start, "error") == 0)
		say(json_pack("{s:s}", "error", "no such CPU"));
	else if (strcmp(start, "garbage") == 0)
		puts("Hello");
	else if (strcmp(start, "waits") == 0)
		wait_for_end();
	else
		raise(SIGKILL);
	return EXIT_FAILURE;
}

static json_int_t number(const json_t *message, const char *key)
{
	return json_integer_value(json_object_get(message, key));
}

/* What was asked for and who was asked goes into the evidence. */
static json_t *observe(const json_t *config, const json_t *request)
{
	return json_pack(
		"{s:{s:I,s:s,s:s,s:s,s:[i,i],s:i,s:f,s:n,s:b,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I},"
		"s:[],s:f}}",
		"observation", "run", number(request, "run"), "name", "t/good", "substrate", "host",
		"unit", "cyc", "batches", 100, 200, "iterations_per_batch", 64, "overhead", 0.5,
		"copies", "gated", 1, "evidence", "pid", (json_int_t)getpid(), "cpu",
		number(config, "cpu"), "tsc_khz", number(config, "tsc_khz"), "calm_ticks",
		number(config, "calm_ticks"), "asked_batches", number(request, "batches"),
		"asked_nr", number(request, "inject_nr"), "asked_tenths",
		(json_int_t)(10 * json_real_value(json_object_get(request, "inject_percent"))),
		"flags", "cpu_time_ns", 1.5);
}

static void answer(const json_t *config, const json_t *request)
{
	const char *row = json_string_value(json_object_get(request, "row"));

	if (strcmp(row, "t/dies@host") == 0)
		raise(SIGKILL);
	if (strcmp(row, "t/quits@host") == 0)
		exit(9);
	if (strcmp(row, "t/fails@host") == 0)
		say(json_pack("{s:{s:s,s:s,s:s,s:s}}", "failure", "name", "t/fails", "substrate",
			      "host", "error", "it fails", "where", "x.c:1"));
	else if (strcmp(row, "t/complains@host") == 0)
		say(json_pack("{s:s}", "error", "I do not like it"));
	else if (strcmp(row, "t/nonsense@host") == 0)
		say(json_pack("{s:{s:i}}", "observation", "run", -1));
	else if (strcmp(row, "t/empty@host") == 0)
		say(json_object());
	else
		say(observe(config, request));
}

static int act_worker(void)
{
	const char *start = getenv(START);
	json_t *config, *request;

	fpb_child_settle();
	if (start)
		return misbehave(start);
	config = hear();
	say(json_pack("{s:b,s:i}", "ready", 1, "calm_ticks", CALM_TICKS));
	while ((request = hear())) {
		answer(config, request);
		json_decref(request);
	}
	json_decref(config);
	return 0;
}

static int act_probe(void)
{
	const char *start = getenv(START);
	struct fpb_capabilities caps = { .tsc_step = 17 };

	if (start)
		return misbehave(start);
	fpb_lack_set(&caps.on[FPB_HOST], FPB_NEED_PMU, "no-pmu", "none");
	say(fpb_capabilities_to_json(&caps));
	return 0;
}

/* The parent's side. */

static const struct fpb_bench bench = { .name = "t/row" };
static const struct fpb_capabilities caps;

struct fixture {
	char folder[64], path[96];
	struct fpb_row row[4];
	struct fpb_entry entry[32];
	struct fpb_plan plan;
	struct fpb_journal journal;
	struct fpb_progress progress;
	struct fpb_calm_levels calm;
	volatile sig_atomic_t is_interrupted;
	struct fpb_inject inject;
	struct fpb_report report;
	struct fpb_err err;
};

static struct fixture f;

static int make(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	unsetenv(START);
	f.progress.style = FPB_PROGRESS_NONE;
	f.plan.entry = f.entry;
	strcpy(f.folder, "/tmp/fpb-runner-XXXXXX");
	if (!mkdtemp(f.folder))
		return -1;
	snprintf(f.path, sizeof(f.path), "%s/report.json", f.folder);
	return fpb_journal_create(&f.journal, f.path, &f.err);
}

static int clear(void **state)
{
	(void)state;
	fpb_journal_close(&f.journal, true);
	fpb_report_clear(&f.report);
	return rmdir(f.folder);
}

static void set_row(size_t i, const char *name)
{
	f.row[i] = (struct fpb_row){ .bench = &bench, .substrate = FPB_HOST };
	snprintf(f.row[i].name, sizeof(f.row[i].name), "%s", name);
	snprintf(f.row[i].id, sizeof(f.row[i].id), "%s@host", name);
}

static void add_entry(unsigned int run, size_t row)
{
	f.entry[f.plan.nr++] = (struct fpb_entry){ .run = run, .row = &f.row[row] };
}

static int run(void)
{
	const struct fpb_runner runner = {
		.plan = &f.plan,
		.caps = &caps,
		.nr_batches = NR_BATCHES,
		.inject = f.inject,
		.cpu = CPU,
		.tsc_khz = TSC_KHZ,
		.calm = &f.calm,
		.journal = &f.journal,
		.progress = &f.progress,
		.is_interrupted = &f.is_interrupted,
	};

	return fpb_runner_run(&runner, &f.report, &f.err);
}

static json_int_t evidence_of(size_t observation, const char *key)
{
	const struct fpb_observation *obs = &f.report.observations[observation];

	assert_true(observation < f.report.nr_observations);
	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (strcmp(obs->evidence[i].key, key) == 0)
			return obs->evidence[i].value;
	}
	fail_msg("no evidence '%s'", key);
	return 0;
}

/* The n-th line of the journal, which must be the one of `entry`. */
static void check_journal(int n, const char *entry, const char *kind)
{
	FILE *file = fopen(f.journal.path, "r");
	char line[2048];
	json_t *json;

	assert_non_null(file);
	for (int i = 0; i <= n; i++)
		assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "entry")), entry);
	assert_true(json_is_object(json_object_get(json, kind)));
	assert_int_equal(json_object_size(json), 2);
	json_decref(json);
}

static void test_runs(void **state)
{
	json_int_t pid[3];

	(void)state;
	set_row(0, "t/good");
	set_row(1, "t/better");
	for (unsigned int r = 0; r < 3; r++) {
		add_entry(r, r % 2);
		add_entry(r, (r + 1) % 2);
	}
	assert_int_equal(run(), 0);
	assert_int_equal(f.err.code, 0);
	assert_true(f.report.plan.complete);
	assert_int_equal(f.report.nr_failures, 0);
	assert_int_equal(f.report.nr_observations, 6);
	assert_int_equal(f.report.plan.nr_entries, 6);
	assert_string_equal(f.report.plan.entries[0], "0:host:t/good");
	assert_string_equal(f.report.plan.entries[1], "0:host:t/better");
	assert_string_equal(f.report.plan.entries[2], "1:host:t/better");
	check_journal(0, "0:host:t/good", "observation");
	check_journal(5, "2:host:t/better", "observation");
	/* A run is one process, and every run another one. */
	for (size_t r = 0; r < 3; r++) {
		assert_int_equal(f.report.observations[2 * r].run, r);
		pid[r] = evidence_of(2 * r, "pid");
		assert_true(pid[r] == evidence_of(2 * r + 1, "pid"));
		assert_true(pid[r] != getpid());
		for (size_t other = 0; other < r; other++)
			assert_true(pid[r] != pid[other]);
	}
}

static void test_request(void **state)
{
	(void)state;
	set_row(0, "t/good");
	add_entry(0, 0);
	f.inject.nr = 12;
	assert_int_equal(run(), 0);
	f.plan.nr = 0;
	f.inject = (struct fpb_inject){ .percent = 2.5 };
	add_entry(1, 0);
	assert_int_equal(run(), 0);
	assert_int_equal(f.report.nr_observations, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(evidence_of(i, "cpu"), CPU);
		assert_int_equal(evidence_of(i, "tsc_khz"), TSC_KHZ);
		/* The second process is told what the first found. */
		assert_int_equal(evidence_of(i, "calm_ticks"), i ? CALM_TICKS : 0);
		assert_int_equal(evidence_of(i, "asked_batches"), NR_BATCHES);
		assert_int_equal(evidence_of(i, "asked_nr"), i ? 0 : 12);
		assert_int_equal(evidence_of(i, "asked_tenths"), i ? 25 : 0);
	}
}

static void test_failure(void **state)
{
	(void)state;
	set_row(0, "t/fails");
	set_row(1, "t/good");
	add_entry(0, 0);
	add_entry(0, 1);
	assert_int_equal(run(), 0);
	assert_true(f.report.plan.complete);
	assert_int_equal(f.report.nr_failures, 1);
	assert_string_equal(f.report.failures[0].error, "it fails");
	assert_string_equal(f.report.failures[0].where, "x.c:1");
	assert_int_equal(f.report.nr_observations, 1);
	check_journal(0, "0:host:t/fails", "failure");
	check_journal(1, "0:host:t/good", "observation");
}

/* Costs its entry and nothing else: the next one is measured by a new process. */
static void check_lost_entry(const char *name, const char *word)
{
	make(NULL);
	set_row(0, "t/good");
	set_row(1, name);
	add_entry(0, 0);
	add_entry(0, 1);
	add_entry(0, 0);
	assert_int_equal(run(), 0);
	assert_int_equal(f.err.code, 0);
	assert_true(f.report.plan.complete);
	assert_int_equal(f.report.plan.nr_entries, 3);
	assert_int_equal(f.report.nr_observations, 2);
	assert_true(evidence_of(0, "pid") != evidence_of(1, "pid"));
	assert_int_equal(f.report.nr_failures, 1);
	assert_string_equal(f.report.failures[0].name, name);
	assert_string_equal(f.report.failures[0].substrate, "host");
	if (!strstr(f.report.failures[0].error, word))
		fail_msg("'%s' without '%s'", f.report.failures[0].error, word);
	clear(NULL);
}

static void test_lost_entries(void **state)
{
	(void)state;
	check_lost_entry("t/dies", "killed by signal 9");
	check_lost_entry("t/quits", "exited with 9");
	check_lost_entry("t/complains", "I do not like it");
	check_lost_entry("t/nonsense", "observation");
	check_lost_entry("t/empty", "failure");
}

static void test_too_many_deaths(void **state)
{
	(void)state;
	set_row(0, "t/dies");
	for (int i = 0; i < 20; i++)
		add_entry(0, 0);
	assert_int_equal(run(), -ECHILD);
	assert_int_equal(f.err.code, -ECHILD);
	assert_non_null(strstr(f.err.text, "died"));
	assert_false(f.report.plan.complete);
	/* It gave up, and what happened so far is on record. */
	assert_true(f.report.nr_failures > 0);
	assert_true(f.report.nr_failures < 20);
	assert_int_equal(f.report.nr_failures, f.report.plan.nr_entries);
}

static void check_start(const char *start, int code, const char *word)
{
	make(NULL);
	setenv(START, start, 1);
	set_row(0, "t/good");
	add_entry(0, 0);
	assert_int_equal(run(), code);
	assert_int_equal(f.err.code, code);
	if (!strstr(f.err.text, word))
		fail_msg("'%s' without '%s'", f.err.text, word);
	assert_false(f.report.plan.complete);
	assert_int_equal(f.report.nr_observations, 0);
	assert_int_equal(f.report.nr_failures, 0);
	assert_int_equal(f.report.plan.nr_entries, 0);
	clear(NULL);
}

static void test_cannot_start(void **state)
{
	(void)state;
	check_start("error", -ECANCELED, "no such CPU");
	check_start("garbage", -EPROTO, "exited with 1");
	check_start("killed", -EPIPE, "killed by signal 9");
	unsetenv(START);
}

static void test_interrupted(void **state)
{
	(void)state;
	set_row(0, "t/good");
	add_entry(0, 0);
	f.is_interrupted = 1;
	assert_int_equal(run(), 0);
	assert_false(f.report.plan.complete);
	assert_int_equal(f.report.plan.nr_entries, 0);
}

static void interrupt(int signal)
{
	(void)signal;
	f.is_interrupted = 1;
}

/* It would be waited for longer than this test may take. */
static void test_interrupted_while_a_worker_begins(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 150000 };

	(void)state;
	set_row(0, "t/good");
	add_entry(0, 0);
	setenv(START, "waits", 1);
	assert_true(signal(SIGALRM, interrupt) != SIG_ERR);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(run(), 0);
	assert_true(f.is_interrupted);
	assert_false(f.report.plan.complete);
	assert_int_equal(f.report.plan.nr_entries, 0);
	assert_int_equal(f.report.nr_failures, 0);
	unsetenv(START);
}

static void test_empty_plan(void **state)
{
	(void)state;
	assert_int_equal(run(), 0);
	assert_true(f.report.plan.complete);
	assert_int_equal(f.report.plan.nr_entries, 0);
}

static void test_probe(void **state)
{
	struct fpb_capabilities probed;

	(void)state;
	assert_int_equal(fpb_probe_in_child(&probed, &f.err), 0);
	assert_int_equal(probed.tsc_step, 17);
	assert_string_equal(probed.on[FPB_HOST].lack[__builtin_ctzll(FPB_NEED_PMU)].reason,
			    "no-pmu");
}

static void check_probe(const char *start, int code, const char *word)
{
	struct fpb_capabilities probed;
	struct fpb_err err = { 0 };

	setenv(START, start, 1);
	assert_int_equal(fpb_probe_in_child(&probed, &err), code);
	if (!strstr(err.text, word))
		fail_msg("'%s' without '%s'", err.text, word);
	unsetenv(START);
}

static void test_probe_fails(void **state)
{
	(void)state;
	check_probe("error", -ECANCELED, "no such CPU");
	check_probe("garbage", -EPROTO, "exited with 1");
	check_probe("killed", -EPIPE, "killed by signal 9");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, make, clear)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_runs),
		TEST(test_request),
		TEST(test_failure),
		cmocka_unit_test(test_lost_entries),
		TEST(test_too_many_deaths),
		cmocka_unit_test(test_cannot_start),
		TEST(test_interrupted),
		TEST(test_interrupted_while_a_worker_begins),
		TEST(test_empty_plan),
		TEST(test_probe),
		TEST(test_probe_fails),
	};

	if (argc == 2)
		return strcmp(argv[1], "--worker") == 0 ? act_worker() : act_probe();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
