// SPDX-License-Identifier: MIT
/* test_policy.c - what a gate lets pass, read strictly and looked up by row. */
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

#include "bench/report/policy.h"

#define POLICY(...) #__VA_ARGS__

static int parse(const char *text, struct fpb_policy *policy, struct fpb_problem *problem)
{
	memset(problem, 0, sizeof(*problem));
	return fpb_policy_parse(text, strlen(text), policy, problem);
}

static void read(const char *text, struct fpb_policy *policy)
{
	struct fpb_problem problem;

	if (parse(text, policy, &problem))
		fail_msg("%s: %s: %s", text, problem.where, problem.text);
}

static void check_wrong(const char *text, const char *where)
{
	struct fpb_policy policy;
	struct fpb_problem problem;

	assert_int_equal(parse(text, &policy, &problem), -EINVAL);
	assert_string_equal(problem.where, where);
	assert_string_not_equal(problem.text, "");
	assert_null(policy.limits);
	assert_null(policy.allow_lost);
	assert_null(policy.accepted);
}

static void empty(void **state)
{
	struct fpb_policy policy;

	(void)state;
	read("{}", &policy);
	assert_true(isnan(fpb_policy_limit(&policy, "exit/pio@host")));
	assert_false(fpb_policy_allows_loss(&policy, "exit/pio@host"));
	assert_null(fpb_policy_acceptance(&policy, "exit/pio@host", "2025-01-01"));
	fpb_policy_clear(&policy);
}

static void limits(void **state)
{
	struct fpb_policy policy;

	(void)state;
	read(POLICY({ "limits" : { "^exit/" : 0.02, "cpuid@guest" : 0.05, "^null" : 0 } }),
	     &policy);
	assert_true(fpb_policy_limit(&policy, "exit/pio@host") == 0.02);
	/* The last that matches. */
	assert_true(fpb_policy_limit(&policy, "exit/cpuid@guest/ring3") == 0.05);
	assert_true(fpb_policy_limit(&policy, "null/loop@host") == 0);
	assert_true(isnan(fpb_policy_limit(&policy, "xsave/exit/@host")));
	fpb_policy_clear(&policy);
}

static void losses(void **state)
{
	struct fpb_policy policy;
	struct fpb_problem problem = { .text = "" };

	(void)state;
	read(POLICY({ "allow_lost" : [ "^exit/", "avx$" ] }), &policy);
	assert_true(fpb_policy_allows_loss(&policy, "exit/pio@host"));
	assert_false(fpb_policy_allows_loss(&policy, "xsave/xsavec@host"));
	assert_int_equal(fpb_policy_allow_lost(&policy, "xsavec", "--allow-lost", &problem), 0);
	assert_true(fpb_policy_allows_loss(&policy, "xsave/xsavec@host"));
	assert_int_equal(fpb_policy_allow_lost(&policy, "[", "--allow-lost", &problem), -EINVAL);
	assert_string_equal(problem.where, "--allow-lost");
	fpb_policy_clear(&policy);
}

static void acceptances(void **state)
{
	const struct fpb_acceptance *accepted;
	struct fpb_policy policy;

	(void)state;
	read(POLICY({
		     "accepted" : [
			     {
				     "name" : "^exit/",
				     "up_to" : 0.03,
				     "until" : "2025-06-30",
				     "why" : "first"
			     },
			     {
				     "name" : "pio",
				     "up_to" : 0.05,
				     "until" : "2025-03-31",
				     "why" : "second"
			     }
		     ]
	     }),
	     &policy);
	accepted = fpb_policy_acceptance(&policy, "exit/pio@host", "2025-03-31");
	assert_non_null(accepted);
	assert_string_equal(accepted->why, "second");
	/* The last day counts, the next does not. */
	accepted = fpb_policy_acceptance(&policy, "exit/pio@host", "2025-04-01");
	assert_non_null(accepted);
	assert_string_equal(accepted->why, "first");
	assert_null(fpb_policy_acceptance(&policy, "exit/pio@host", "2025-07-01"));
	assert_null(fpb_policy_acceptance(&policy, "xsave/xsavec@host", "2025-01-01"));
	fpb_policy_clear(&policy);
}

