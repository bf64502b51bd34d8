// SPDX-License-Identifier: MIT
/*
 * test_report_read.c - whatever the file holds, the reader says what is wrong with it and where.
 *
 * The allocations of the code under test are wrapped by the linker, so that each can fail in turn;
 * not those of jansson, which 2.14 does not survive.
 */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/report/report_read.h"
#include "bench/report/report_write.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/report_fixture.h"

/* Parses; accepted text must also be writable, so that nothing half-read gets out. */
static int parse(const char *text, size_t length, struct fpb_problem *problem)
{
	struct fpb_report report;
	json_t *tree;
	int ret;

	memset(problem, 0, sizeof(*problem));
	ret = fpb_report_parse(text, length, &report, problem);
	if (ret) {
		assert_true(ret == -EINVAL || ret == -EFBIG);
		assert_true(problem->text[0]);
		assert_null(report.observations);
		return ret;
	}
	assert_false(problem->text[0]);
	tree = fpb_report_to_json(&report);
	assert_non_null(tree);
	json_decref(tree);
	fpb_report_clear(&report);
	return 0;
}

static void expect(const char *text, size_t length, int code, const char *where, const char *what)
{
	struct fpb_problem problem;

	assert_int_equal(parse(text, length, &problem), code);
	if (strcmp(problem.where, where) != 0 || !strstr(problem.text, what))
		fail_msg("expected \"%s\": \"%s\", got \"%s\": \"%s\"", where, what, problem.where,
			 problem.text);
}

