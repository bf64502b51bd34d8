// SPDX-License-Identifier: MIT
/*
 * test_report_roundtrip.c - what is written is what was measured, and reads back as the same.
 *
 * write(), fsync() and rename() of the code under test are wrapped by the linker, so that each
 * can fail as on a full disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/report/report_read.h"
#include "bench/report/report_write.h"
#include "bench/report/text.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

/* Fails the call number fail_at (from 1) of those counted with fail_errno. */
static struct {
	unsigned calls, fail_at;
	int fail_errno;
	size_t max_write; /* 0: any */
} fault;

static int fails(void)
{
	if (++fault.calls != fault.fail_at)
		return 0;
	errno = fault.fail_errno;
	return 1;
}

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	if (fails())
		return -1;
	return __real_write(fd, bytes,
			    fault.max_write && fault.max_write < size ? fault.max_write : size);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return fails() ? -1 : __real_fsync(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
	return fails() ? -1 : __real_rename(from, to);
}

static void write_good(const struct fpb_report *report, const char *path)
{
	struct fpb_problem problem = { .text = "" };

	memset(&fault, 0, sizeof(fault));
	if (fpb_report_write(report, path, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
}

static void assert_file_holds(const char *path, const char *text, size_t length)
{
	size_t have_length;
	char *have = file_text(path, &have_length);

	assert_int_equal(have_length, length);
	assert_memory_equal(have, text, length);
	free(have);
}

static void check_golden(const char *fixture)
{
	char *directory = make_directory(), *path = path_in(directory, "report.json");
	struct fpb_report report;
	size_t length;
	char *text = fixture_text(fixture, &length);

	fixture_report(fixture, &report);
	write_good(&report, path);
	assert_file_holds(path, text, length);
	assert_int_equal(nr_files_in(directory), 1);
	fpb_report_clear(&report);
	free(text);
	free(path);
	remove_directory(directory);
}

static void fixtures_are_written_as_they_are(void **state)
{
	(void)state;
	check_golden("good-bare.json");
	check_golden("good-no-kvm.json");
}

static void fields_are_read(void **state)
{
	struct fpb_report report;
	const struct fpb_observation *obs;

	(void)state;
	fixture_report("good-bare.json", &report);
	assert_string_equal(report.suite.version, "0.1.0");
	assert_string_equal(report.plan.session, "6f1d1b0e-7a9c-4c59-9d57-6a3f9a1f2b30");
	assert_int_equal(report.plan.seed, 42);
	assert_int_equal(report.plan.runs, 3);
	assert_true(report.plan.complete);
	assert_string_equal(report.plan.inject, "0");
	assert_int_equal(report.plan.nr_entries, 15);
	assert_string_equal(report.plan.entries[0], "0:guest/ring3:exit/cpuid");
	assert_int_equal(report.nr_observations, 15);
	assert_int_equal(report.nr_skips, 3);
	assert_string_equal(report.skips[2].reason, "cpu-lacks");
	assert_int_equal(report.nr_failures, 1);
	assert_string_equal(report.failures[0].where, "run 1");
	assert_int_equal(report.nr_derived, 1);
	assert_int_equal(report.derived[0].nr_from, 2);
	assert_int_equal(report.nr_noise_floor, 1);
	assert_near(report.noise_floor[0].fraction, 0.0025, 0);
	assert_int_equal(json_integer_value(json_object_get(report.environment, "tsc_khz")),
			 2450000);

	obs = &report.observations[0];
	assert_string_equal(obs->name, "exit/cpuid");
	assert_int_equal(obs->nr_batches, 5);
	assert_true(obs->has_copies && obs->gated);
	assert_near(obs->copies[1], 705.25, 0);
	assert_near(fpb_observation_cost(obs, 1), 704.5 - 1.25, 1e-9);
	assert_near(fpb_observation_value(obs), 704.5 - 1.25, 1e-9);
	assert_int_equal(obs->nr_evidence, 4);
	assert_string_equal(obs->evidence[1].key, "expected_exits");
	assert_int_equal(obs->evidence[1].value, 5000);
	assert_false(report.observations[3].gated);
	assert_string_equal(report.observations[4].flags[1], "disturbed");
	fpb_report_clear(&report);
}

static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Any finite double >= 0, of any magnitude down to subnormal. */
static double random_double(uint64_t *state)
{
	double value;

	do {
		uint64_t bits = random_bits(state) >> 1;

		memcpy(&value, &bits, sizeof(value));
	} while (!isfinite(value));
	return value;
}

static char *random_text(uint64_t *state)
{
	static const char *const pieces[] = {
		"a", "\"", "\\", "\n", "\x1b", "\xc3\xa9", "/", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
		"=", "7"
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (uint64_t n = 1 + random_bits(state) % 12; n; n--)
		fputs(pieces[random_bits(state) % (sizeof(pieces) / sizeof(*pieces))], out);
	fclose(out);
	return text;
}

static void add_random_observation(struct fpb_report *report, uint64_t *seed)
{
	static const char *const units[] = { "cyc", "insn", "ns", "count" };
	struct fpb_observation obs = { .run = (unsigned)(random_bits(seed) % 12) };

	obs.name = random_text(seed);
	obs.substrate = strdup("guest/ring0");
	obs.unit = strdup(units[random_bits(seed) % 4]);
	obs.nr_batches = 1 + random_bits(seed) % 30;
	obs.batches = calloc(obs.nr_batches, sizeof(*obs.batches));
	for (size_t i = 0; i < obs.nr_batches; i++)
		obs.batches[i] = random_bits(seed) % 2 ? random_double(seed)
						       : (double)(random_bits(seed) >> 20);
	obs.iterations_per_batch = (double)(1 + random_bits(seed) % 100000);
	obs.overhead = random_bits(seed) % 2 ? 0 : 1 / (double)(1 + random_bits(seed) % 99);
	obs.has_copies = random_bits(seed) % 2;
	obs.copies[0] = -random_double(seed);
	obs.copies[1] = random_double(seed);
	obs.gated = random_bits(seed) % 2;
	obs.cpu_time_ns = random_bits(seed) % 2 ? random_double(seed) : 0;
	for (uint64_t n = random_bits(seed) % 4; n; n--) {
		char *key = random_text(seed);

		assert_int_equal(
			fpb_observation_add_evidence(&obs, key, (json_int_t)random_bits(seed)), 0);
		free(key);
	}
	assert_int_equal(fpb_observation_add_flag(&obs, "disturbed"), 0);
	assert_int_equal(fpb_report_add_observation(report, &obs), 0);
	assert_null(obs.name);
}

static void check_identity(uint64_t seed, const char *first, const char *second)
{
	struct fpb_report report, back;
	struct fpb_problem problem = { .text = "" };
	json_t *tree, *read_tree;
	size_t length;
	char *text;

	fixture_report("good-bare.json", &report);
	for (int i = 0; i < 40; i++)
		add_random_observation(&report, &seed);
	report.plan.seed = random_bits(&seed) >> 1;
	write_good(&report, first);
	if (fpb_report_read(first, &back, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
	write_good(&back, second);
	text = file_text(first, &length);
	assert_file_holds(second, text, length);

	for (size_t i = 0; i < report.nr_observations; i++)
		assert_memory_equal(report.observations[i].batches, back.observations[i].batches,
				    report.observations[i].nr_batches * sizeof(double));
	/* The streamed file and the tree are the same document. */
	tree = fpb_report_to_json(&report);
	read_tree = json_loadb(text, length, 0, NULL);
	assert_non_null(tree);
	assert_true(json_equal(tree, read_tree));
	json_decref(tree);
	json_decref(read_tree);
	free(text);
	fpb_report_clear(&report);
	fpb_report_clear(&back);
}

static void write_read_write_is_identity(void **state)
{
	char *directory = make_directory();
	char *first = path_in(directory, "a"), *second = path_in(directory, "b");

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++)
		check_identity(seed, first, second);
	free(first);
	free(second);
	remove_directory(directory);
}

/* One benchmark record of an observation with the given unit, batch of 10 operations, ns. */
static json_t *benchmark_of(const char *unit, double batch, double overhead, double cpu_time_ns,
			    bool knows_tsc)
{
	struct fpb_report report;
	struct fpb_observation obs = { .run = 1, .overhead = overhead, .gated = true };
	json_t *document, *record;

	fixture_report("good-no-kvm.json", &report);
	if (!knows_tsc)
		assert_int_equal(json_object_set_new(report.environment, "tsc_khz", json_null()),
				 0);
	obs.name = strdup("a/b");
	obs.substrate = strdup("host");
	obs.unit = strdup(unit);
	obs.batches = calloc(1, sizeof(double));
	obs.batches[0] = batch;
	obs.nr_batches = 1;
	obs.iterations_per_batch = 10;
	obs.cpu_time_ns = cpu_time_ns;
	assert_int_equal(fpb_report_add_observation(&report, &obs), 0);
	document = fpb_report_to_json(&report);
	assert_non_null(document);
	record = json_incref(json_array_get(json_object_get(document, "benchmarks"),
					    report.nr_observations - 1));
	json_decref(document);
	fpb_report_clear(&report);
	return record;
}

static void assert_benchmark(json_t *record, const char *unit, double value, double real_time,
			     double cpu_time)
{
	assert_string_equal(json_string_value(json_object_get(record, "name")), "a/b@host");
	assert_string_equal(json_string_value(json_object_get(record, "run_name")), "a/b@host");
	assert_string_equal(json_string_value(json_object_get(record, "run_type")), "iteration");
	assert_string_equal(json_string_value(json_object_get(record, "time_unit")), "ns");
	assert_int_equal(json_integer_value(json_object_get(record, "repetitions")), 1);
	assert_int_equal(json_integer_value(json_object_get(record, "repetition_index")), 1);
	assert_int_equal(json_integer_value(json_object_get(record, "iterations")), 10);
	assert_int_equal(json_integer_value(json_object_get(record, "threads")), 1);
	assert_near(json_number_value(json_object_get(record, unit)), value, 1e-9);
	assert_near(json_number_value(json_object_get(record, "real_time")), real_time, 1e-9);
	assert_near(json_number_value(json_object_get(record, "cpu_time")), cpu_time, 1e-9);
	json_decref(record);
}

static void benchmarks_are_what_google_reads(void **state)
{
	(void)state;
	/* 2450 ticks at 2.45 GHz are 1000 ns */
	assert_benchmark(benchmark_of("cyc", 24510, 1, 2000, true), "cyc", 2450, 1000, 2000);
	/* no CPU time known: as real time */
	assert_benchmark(benchmark_of("cyc", 24510, 1, 0, true), "cyc", 2450, 1000, 1000);
	assert_benchmark(benchmark_of("cyc", 24510, 1, 0, false), "cyc", 2450, 2450, 2450);
	assert_benchmark(benchmark_of("insn", 28460, 0, 0, true), "insn", 2846, 2846, 2846);
	assert_benchmark(benchmark_of("ns", 50, 0, 0, true), "ns", 5, 5, 5);
	/* a cost below zero is kept, its time is not */
	assert_benchmark(benchmark_of("cyc", 0, 0.5, 0, true), "cyc", -0.5, 0.001, 0.001);
	assert_benchmark(benchmark_of("ns", 0, 0, 0, true), "ns", 0, 0.001, 0.001);
}

static void check_inject(const char *inject, const char *expected)
{
	struct fpb_report report;
	json_t *document, *json;
	char *text;

	fixture_report("good-no-kvm.json", &report);
	free(report.plan.inject);
	report.plan.inject = strdup(inject);
	document = fpb_report_to_json(&report);
	json = json_object_get(json_object_get(json_object_get(document, "fpstate_bench"), "plan"),
			       "inject");
	text = json_dumps(json, JSON_ENCODE_ANY);
	assert_string_equal(text, expected);
	free(text);
	json_decref(document);
	fpb_report_clear(&report);
}

static void inject_is_a_number_or_a_percentage(void **state)
{
	(void)state;
	check_inject("0", "0");
	check_inject("12", "12");
	check_inject("2%", "\"2%\"");
	check_inject("0.5%", "\"0.5%\"");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
	struct fpb_failure failure = { .name = strdup("a/b"), .substrate = strdup("host") };
	json_t *json;

	(void)state;
	failure.error = strdup("caf\xe9 \xed\xa0\x80 \xf0\x9f\x98");
	failure.where = strdup("");
	json = fpb_failure_to_json(&failure);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "error")),
			    "caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	json_decref(json);
	fpb_failure_clear(&failure);
}

static void a_record_travels_with_its_cpu_time(void **state)
{
	struct fpb_report report;
	struct fpb_observation back;
	struct fpb_problem problem = { .text = "" };
	json_t *json;

	(void)state;
	fixture_report("good-bare.json", &report);
	report.observations[0].cpu_time_ns = 12.5;
	json = fpb_observation_to_json(&report.observations[0], true);
	assert_int_equal(fpb_observation_from_json(json, "entry", &back, &problem), 0);
	assert_near(back.cpu_time_ns, 12.5, 0);
	fpb_observation_clear(&back);
	json_decref(json);
	json = fpb_observation_to_json(&report.observations[0], false);
	assert_null(json_object_get(json, "cpu_time_ns"));
	json_decref(json);
	fpb_report_clear(&report);
}

static void a_flag_is_kept_once(void **state)
{
	struct fpb_observation obs = { .run = 0 };

	(void)state;
	assert_int_equal(fpb_observation_add_flag(&obs, "disturbed"), 0);
	assert_int_equal(fpb_observation_add_flag(&obs, "nonlinear"), 0);
	assert_int_equal(fpb_observation_add_flag(&obs, "disturbed"), 0);
	assert_int_equal(obs.nr_flags, 2);
	fpb_observation_clear(&obs);
}

/* Every call that can fail does once; the old report stays and nothing else is left behind. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	char *directory = make_directory(), *path = path_in(directory, "report.json");
	struct fpb_report old, fresh;
	unsigned failed = 0;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);
	int ret;

	(void)state;
	fixture_report("good-no-kvm.json", &old);
	fixture_report("good-bare.json", &fresh);
	write_good(&old, path);
	for (unsigned k = 1;; k++) {
		struct fpb_problem problem = { .text = "" };

		memset(&fault, 0, sizeof(fault));
		fault.fail_at = k;
		fault.fail_errno = ENOSPC;
		fault.max_write = 1000;
		ret = fpb_report_write(&fresh, path, &problem);
		if (!ret)
			break;
		failed++;
		assert_int_equal(ret, -ENOSPC);
		assert_non_null(strstr(problem.text, path));
		assert_non_null(strstr(problem.text, "No space left on device; free space"));
		assert_file_holds(path, text, length);
		assert_int_equal(nr_files_in(directory), 1);
	}
	/* The last call, the fsync of the directory, is the one that may fail. */
	assert_true(failed > 10);
	assert_int_equal(fault.calls, fault.fail_at);
	fpb_report_clear(&old);
	fpb_report_clear(&fresh);
	free(text);
	free(path);
	remove_directory(directory);
}

static void an_interrupted_write_goes_on(void **state)
{
	char *directory = make_directory(), *path = path_in(directory, "report.json");
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	size_t length;
	char *text = fixture_text("good-bare.json", &length);

	(void)state;
	fixture_report("good-bare.json", &report);
	memset(&fault, 0, sizeof(fault));
	fault.fail_at = 2;
	fault.fail_errno = EINTR;
	fault.max_write = 777;
	assert_int_equal(fpb_report_write(&report, path, &problem), 0);
	assert_file_holds(path, text, length);
	fpb_report_clear(&report);
	free(text);
	free(path);
	remove_directory(directory);
}

/* The kernel itself refuses: a real limit on the size of files. */
static void a_real_limit_is_met(void **state)
{
	char *directory = make_directory(), *path = path_in(directory, "report.json");
	struct fpb_problem problem = { .text = "" };
	struct rlimit old, small;
	struct fpb_report report;

	(void)state;
	fixture_report("good-bare.json", &report);
	memset(&fault, 0, sizeof(fault));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(fpb_report_write(&report, path, &problem), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(problem.text, "ulimit -f"));
	assert_int_equal(nr_files_in(directory), 0);
	fpb_report_clear(&report);
	free(path);
	remove_directory(directory);
}

/*
 * A FIFO stands for everything that is no regular file, devices included. Never try this on
 * /dev/null: a writer that is wrong replaces it, and root may.
 */
static void what_is_no_file_is_written_to_and_not_replaced(void **state)
{
	char *directory = make_directory(), *path = path_in(directory, "fifo");
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	struct stat st;
	size_t length;
	char *text = fixture_text("good-bare.json", &length), *have = calloc(1, length + 1);
	int fd;

	(void)state;
	fixture_report("good-bare.json", &report);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Holds the whole report: nobody has to read meanwhile. */
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	write_good(&report, path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(read(fd, have, length + 1), length);
	assert_memory_equal(have, text, length);

	fault.fail_at = fault.calls + 1;
	fault.fail_errno = ENOSPC;
	assert_int_equal(fpb_report_write(&report, path, &problem), -ENOSPC);
	assert_non_null(strstr(problem.text, "fifo: No space left"));
	assert_int_equal(nr_files_in(directory), 1);
	close(fd);
	fpb_report_clear(&report);
	free(have);
	free(text);
	free(path);
	remove_directory(directory);
}

static void a_link_keeps_pointing(void **state)
{
	char *directory = make_directory();
	char *file = path_in(directory, "file"), *link = path_in(directory, "link");
	struct fpb_report report;
	struct stat st;
	size_t length;
	char *text = fixture_text("good-bare.json", &length);

	(void)state;
	fixture_report("good-bare.json", &report);
	write_good(&report, file);
	assert_int_equal(symlink(file, link), 0);
	write_good(&report, link);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_file_holds(file, text, length);
	assert_int_equal(nr_files_in(directory), 2);
	fpb_report_clear(&report);
	free(text);
	free(file);
	free(link);
	remove_directory(directory);
}

static void bad_places_are_named(void **state)
{
	char *directory = make_directory(), *nowhere = path_in(directory, "no/report.json");
	struct fpb_problem in_directory = { .text = "" }, missing = { .text = "" };
	struct fpb_report report;

	(void)state;
	fixture_report("good-bare.json", &report);
	memset(&fault, 0, sizeof(fault));
	assert_int_equal(fpb_report_write(&report, directory, &in_directory), -EISDIR);
	assert_non_null(strstr(in_directory.text, "name a file in it"));
	assert_int_equal(fpb_report_write(&report, nowhere, &missing), -ENOENT);
	assert_non_null(strstr(missing.text, "create the directory first"));
	fpb_report_clear(&report);
	free(nowhere);
	remove_directory(directory);
}

static void what_json_cannot_say_is_refused(void **state)
{
	struct fpb_problem nan = { .text = "" }, seed = { .text = "" }, empty = { .text = "" };
	char *directory = make_directory(), *path = path_in(directory, "report.json");
	struct fpb_report report;

	(void)state;
	memset(&fault, 0, sizeof(fault));
	fixture_report("good-bare.json", &report);
	report.observations[2].batches[1] = NAN;
	assert_int_equal(fpb_report_write(&report, path, &nan), -EINVAL);
	assert_string_equal(nan.where, "fpstate_bench.observations[2]");
	report.observations[2].batches[1] = 1;
	report.plan.seed = UINT64_C(1) << 63;
	assert_int_equal(fpb_report_write(&report, path, &seed), -EINVAL);
	assert_string_equal(seed.where, "fpstate_bench.plan.seed");
	report.plan.seed = 0;
	report.observations[1].nr_batches = 0;
	assert_int_equal(fpb_report_write(&report, path, &empty), -EINVAL);
	assert_string_equal(empty.where, "fpstate_bench.observations[1]");
	assert_int_equal(nr_files_in(directory), 0);
	fpb_report_clear(&report);
	free(path);
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_are_written_as_they_are),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(write_read_write_is_identity),
		cmocka_unit_test(benchmarks_are_what_google_reads),
		cmocka_unit_test(inject_is_a_number_or_a_percentage),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(a_record_travels_with_its_cpu_time),
		cmocka_unit_test(a_flag_is_kept_once),
		cmocka_unit_test(a_full_disk_leaves_the_old_file),
		cmocka_unit_test(an_interrupted_write_goes_on),
		cmocka_unit_test(a_real_limit_is_met),
		cmocka_unit_test(what_is_no_file_is_written_to_and_not_replaced),
		cmocka_unit_test(a_link_keeps_pointing),
		cmocka_unit_test(bad_places_are_named),
		cmocka_unit_test(what_json_cannot_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
