// SPDX-License-Identifier: MIT
/*
 * test_worker.c - the measuring and the probing process of the real program, spoken to through pipes:
 * whatever it hears, it ends, and it prints JSON lines and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/core/calm.h"
#include "bench/core/capabilities.h"
#include "bench/core/plan.h"

#define TIMEOUT_S  40
#define NR_BATCHES 32

/* What came of one life of a child. */
struct life {
	json_t *lines[16];
	size_t nr_lines;
	bool is_all_json;
	char errors[4096];
	int status;
};

static char *take(FILE *file)
{
	char *text;
	long bytes;

	fseek(file, 0, SEEK_END);
	bytes = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)bytes + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)bytes, file), bytes);
	fclose(file);
	return text;
}

static void wait_for(pid_t pid, struct life *life)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	const time_t deadline = time(NULL) + TIMEOUT_S;

	while (waitpid(pid, &life->status, WNOHANG) == 0) {
		if (time(NULL) > deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			fail_msg("no end after %d s", TIMEOUT_S);
		}
		nanosleep(&pause, NULL);
	}
}

static void split(char *text, struct life *life)
{
	char *line, *rest = text;

	life->is_all_json = true;
	while ((line = strsep(&rest, "\n")) && rest) {
		json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		assert_true(life->nr_lines < sizeof(life->lines) / sizeof(life->lines[0]));
		life->is_all_json &= json_is_object(json);
		life->lines[life->nr_lines++] = json;
	}
	/* The last line is ended too. */
	life->is_all_json &= line && !*line;
}

/* `input` and then the end of it. Files, so that nobody waits for anybody. */
static struct life live(const char *mode, const char *input)
{
	FILE *in = tmpfile(), *out = tmpfile(), *errors = tmpfile();
	struct life life = { 0 };
	char *text;
	pid_t pid;

	assert_true(in && out && errors);
	fputs(input, in);
	fflush(in);
	rewind(in);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fileno(in), 0) == 0 && dup2(fileno(out), 1) == 1 &&
		    dup2(fileno(errors), 2) == 2)
			execl(FPB_PROGRAM, FPB_PROGRAM, mode, (char *)NULL);
		_exit(126);
	}
	fclose(in);
	wait_for(pid, &life);
	text = take(errors);
	snprintf(life.errors, sizeof(life.errors), "%s", text);
	free(text);
	text = take(out);
	split(text, &life);
	free(text);
	return life;
}

static void bury(struct life *life)
{
	for (size_t i = 0; i < life->nr_lines; i++)
		json_decref(life->lines[i]);
}

static void check_clean(const struct life *life)
{
	assert_string_equal(life->errors, "");
	assert_true(life->is_all_json);
	if (!WIFEXITED(life->status))
		fail_msg("killed by signal %d", WTERMSIG(life->status));
}

static json_t *capabilities; /* as probed */
static int cpu;

static char *config_with(const char *key, json_t *value)
{
	json_t *config = json_pack("{s:i,s:i,s:b,s:i,s:i,s:i,s:O}", "cpu", cpu, "permission", 0,
				   "allows_hazards", 0, "tsc_khz", 2000000, "calm_ticks", 0,
				   "wait_ms", 3000, "capabilities", capabilities);
	char *text;

	assert_non_null(config);
	if (key)
		json_object_set_new(config, key, value);
	text = json_dumps(config, JSON_COMPACT);
	json_decref(config);
	assert_non_null(text);
	return text;
}

static void append(char **text, const char *more)
{
	char *joined;

	assert_true(asprintf(&joined, "%s\n%s", *text, more) >= 0);
	free(*text);
	*text = joined;
}

static const char good_request[] =
	"{\"row\":\"null/loop@host\",\"run\":3,\"batches\":32,\"inject_nr\":0,\"inject_percent\":0.0}\n";

/* A probe of this machine serves all tests. */
static int probe(void **state)
{
	struct life life = live("--probe", "");
	cpu_set_t cpus;

	(void)state;
	check_clean(&life);
	assert_int_equal(WEXITSTATUS(life.status), 0);
	assert_int_equal(life.nr_lines, 1);
	capabilities = life.lines[0];
	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return -1;
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	return 0;
}