/* Replaces the first `from` after `anchor`; the caller frees. */
static char *edited(const char *text, const char *anchor, const char *from, const char *to)
{
	const char *at = strstr(text, anchor);
	char *result;

	assert_non_null(at);
	at = strstr(at, from);
	assert_non_null(at);
	assert_true(asprintf(&result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >
		    0);
	return result;
}

#define OBS0 "fpstate_bench.observations[0]"
#define ENV  "fpstate_bench.environment"

/* From the first observation of good-no-kvm.json unless the anchor says otherwise. */
static const struct {
	const char *anchor, *from, *to, *where, *what;
} edits[] = {
	{ "\"observations\"", "\"run\": 0", "\"run\": -1", OBS0 ".run", "read -1" },
	{ "\"observations\"", "\"run\": 0", "\"run\": 0.5", OBS0 ".run", "expected an integer" },
	{ "\"observations\"", "\"run\": 0, ", "", OBS0 ".run", "missing; expected an integer" },
	{ "\"observations\"", "\"null/loop\"", "\"\"", OBS0 ".name", "not empty" },
	{ "\"observations\"", "\"null/loop\"", "null", OBS0 ".name", "read null" },
	{ "\"observations\"", "\"host\"", "\"guest\"", OBS0 ".substrate",
	  "one of host, guest/ring0, guest/ring3, read the string \"guest\"" },
	{ "\"observations\"", "\"cyc\"", "\"s\"", OBS0 ".unit", "one of cyc, core_cyc, ns" },
	{ "\"batches\"", "1225", "\"1225\"", OBS0 ".batches[0]", "a number >= 0, read the string" },
	{ "\"batches\"", "1249.5", "-1249.5", OBS0 ".batches[2]", "read -1249.5" },
	{ "\"batches\"", "1249.5", "-1e999", OBS0, "line 77, column" },
	{ "\"batches\"", "1249.5", "NaN", OBS0, "line 77, column" },
	{ "\"batches\"", "1249.5", "[]", OBS0 ".batches[2]", "read an array of 0" },
	{ "\"iterations_per_batch\"", "1000", "0", OBS0 ".iterations_per_batch", ">= 1, read 0" },
	{ "\"iterations_per_batch\"", "1000", "-5", OBS0 ".iterations_per_batch", "read -5" },
	{ "\"overhead\"", "1.", "-1.", OBS0 ".overhead", "expected a number >= 0" },
	{ "\"overhead\"", "\"copies\": null", "\"copies\": [1]", OBS0 ".copies", "[low, high]" },
	{ "\"overhead\"", "\"copies\": null", "\"copies\": [2, 1]", OBS0 ".copies", "[2, 1]" },
	{ "\"overhead\"", "\"copies\": null, ", "", OBS0 ".copies", "missing" },
	{ "\"observations\"", "\"gated\": false", "\"gated\": 0", OBS0 ".gated", "true or false" },
	{ "\"observations\"", "\"evidence\": {}", "\"evidence\": []", OBS0 ".evidence",
	  "an object" },
	{ "\"observations\"", "\"flags\": []", "\"flags\": [\"a\", 1]", OBS0 ".flags[1]",
	  "a string, read 1" },
	{ "\"observations\"", "\"flags\": []", "\"flags\": [], \"flags\": []", OBS0,
	  "duplicate object key" },
	{ "\"observations\"", "}", "} }", "", "this bracket closes nothing open" },
	{ "\"observations\"", "[]},", "[]} 1,", OBS0, "end of file expected near '1'" },
	{ "\"observations\"", "[]},", "[]},,", "fpstate_bench.observations[1]",
	  "line 77, column 237" },
	{ "\"observations\"", "\n],", ",\n],", "fpstate_bench.observations[2]", "line 79, column" },
	{ "\"benchmarks\"", "\n],", ",\n],", "benchmarks[2]", "line 17, column 1" },
	{ "\"plan\"", "\"seed\": 42", "\"seed\": -1", "fpstate_bench.plan.seed", "read -1" },
	{ "\"plan\"", "\"seed\": 42", "\"seed\": 42, \"seed\": 1", "", "line 68, column 19" },
	{ "\"noise_floor\"", "{\n}", "{\n}, \"skips\": 1", "", "line 90, column 11" },
	{ "\"plan\"", "\"seed\": 42", "\"seed\": 18446744073709551615", "", "too big integer" },
	{ "\"plan\"", "\"runs\": 1", "\"runs\": 0", "fpstate_bench.plan.runs", "read 0" },
	{ "\"plan\"", "\"abba\"", "\"AB\"", "fpstate_bench.plan.order", "one of shuffled, abba" },
	{ "\"plan\"", "\"2%\"", "-2", "fpstate_bench.plan.inject", "an integer >= 0" },
	{ "\"plan\"", "\"2%\"", "\"%\"", "fpstate_bench.plan.inject", "read the string" },
	{ "\"plan\"", "\"2%\"", "\"2.%\"", "fpstate_bench.plan.inject", "read the string" },
	{ "\"plan\"", "\"complete\": false", "\"complete\": \"no\"", "fpstate_bench.plan.complete",
	  "true or false" },
	{ "\"entries\"", "\"0:host:null/loop\"", "7", "fpstate_bench.plan.entries[0]", "a string" },
	{ "\"environment\"", "\"smt\": true", "\"smt\": 1", ENV ".smt", "true or false, read 1" },
	{ "\"environment\"", "\"smt\": true", "\"smt\": null", ENV ".smt",
	  "unavailable.smt, a string with the reason, is missing" },
	{ "\"environment\"", "\"meltdown\": \"", "\"meltdown\": 1, \"x\": \"",
	  ENV ".mitigations.meltdown", "a string, read 1" },
	{ "\"environment\"", "\"kvm_modules\": null", "\"kvm_modules\": [{\"name\": 1}]",
	  ENV ".kvm_modules[0].name", "a string, read 1" },
	{ "\"unavailable\"", "{\"", "{\"x\": null, \"", ENV ".unavailable.x",
	  "a string, read null" },
	{ "\"context\"", "0.12", "\"0.12\"", "context.load_avg[0]", "a number, read the string" },
	{ "\"context\"", "[{", "[1, {", "context.caches[0]", "an object, read 1" },
	{ "\"benchmarks\"", "\"cyc\": ", "\"cyc\": null, \"was\": ", "benchmarks[0].cyc",
	  "a number, read null" },
	{ "\"environment\"", "\"governor\": \"", "\"governors\": \"", ENV ".governor",
	  "unavailable.governor" },
	{ "\"environment\"", "\"engine\": \"bare\",", "", ENV ".engine", "missing" },
	{ "\"environment\"", "\"eax\": 519", "\"eax\": 4294967296", ENV ".cpuid_0xd[0].eax",
	  "an integer from 0 to 4294967295" },
	{ "\"environment\"", "\"kvm_backend\": null", "\"kvm_backend\": \"xen\"",
	  ENV ".kvm_backend", "one of kvm_intel" },
	{ "\"environment\"", "\"avoided_hazards\": [\"", "\"avoided_hazards\": [1, \"",
	  ENV ".avoided_hazards[0]", "a string, read 1" },
	{ "\"skips\"", "\"no-kvm\"", "\"because\"", "fpstate_bench.skips[0].reason",
	  "hazard, profile, read the string" },
	{ "\"skips\"", "\"text\"", "\"txt\"", "fpstate_bench.skips[0].text", "missing" },
	{ "\"failures\"", "[\n]", "[1]", "fpstate_bench.failures[0]", "an object, read 1" },
	{ "\"failures\"", "[\n]", "{}", "fpstate_bench.failures", "an array, read an object" },
	{ "\"derived\"", "[\n]", "[{\"name\": \"x\"}]", "fpstate_bench.derived[0].unit",
	  "missing" },
	{ "\"noise_floor\"", "{\n}", "{\"a@host\": -1}", "fpstate_bench.noise_floor.a@host",
	  "read -1" },
	{ "\"suite\"", "\"version\": \"0.1.0\"", "\"version\": null", "fpstate_bench.suite.version",
	  "a string, read null" },
	{ "\"schema_version\"", "1", "2", "fpstate_bench.schema_version", "newer version" },
	{ "\"schema_version\"", "1", "\"1\"", "fpstate_bench.schema_version", "an integer" },
	{ "\"context\"", "\"num_cpus\": 4", "\"num_cpus\": \"4\"", "context.num_cpus",
	  "an integer" },
	{ "\"benchmarks\"", "\"real_time\": ", "\"real_time\": \"1\", \"was\": ",
	  "benchmarks[0].real_time", "a number" },
	{ "\"benchmarks\"", "\"threads\": 1", "\"threads\": null", "benchmarks[0].threads",
	  "an integer" },
	{ "{", "\"fpstate_bench\"", "\"other\"", "fpstate_bench", "a report of fpstate-bench" },
	{ "{", "\"benchmarks\"", "\"benches\"", "benchmarks", "missing; expected an array" },
	{ "{", "{", "[", "", "line 92, column 1: this bracket closes nothing open" },
	{ "{", "\"context\"", "\"con\\u0000text\"", "", "line 2, column" },
	{ "{", "\"bench1\"", "\"bench\\u00001\"", "", "\\u0000" },
	{ "{", "\"bench1\"", "\"bench\xff\"", "", "unable to decode byte 0xff" },
	{ "{", "\"bench1\"", "\"bench\\ud800\"", "", "invalid Unicode" },
	{ "{", "\"bench1\"", "\"bench\n\"", "", "unexpected newline" },
	{ "{", "\"benchmarks\"", "\"benchmarks\": [], \"benchmarks\"", "", "duplicate object key" },
	{ "{", "\"benchmarks\"", "\"bench\\u006darks\": [], \"benchmarks\"", "",
	  "duplicate object key" },
	{ "{", "{", "\xef\xbb\xbf{", "", "line 1, column" },
};

static void every_wrong_field_is_named(void **state)
{
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		char *bad = edited(text, edits[i].anchor, edits[i].from, edits[i].to);

		expect(bad, strlen(bad), -EINVAL, edits[i].where, edits[i].what);
		free(bad);
	}
	free(text);
}

