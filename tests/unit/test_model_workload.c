// SPDX-License-Identifier: MIT
/* test_model_workload.c - workloads by name and as JSON, read strictly. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/model/workload_json.h"
#include "bench/model/workload_presets.h"
#include "model_random.h"

static int parse(const char *text, struct fpb_workload *out, struct fpb_problem *problem)
{
	struct fpb_import_note note;

	memset(problem, 0, sizeof(*problem));
	return fpb_workload_parse(text, strlen(text), "dir/w.json", 0, out, &note, problem);
}

static struct fpb_workload read(const char *text)
{
	struct fpb_workload workload;
	struct fpb_problem problem;

	if (parse(text, &workload, &problem))
		fail_msg("%s: %s: %s", text, problem.where, problem.text);
	return workload;
}

static void check_wrong(const char *text, const char *where)
{
	struct fpb_workload workload;
	struct fpb_problem problem;

	if (parse(text, &workload, &problem) != -EINVAL)
		fail_msg("%s is accepted", text);
	if (strcmp(problem.where, where) != 0)
		fail_msg("%s: '%s': %s", text, problem.where, problem.text);
	assert_string_not_equal(problem.text, "");
}

static void presets(void **state)
{
	(void)state;
	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		struct fpb_problem problem = { 0 };
		struct fpb_workload workload;

		assert_int_equal(fpb_workload_preset(fpb_preset_names[i], &workload), 0);
		if (fpb_workload_check(&workload, &problem))
			fail_msg("%s: %s: %s", fpb_preset_names[i], problem.where, problem.text);
		assert_string_equal(workload.name, fpb_preset_names[i]);
		assert_non_null(fpb_preset_title(&workload));
		snprintf(workload.source, sizeof(workload.source), "dir/linux");
		assert_null(fpb_preset_title(&workload));
		assert_true(fpb_workload_exits(&workload) > 0);
	}
}

/* No design can be told from another by L2: its tasks must not be what the designs are judged by. */
static void amx_of_l2_is_not_modelled(void **state)
{
	struct fpb_workload workload;

	(void)state;
	assert_int_equal(fpb_workload_preset("nested", &workload), 0);
	assert_non_null(strstr(fpb_preset_title(&workload), "AMX is used by tasks of L1 alone"));
}

static void no_such_preset(void **state)
{
	struct fpb_workload workload;

	(void)state;
	assert_int_equal(fpb_workload_preset("linux ", &workload), -ENOENT);
	assert_int_equal(fpb_workload_preset("", &workload), -ENOENT);
}

static void nothing_is_initial(void **state)
{
	const struct fpb_workload workload = read(" \n{}");

	(void)state;
	assert_string_equal(workload.name, "w.json");
	assert_string_equal(workload.source, "dir/w.json");
	assert_true(workload.rate[FPB_RATE_VCPUS] == 1);
	for (size_t i = 1; i < FPB_NR_RATES; i++)
		assert_true(workload.rate[i] == 0);
	assert_true(fpb_workload_exits(&workload) == 0);
	assert_true(workload.is_amx_exposed);
	assert_false(workload.is_xfd_aware);
	assert_false(workload.has_xcr0_tiledata);
}

static void members(void **state)
{
	const struct fpb_workload workload =
		read("{\"name\": \"mine\", \"vcpus\": 8, \"fastpath_share\": 0.25,"
		     " \"exits_per_second\": {\"hlt\": 100, \"nested\": 3.5},"
		     " \"user_exits_per_second\": 20, \"xfd_aware\": true}");

	(void)state;
	assert_string_equal(workload.name, "mine");
	assert_true(workload.rate[FPB_RATE_VCPUS] == 8);
	assert_true(workload.exits[FPB_EXIT_HLT] == 100);
	assert_true(workload.exits[FPB_EXIT_NESTED] == 3.5);
	assert_true(fpb_workload_exits(&workload) == 103.5);
	assert_true(workload.is_xfd_aware);
	assert_false(workload.has_xcr0_tiledata);
}

static void one_number_of_exits(void **state)
{
	const struct fpb_workload workload = read("{\"exits_per_second\": 5}");

	(void)state;
	assert_true(workload.exits[FPB_EXIT_OTHER] == 5);
	assert_true(fpb_workload_exits(&workload) == 5);
}

static void what_follows(void **state)
{
	struct fpb_workload workload =
		read("{\"context_switches_per_second\": 1000, \"amx_task_share\": 0.1}");

	(void)state;
	assert_true(fabs(workload.rate[FPB_RATE_XFD_WRITES] - 180) < 1e-9);
	assert_true(workload.is_xfd_aware && workload.has_xcr0_tiledata);
	workload = read("{\"context_switches_per_second\": 1000, \"amx_task_share\": 0.1,"
			" \"xfd_writes_per_second\": 7}");
	assert_true(workload.rate[FPB_RATE_XFD_WRITES] == 7);
	/* The hardware lets tiles be used by who never heard of XFD: it is 0. */
	workload = read("{\"context_switches_per_second\": 1000, \"amx_task_share\": 0.1,"
			" \"tiles_live_share\": 0.1, \"xfd_aware\": false}");
	assert_true(workload.has_xcr0_tiledata && !workload.is_xfd_aware);
	assert_true(workload.rate[FPB_RATE_XFD_WRITES] == 0);
	workload = read("{\"nm_per_second\": 1}");
	assert_true(workload.is_xfd_aware && workload.has_xcr0_tiledata);
}

static void wrong_text(void **state)
{
	(void)state;
	check_wrong("", "");
	check_wrong("hello", "");
	check_wrong("{", "");
	check_wrong("{} {}", "");
	check_wrong("[]", "");
	check_wrong("{\"vcpus\": NaN}", "");
	check_wrong("{\"vcpus\": 1, \"vcpus\": 2}", "");
	check_wrong("{\"vcpus\": 1e999}", "");
}