static int forget(void **state)
{
	(void)state;
	json_decref(capabilities);
	return 0;
}

static void test_probe_answer(void **state)
{
	struct fpb_capabilities caps;
	struct fpb_err err = { 0 };
	json_t *again;

	(void)state;
	assert_int_equal(fpb_capabilities_from_json(capabilities, &caps, &err), 0);
	again = fpb_capabilities_to_json(&caps);
	assert_true(json_equal(capabilities, again));
	json_decref(again);
	assert_true(caps.tsc_step >= 1);
	assert_true(caps.on[FPB_HOST].have & FPB_NEED_NATIVE);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
			const struct fpb_lack *lack = &caps.on[s].lack[i];

			/* What is there lacks nothing; what is named is named in full. */
			if (caps.on[s].have >> i & 1)
				assert_string_equal(lack->reason, "");
			assert_int_equal(!lack->reason[0], !lack->text[0]);
		}
	}
}

/* Every row this machine cannot run says why, in the words of the report format. */
static void test_every_skip_has_a_reason(void **state)
{
	static const char *const reasons[] = { "no-kvm",    "no-permission", "cpu-lacks",
					       "kvm-lacks", "os-lacks",	     "backend-cannot",
					       "no-pmu",    "hazard",	     "profile" };
	struct fpb_capabilities caps;
	struct fpb_rows rows;
	struct fpb_plan plan;
	struct fpb_report report = { 0 };
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(fpb_capabilities_from_json(capabilities, &caps, &err), 0);
	assert_int_equal(fpb_rows_create(&rows, &err), 0);
	assert_int_equal(fpb_plan_create(&rows, &caps, 1, 1, &plan, &report, &err), 0);
	assert_int_equal(plan.nr + report.nr_skips, rows.nr);
	for (size_t i = 0; i < report.nr_skips; i++) {
		const struct fpb_skip *skip = &report.skips[i];
		bool is_known = false;

		for (size_t r = 0; r < sizeof(reasons) / sizeof(reasons[0]); r++)
			is_known |= strcmp(skip->reason, reasons[r]) == 0;
		if (!is_known || !skip->text[0])
			fail_msg("%s@%s is skipped for '%s': '%s'", skip->name, skip->substrate,
				 skip->reason, skip->text);
	}
	fpb_plan_clear(&plan);
	fpb_report_clear(&report);
	fpb_rows_clear(&rows);
}

static void test_measures(void **state)
{
	char *input = config_with(NULL, NULL);
	struct fpb_observation obs;
	struct fpb_problem problem = { { 0 }, { 0 } };
	struct life life;

	(void)state;
	append(&input, good_request);
	append(&input, good_request);
	life = live("--worker", input);
	free(input);
	check_clean(&life);
	assert_int_equal(WEXITSTATUS(life.status), 0);
	assert_int_equal(life.nr_lines, 3);
	assert_true(json_is_true(json_object_get(life.lines[0], "ready")));
	assert_true(json_integer_value(json_object_get(life.lines[0], "calm_ticks")) > 0);
	for (size_t i = 1; i < 3; i++) {
		if (fpb_observation_from_json(json_object_get(life.lines[i], "observation"), "obs",
					      &obs, &problem))
			fail_msg("%s: %s", problem.where, problem.text);
		assert_string_equal(obs.name, "null/loop");
		assert_int_equal(obs.run, 3);
		assert_int_equal(obs.nr_batches, NR_BATCHES);
		fpb_observation_clear(&obs);
	}
	bury(&life);
}

/* The request is refused: an error line after {"ready"}, and no value for it. */
static void check_request(const char *request)
{
	char *input = config_with(NULL, NULL);
	struct life life;

	append(&input, request);
	life = live("--worker", input);
	free(input);
	check_clean(&life);
	assert_true(life.nr_lines >= 1);
	assert_true(json_is_true(json_object_get(life.lines[0], "ready")));
	if (WEXITSTATUS(life.status) == 0)
		fail_msg("exit status 0 after '%.60s'", request);
	assert_int_equal(life.nr_lines, 2);
	assert_non_null(json_string_value(json_object_get(life.lines[1], "error")));
	bury(&life);
}