/* Unknown keys, other notations of the same JSON, absent optional fields. */
static const struct {
	const char *anchor, *from, *to;
} harmless[] = {
	{ "\"observations\"", "\"run\": 0", "\"later\": {\"x\": [1]}, \"run\": 0" },
	{ "\"observations\"", "\"gated\": false, ", "" },
	{ "{", "\"context\"", "\"more\": [{\"benchmarks\": [1]}], \"context\"" },
	{ "{", "\"benchmarks\"", "\"benchm\\u0061rks\"" },
	{ "\"plan\"", "\"observations\"", "\"observ\\u0061tions\"" },
	{ "\"plan\"", "\"2%\"", "\"12\"" },
	{ "\"failures\"", ",\n\"noise_floor\": {\n}", "" },
	{ "\"batches\"", "1249.5", "12495e-1" },
	{ "\"batches\"", "1249.5", "1e-999" },
	{ "\"overhead\"", "\"copies\": null", "\"copies\": [-1, 2.5]" },
	{ "\"batches\"", "\"batches\"", "\"observations\": [[]], \"batches\"" },
	{ "\"environment\"", "\"smt\": true", "\"observations\": [1], \"smt\": true" },
	{ "\"environment\"", "\"xcr0\": 519", "\"xcr0\": \"0x207\"" },
};