/* regcomp() would take gigabytes for these, or all of the stack. */
static void expressions_are_limited(void **state)
{
	static const char *const too_large[] = {
		"^g+++++++++++++++++++++++++++++++++2$",
		"((((a{1,100}){1,100}){1,100}){1,100})",
		"(a{,200}){200}",
		"^e*+++++d",
		"^((e*)+){99}d",
		"d********************************",
		"((((((((((((((((a*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*",
		"(((a{99,}){99,}){99,}",
	};
	static const char *const fine[] = {
		"^(exit|swap)/(cpuid|pio)(/live=[a-z0-9+]+)?@(host|guest/ring[03])$",
		"^.{1,255}@host$",
		"^([a-z]+/)*(a*)?(b*)?@host$",
		"^[a-z]+/[a-z]+/[a-z]+=[0-9]+@[a-z]+$",
	};
	struct fpb_policy policy = { 0 };
	struct fpb_problem problem = { .text = "" };
	char deep[20000];

	(void)state;
	memset(deep, '(', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(fpb_policy_allow_lost(&policy, deep, "x", &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "write it as several"));
	for (size_t i = 0; i < sizeof(too_large) / sizeof(*too_large); i++)
		assert_int_equal(fpb_policy_allow_lost(&policy, too_large[i], "x", NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++)
		assert_int_equal(fpb_policy_allow_lost(&policy, fine[i], "x", NULL), 0);
	fpb_policy_clear(&policy);
}

static void malformed(void **state)
{
	static const char *const dates[] = { "",	   "2025-02-29", "2025-00-10",
					     "2025-13-10", "2025-04-31", "2025-04-00",
					     "2025-4-1",   "25-04-01",	 "2025-04-01T00",
					     "2025--4-01", "2025-04--1", "1900-02-29" };
	char text[256];

	(void)state;
	check_wrong("", "");
	check_wrong("{", "");
	check_wrong("null", "");
	check_wrong("{} {}", "");
	check_wrong(POLICY({ "limits" : {}, "limits" : {} }), "");
	check_wrong(POLICY({ "limit" : {} }), "limit");
	check_wrong(POLICY({ "limits" : [] }), "limits");
	check_wrong(POLICY({ "limits" : { "a" : "1" } }), "limits.a");
	check_wrong(POLICY({ "limits" : { "b" : 0.1, "a" : -0.1 } }), "limits.a");
	check_wrong(POLICY({ "limits" : { "b" : 0.1, "(" : 0.1 } }), "limits.(");
	check_wrong(POLICY({ "allow_lost" : {} }), "allow_lost");
	check_wrong(POLICY({ "allow_lost" : [ "a", 1 ] }), "allow_lost[1]");
	check_wrong(POLICY({ "allow_lost" : [ "a", "a{2" ] }), "allow_lost[1]");
	check_wrong(POLICY({ "accepted" : {} }), "accepted");
	check_wrong(POLICY({ "accepted" : [1] }), "accepted[0]");
	check_wrong(
		POLICY({ "accepted" : [ { "name" : "a", "up_to" : 1, "until" : "2025-01-01" } ] }),
		"accepted[0].why");
	check_wrong(POLICY({ "accepted" : [ { "nam" : "a" } ] }), "accepted[0].nam");
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		snprintf(text, sizeof(text),
			 "{\"accepted\": [{\"name\": \"a\", \"up_to\": 0, \"until\": \"%s\", "
			 "\"why\": \"x\"}]}",
			 dates[i]);
		check_wrong(text, "accepted[0].until");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(limits),
		cmocka_unit_test(losses),
		cmocka_unit_test(acceptances),
		cmocka_unit_test(expressions_are_limited),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