#define REQUEST_OF(row, twin, run)                                                                 \
	"{\"row\":\"" row "@guest/ring3\"," twin "\"run\":" run ",\"batches\":32,\"inject_nr\":0," \
	"\"inject_percent\":0.0}\n"
#define TWIN_OF(row) "\"twin\":\"" row "@guest/ring3\","

static bool has_flag(const json_t *reply, const char *flag)
{
	const json_t *flags = json_object_get(json_object_get(reply, "observation"), "flags");

	assert_true(json_is_array(flags));
	for (size_t i = 0; i < json_array_size(flags); i++) {
		if (!strcmp(json_string_value(json_array_get(flags, i)), flag))
			return true;
	}
	return false;
}

static const char *name_of(const json_t *reply)
{
	return json_string_value(json_object_get(json_object_get(reply, "observation"), "name"));
}

/*
 * Two rows measured together are one measurement that answers two requests. What was measured alone
 * in between drops what was kept, and so does another run: then both are measured again.
 */
static void test_twins(void **state)
{
	static const char *const requests[] = {
		REQUEST_OF("null/loop", TWIN_OF("exit/cpuid"), "0"),
		REQUEST_OF("exit/cpuid", TWIN_OF("null/loop"), "0"),
		REQUEST_OF("exit/cpuid", TWIN_OF("null/loop"), "1"),
		REQUEST_OF("exit/cpuid", "", "1"),
		REQUEST_OF("null/loop", TWIN_OF("exit/cpuid"), "1"),
	};
	static const char *const names[] = { "null/loop", "exit/cpuid", "exit/cpuid", "exit/cpuid",
					     "null/loop" };
	struct fpb_capabilities caps;
	struct fpb_err err = { 0 };
	struct life life;
	char *input;

	(void)state;
	assert_int_equal(fpb_capabilities_from_json(capabilities, &caps, &err), 0);
	if (!(caps.on[FPB_GUEST_RING3].have & FPB_NEED_CPUID_EXIT))
		skip();
	input = config_with(NULL, NULL);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		append(&input, requests[i]);
	life = live("--worker", input);
	free(input);
	check_clean(&life);
	assert_int_equal(WEXITSTATUS(life.status), 0);
	assert_int_equal(life.nr_lines, 6);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(name_of(life.lines[i + 1]), names[i]);
		assert_int_equal(has_flag(life.lines[i + 1], "interleaved"), i != 3);
	}
	bury(&life);
}

static void test_no_twins(void **state)
{
	(void)state;
	check_request(REQUEST_OF("null/loop", TWIN_OF("null/loop"), "0"));
	check_request(REQUEST_OF("null/loop", TWIN_OF("null/nothing"), "0"));
	check_request("{\"row\":\"null/loop@host\",\"twin\":\"null/loop@guest/ring3\",\"run\":0,"
		      "\"batches\":32,\"inject_nr\":0,\"inject_percent\":0.0}\n");
}

/* A row that this machine cannot run fails; the process lives on. */
static void test_impossible_row(void **state)
{
	char *input = config_with(NULL, NULL);
	struct life life;

	(void)state;
	append(&input, "{\"row\":\"null/loop@host\",\"run\":0,\"batches\":32,\"inject_nr\":0,"
		       "\"inject_percent\":1e9}\n");
	append(&input, "{\"row\":\"null/loop@host\",\"run\":0,\"batches\":32,\"inject_nr\":16384,"
		       "\"inject_percent\":0.0}\n");
	append(&input, good_request);
	life = live("--worker", input);
	free(input);
	check_clean(&life);
	assert_int_equal(WEXITSTATUS(life.status), 0);
	assert_int_equal(life.nr_lines, 4);
	assert_non_null(json_object_get(json_object_get(life.lines[2], "failure"), "error"));
	assert_non_null(json_object_get(life.lines[3], "observation"));
	bury(&life);
}

/* The configuration is refused: one line with the error, exit status not 0. */
static void check_config(const char *input)
{
	struct life life = live("--worker", input);

	check_clean(&life);
	if (WEXITSTATUS(life.status) == 0)
		fail_msg("exit status 0 after '%.60s'", input);
	assert_int_equal(life.nr_lines, 1);
	assert_non_null(json_string_value(json_object_get(life.lines[0], "error")));
	bury(&life);
}