static void what_is_harmless_is_read(void **state)
{
	struct fpb_problem problem;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);

	(void)state;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		char *good = edited(text, harmless[i].anchor, harmless[i].from, harmless[i].to);

		if (parse(good, strlen(good), &problem))
			fail_msg("%s: %s: %s", harmless[i].to, problem.where, problem.text);
		free(good);
	}
	free(text);
}

static void bad_fixtures_are_refused(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob(FPB_FIXTURES "/reports/bad-*.json", 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= 20);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct fpb_problem problem;
		size_t length;
		char *text = file_text(files.gl_pathv[i], &length);

		if (parse(text, length, &problem) != -EINVAL)
			fail_msg("%s is accepted", files.gl_pathv[i]);
		free(text);
	}
	globfree(&files);
}

static void every_truncation_is_refused(void **state)
{
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);

	(void)state;
	/* The last byte is a newline. */
	for (size_t cut = 0; cut + 1 < length; cut++) {
		struct fpb_problem problem;
		/* Of exact size, so that a read beyond the end is seen. */
		char *piece = malloc(cut ? cut : 1);

		memcpy(piece, text, cut);
		if (parse(piece, cut, &problem) != -EINVAL)
			fail_msg("accepted when cut at %zu", cut);
		assert_non_null(strstr(problem.text, cut ? "truncated?" : "empty"));
		free(piece);
	}
	free(text);
}

static void flipped_bytes_do_not_crash(void **state)
{
	uint64_t random = 88172645463325252u;
	unsigned refused = 0, rounds = 20000;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		static const char syntax[] = "{}[]\",:\\0-.eEu \n";
		struct fpb_problem problem;
		unsigned char *copy = malloc(length);

		memcpy(copy, text, length);
		for (unsigned flips = 1 + round % 4; flips; flips--) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy[random % length] = (unsigned char)(random >> 40);
			if (round % 2)
				copy[random % length] = (unsigned char)syntax[random / length % 16];
		}
		refused += parse((const char *)copy, length, &problem) != 0;
		free(copy);
	}
	/* Many only change a letter of a text. */
	assert_true(refused > rounds / 4 && refused < rounds);
	free(text);
}

/* good-no-kvm.json with `value` under a key nobody asks for; the caller frees. */
static char *with_extra(const char *value)
{
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length), *extra, *result;

	assert_true(asprintf(&extra, "\"extra\": %s, \"context\"", value) > 0);
	result = edited(text, "{", "\"context\"", extra);
	free(extra);
	free(text);
	return result;
}