static void wrong_members(void **state)
{
	(void)state;
	check_wrong("{\"vcpu\": 1}", "vcpu");
	check_wrong("{\"vcpus\": 0}", "vcpus");
	check_wrong("{\"vcpus\": 1.5}", "vcpus");
	check_wrong("{\"vcpus\": 4097}", "vcpus");
	check_wrong("{\"vcpus\": \"4\"}", "vcpus");
	check_wrong("{\"vcpus\": null}", "vcpus");
	check_wrong("{\"name\": 3}", "name");
	check_wrong("{\"fastpath_share\": 1.01}", "fastpath_share");
	check_wrong("{\"nm_per_second\": -1}", "nm_per_second");
	check_wrong("{\"nm_per_second\": 1e300}", "nm_per_second");
	check_wrong("{\"boots_per_day\": 1e10}", "boots_per_day");
	check_wrong("{\"xfd_aware\": 1}", "xfd_aware");
	check_wrong("{\"exits_per_second\": \"many\"}", "exits_per_second");
	check_wrong("{\"exits_per_second\": -1}", "exits_per_second");
	check_wrong("{\"exits_per_second\": 1e13}", "exits_per_second.other");
	check_wrong("{\"exits_per_second\": {\"halt\": 1}}", "exits_per_second.halt");
	check_wrong("{\"exits_per_second\": {\"hlt\": -1}}", "exits_per_second.hlt");
	check_wrong("{\"exits_per_second\": {\"hlt\": true}}", "exits_per_second.hlt");
}

static void contradictions(void **state)
{
	(void)state;
	check_wrong("{\"user_exits_per_second\": 1}", "user_exits_per_second");
	check_wrong("{\"exits_per_second\": 10, \"fastpath_share\": 0.5,"
		    " \"user_exits_per_second\": 6}",
		    "user_exits_per_second");
	check_wrong("{\"amx_exposed\": false, \"nm_per_second\": 1}", "amx_exposed");
	check_wrong("{\"amx_exposed\": false, \"xfd_aware\": true}", "amx_exposed");
	check_wrong("{\"xfd_aware\": false, \"xfd_writes_per_second\": 1}", "xfd_aware");
	check_wrong("{\"xfd_aware\": false, \"nm_per_second\": 1}", "xfd_aware");
	check_wrong("{\"xfd_aware\": false, \"xcr0_tiledata\": false, \"amx_task_share\": 1}",
		    "xcr0_tiledata");
	check_wrong("{\"xcr0_tiledata\": false, \"nm_per_second\": 1}", "xcr0_tiledata");
	/* All exits may go to user space. */
	read("{\"exits_per_second\": 10, \"user_exits_per_second\": 10}");
}

static void rates_are_no_recording(void **state)
{
	struct fpb_problem problem = { 0 };
	struct fpb_import_note note;
	struct fpb_workload workload;

	(void)state;
	assert_int_equal(fpb_workload_parse("{}", 2, "w", 3.0, &workload, &note, &problem),
			 -EINVAL);
	assert_string_equal(problem.where, "--seconds");
}

static void check_round_trip(const struct fpb_workload *workload)
{
	json_t *json = fpb_workload_to_json(workload);
	char *text = json_dumps(json, 0);
	struct fpb_workload again = read(text);

	snprintf(again.source, sizeof(again.source), "%s", workload->source);
	assert_string_equal(again.name, workload->name);
	assert_memory_equal(again.exits, workload->exits, sizeof(again.exits));
	assert_memory_equal(again.rate, workload->rate, sizeof(again.rate));
	assert_int_equal(again.is_amx_exposed, workload->is_amx_exposed);
	assert_int_equal(again.is_xfd_aware, workload->is_xfd_aware);
	assert_int_equal(again.has_xcr0_tiledata, workload->has_xcr0_tiledata);
	free(text);
	json_decref(json);
}

static void round_trip(void **state)
{
	struct model_random random = { 33 };
	struct fpb_workload workload;

	(void)state;
	for (size_t i = 0; i < FPB_NR_PRESETS; i++) {
		assert_int_equal(fpb_workload_preset(fpb_preset_names[i], &workload), 0);
		check_round_trip(&workload);
	}
	for (int n = 0; n < 200; n++) {
		random_workload(&random, &workload);
		check_round_trip(&workload);
	}
}

static void scaling_keeps_the_mix(void **state)
{
	struct fpb_workload before, after;

	(void)state;
	assert_int_equal(fpb_workload_preset("linux", &before), 0);
	after = before;
	fpb_workload_scale_exits(&after, 3 * fpb_workload_exits(&before));
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		assert_true(fabs(after.exits[i] - 3 * before.exits[i]) <= 1e-9 * after.exits[i]);
	assert_true(fabs(after.rate[FPB_RATE_USER_EXITS] - 3 * before.rate[FPB_RATE_USER_EXITS]) <
		    1e-9 * after.rate[FPB_RATE_USER_EXITS]);
	fpb_workload_init(&after, "none", "test");
	fpb_workload_scale_exits(&after, 12);
	assert_true(after.exits[FPB_EXIT_OTHER] == 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets),
		cmocka_unit_test(amx_of_l2_is_not_modelled),
		cmocka_unit_test(no_such_preset),
		cmocka_unit_test(nothing_is_initial),
		cmocka_unit_test(members),
		cmocka_unit_test(one_number_of_exits),
		cmocka_unit_test(what_follows),
		cmocka_unit_test(wrong_text),
		cmocka_unit_test(wrong_members),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(rates_are_no_recording),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(scaling_keeps_the_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