static void check_config_with(const char *key, json_t *value)
{
	char *config = config_with(key, value);

	append(&config, good_request);
	check_config(config);
	free(config);
}

static void test_refused_configuration(void **state)
{
	(void)state;
	check_config("");
	check_config("\n");
	check_config("garbage\n");
	check_config("{\"cpu\":0\n");
	check_config("{}\n");
	check_config("[]\n");
	check_config_with("cpu", json_string("0"));
	check_config_with("cpu", json_integer(-1));
	check_config_with("cpu", json_integer(1 << 20));
	check_config_with("capabilities", json_object());
	check_config_with("capabilities", json_null());
	check_config_with("tsc_khz", json_real(2e6));
	check_config_with("calm_ticks", json_null());
	check_config_with("calm_ticks", json_integer(-1));
	check_config_with("wait_ms", json_integer(-1));
	check_config_with("wait_ms", json_integer(FPB_MAX_WAIT_MS + 1));
}

static void test_refused_frequency(void **state)
{
	(void)state;
	check_config_with("tsc_khz", json_integer(0));
	check_config_with("permission", json_integer(-1));
	check_config_with("permission", json_integer(NR_XSTATE_PERMISSIONS));
	check_config_with("allows_hazards", json_integer(1));
	check_config_with("tsc_khz", json_integer(-2000000));
}

static void test_end_of_input(void **state)
{
	char *input = config_with(NULL, NULL);
	struct life life;

	(void)state;
	append(&input, "");
	life = live("--worker", input);
	free(input);
	check_clean(&life);
	assert_int_equal(WEXITSTATUS(life.status), 0);
	assert_int_equal(life.nr_lines, 1);
	bury(&life);
}

static void test_unknown_row(void **state)
{
	(void)state;
	check_request("{\"row\":\"null/nothing@host\",\"run\":0,\"batches\":32,\"inject_nr\":0,"
		      "\"inject_percent\":0.0}\n");
	check_request("{\"row\":\"null/loop\",\"run\":0,\"batches\":32,\"inject_nr\":0,"
		      "\"inject_percent\":0.0}\n");
}

static void test_malformed_request(void **state)
{
	(void)state;
	check_request("{}\n");
	check_request("{\"row\":\"null/loop@host\"}\n");
	check_request(
		"{\"row\":5,\"run\":0,\"batches\":32,\"inject_nr\":0,\"inject_percent\":0.0}\n");
	check_request("{\"row\":\"null/loop@host\",\"run\":0,\"batches\":\"32\",\"inject_nr\":0,"
		      "\"inject_percent\":0.0}\n");
}

static void test_garbage_request(void **state)
{
	(void)state;
	check_request("garbage\n");
	check_request("{\"row\":\"null/loop@host\",\"run\"");
	check_request("\x01\xff\xfe");
	check_request("}{\n");
}

/* More than the buffers hold, fewer than a median needs, no equal share of the layout copies. */
static void test_number_of_batches(void **state)
{
	static const int refused[] = { 0, -4, 30, 33, ABI_MAX_BATCHES + ABI_NR_COPIES, 1 << 30 };
	char request[160];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(request, sizeof(request),
			 "{\"row\":\"null/loop@host\",\"run\":0,\"batches\":%d,\"inject_nr\":0,"
			 "\"inject_percent\":0.0}\n",
			 refused[i]);
		check_request(request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe_answer),
		cmocka_unit_test(test_every_skip_has_a_reason),
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_no_twins),
		cmocka_unit_test(test_impossible_row),
		cmocka_unit_test(test_refused_configuration),
		cmocka_unit_test(test_refused_frequency),
		cmocka_unit_test(test_end_of_input),
		cmocka_unit_test(test_unknown_row),
		cmocka_unit_test(test_malformed_request),
		cmocka_unit_test(test_garbage_request),
		cmocka_unit_test(test_number_of_batches),
	};

	return cmocka_run_group_tests(tests, probe, forget);
}