/* `depth` is that of the innermost array in the document. */
static char *nested(size_t depth)
{
	size_t arrays = depth - 1;
	char *value = malloc(2 * arrays + 1), *text;

	memset(value, '[', arrays);
	memset(value + arrays, ']', arrays);
	value[2 * arrays] = '\0';
	text = with_extra(value);
	free(value);
	return text;
}

static void depth_is_limited(void **state)
{
	struct fpb_problem problem;
	char *text = nested(FPB_READ_MAX_DEPTH);

	(void)state;
	assert_int_equal(parse(text, strlen(text), &problem), 0);
	free(text);
	text = nested(FPB_READ_MAX_DEPTH + 1);
	expect(text, strlen(text), -EFBIG, "",
	       "line 2, column 73: nested deeper than the limit of 64");
	free(text);
	text = nested(1000000);
	expect(text, strlen(text), -EFBIG, "", "nested deeper");
	free(text);
}

static char *with_string(size_t length)
{
	char *value = malloc(length + 3), *text;

	memset(value, 'x', length + 2);
	value[0] = '"';
	value[1] = '\\'; /* an escape is one byte */
	value[2] = 'n';
	value[length + 1] = '"';
	value[length + 2] = '\0';
	text = with_extra(value);
	free(value);
	return text;
}

static void strings_are_limited(void **state)
{
	struct fpb_problem problem;
	char *text = with_string(FPB_READ_MAX_STRING + 1);

	(void)state;
	assert_int_equal(parse(text, strlen(text), &problem), 0);
	free(text);
	text = with_string(FPB_READ_MAX_STRING + 2);
	expect(text, strlen(text), -EFBIG, "", "a string longer than the limit of 1000000");
	free(text);
}

static void files_are_limited(void **state)
{
	char *directory = make_directory(), *path = path_in(directory, "big");
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	FILE *file = fopen(path, "we");

	(void)state;
	assert_non_null(file);
	/* A hole: nothing of it is read. */
	assert_int_equal(ftruncate(fileno(file), (off_t)FPB_READ_MAX_BYTES + 1), 0);
	fclose(file);
	assert_int_equal(fpb_report_read(path, &report, &problem), -EFBIG);
	assert_non_null(strstr(problem.text, "longer than the limit of 256000000 bytes"));
	free(path);
	remove_directory(directory);
}

static void unreadable_files_are_named(void **state)
{
	struct fpb_problem missing = { .text = "" }, directory = { .text = "" };
	struct fpb_problem nothing = { .text = "" };
	struct fpb_report report;

	(void)state;
	assert_int_equal(fpb_report_read("/nonexistent", &report, &missing), -ENOENT);
	assert_string_equal(missing.text, "cannot open: No such file or directory");
	assert_int_equal(fpb_report_read("/", &report, &directory), -EISDIR);
	assert_string_equal(directory.text, "cannot read: Is a directory");
	assert_int_equal(fpb_report_read("/dev/null", &report, &nothing), -EINVAL);
	assert_string_equal(nothing.text, "empty: expected a JSON document");
}

/* A report may come through a pipe, whose length nobody knows. */
static void pipes_are_read(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	char path[64], *text = with_string(300000);
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		size_t length = strlen(text), done = 0;
		ssize_t n = 1;

		close(ends[0]);
		for (; done < length && n > 0; done += (size_t)n)
			n = write(ends[1], text + done, length - done);
		_exit(n > 0 ? 0 : 1);
	}
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	if (fpb_report_read(path, &report, &problem))
		fail_msg("%s", problem.text);
	assert_int_equal(report.nr_observations, 2);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ends[0]);
	fpb_report_clear(&report);
	free(text);
}

static void messages_obey_no_terminal(void **state)
{
	struct fpb_problem problem;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);
	char *bad = edited(text, "\"observations\"", "\"evidence\": {}",
			   "\"evidence\": {\"\\u001b[2J\": \"\\u009b\\u202e\"}");

	(void)state;
	assert_int_equal(parse(bad, strlen(bad), &problem), -EINVAL);
	assert_string_equal(problem.where, OBS0 ".evidence.\\x1b[2J");
	assert_non_null(strstr(problem.text, "\\x9b\\u202e"));
	free(bad);
	free(text);
}

static void the_first_problem_is_kept(void **state)
{
	struct fpb_problem problem = { .text = "" };

	(void)state;
	assert_int_equal(fpb_problem_set(&problem, EINVAL, "a.b", "read %d", 1), -EINVAL);
	assert_int_equal(fpb_problem_set(&problem, ENOSPC, "c", "read %d", 2), -ENOSPC);
	assert_int_equal(fpb_problem_set(NULL, ENOSPC, "c", "nobody asks"), -ENOSPC);
	assert_string_equal(problem.where, "a.b");
	assert_string_equal(problem.text, "read 1");
}

static void gated_is_what_is_not_said(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);
	char *silent = edited(text, "\"observations\"", "\"gated\": false, ", "");

	(void)state;
	assert_int_equal(fpb_report_parse(text, length, &report, &problem), 0);
	assert_false(report.observations[0].gated);
	fpb_report_clear(&report);
	assert_int_equal(fpb_report_parse(silent, strlen(silent), &report, &problem), 0);
	assert_true(report.observations[0].gated);
	fpb_report_clear(&report);
	free(silent);
	free(text);
}

/* Arrays of another writer need not be in step: nothing is mixed up, cpu_time is then unknown. */
static void benchmarks_are_matched_by_name(void **state)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;
	size_t length;
	char *text = fixture_text("good-no-kvm.json", &length);
	char *other = edited(text, "\"benchmarks\"", "\"name\": \"null/loop@host\"",
			     "\"name\": \"null/lo0p@host\"");

	(void)state;
	assert_int_equal(fpb_report_parse(text, length, &report, &problem), 0);
	assert_true(report.observations[0].cpu_time_ns > 0);
	fpb_report_clear(&report);
	assert_int_equal(fpb_report_parse(other, strlen(other), &report, &problem), 0);
	assert_true(report.observations[0].cpu_time_ns == 0);
	assert_true(report.observations[1].cpu_time_ns > 0);
	fpb_report_clear(&report);
	free(other);
	free(text);
}

/* Each allocation fails once: no leak, no crash, and no report that lacks something. */
static void memory_may_run_out(void **state)
{
	size_t length;
	char *text = fixture_text("good-bare.json", &length);
	unsigned short_of = 0;
	int ret;

	(void)state;
	do {
		struct fpb_problem problem = { .text = "" };
		struct fpb_report report;

		memory.calls = 0;
		memory.fail_at = ++short_of;
		ret = fpb_report_parse(text, length, &report, &problem);
		memory.fail_at = 0;
		if (ret) {
			assert_int_equal(ret, -ENOMEM);
			assert_non_null(strstr(problem.text, "out of memory"));
			continue;
		}
		assert_int_equal(report.nr_observations, 15);
		fpb_report_clear(&report);
	} while (memory.calls >= short_of);
	assert_true(short_of > 200);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wrong_field_is_named),
		cmocka_unit_test(what_is_harmless_is_read),
		cmocka_unit_test(bad_fixtures_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(flipped_bytes_do_not_crash),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(strings_are_limited),
		cmocka_unit_test(files_are_limited),
		cmocka_unit_test(unreadable_files_are_named),
		cmocka_unit_test(pipes_are_read),
		cmocka_unit_test(messages_obey_no_terminal),
		cmocka_unit_test(the_first_problem_is_kept),
		cmocka_unit_test(gated_is_what_is_not_said),
		cmocka_unit_test(benchmarks_are_matched_by_name),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
