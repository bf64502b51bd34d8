// SPDX-License-Identifier: MIT
/* test_environment_diff.c - every key in its class, and what each class allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/environment_diff.h"
#include "tests/unit/report_fixture.h"

static const struct fpb_difference_request compare = { .rule = FPB_RULE_COMPARE };
static const struct fpb_difference_request same = { .rule = FPB_RULE_SAME_MEASUREMENT };

static json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!json)
		fail_msg("not JSON: %s", text);
	return json;
}

/* Of two environments given as JSON; the documents live as long as the result needs them. */
static struct fpb_differences diff(const char *base, const char *new,
				   const struct fpb_difference_request *request)
{
	struct fpb_differences out = { 0 };
	json_t *a = json_of(base), *b = json_of(new);

	assert_int_equal(fpb_environment_diff(a, b, request, &out), 0);
	json_decref(a);
	json_decref(b);
	return out;
}

static void check_one(const char *base, const char *new,
		      const struct fpb_difference_request *request, enum fpb_difference_class class,
		      bool is_allowed)
{
	struct fpb_differences out = diff(base, new, request);

	assert_int_equal(out.nr, 1);
	if (out.item[0].class != class || out.item[0].is_allowed != is_allowed)
		fail_msg("%s: %s, %s", out.item[0].key,
			 fpb_difference_class_name(out.item[0].class),
			 out.item[0].is_allowed ? "allowed" : "refused");
	assert_int_equal(out.nr_refused, !is_allowed);
	fpb_differences_clear(&out);
}

static void check_same(const char *base, const char *new)
{
	struct fpb_differences out = diff(base, new, &same);

	assert_int_equal(out.nr, 0);
	assert_int_equal(out.nr_refused, 0);
	fpb_differences_clear(&out);
}

/* The lists of docs/resume-and-merge.md, key by key. */
static void classes_are_those_of_the_method(void **state)
{
	static const struct {
		enum fpb_difference_class class;
		bool may_be_compared;
		const char *keys;
	} classes[] = {
		{ FPB_DIFFERENCE_IDENTITY, false,
		  "engine hypervisor kvm_backend cpu_vendor cpu_model cpu_family cpu_model_number "
		  "cpu_stepping microcode cpuid_0xd" },
		{ FPB_DIFFERENCE_EXPERIMENT, true,
		  "kernel_release kernel_version kernel_build_id kernel_config_sha256 "
		  "kernel_cmdline kvm_modules mitigations xcr0 xss_supported "
		  "guest_xfeatures_permitted kvm_feature_msrs avoided_hazards" },
		{ FPB_DIFFERENCE_VOLATILE, true, "mem_total_bytes cpu_used hwloc_xml tsc_step" },
		{ FPB_DIFFERENCE_SETTING, false,
		  "nested clocksource governor turbo smt thp isolcpus nr_cpus some_later_key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		const bool is_volatile = classes[i].class == FPB_DIFFERENCE_VOLATILE;
		char *keys = strdup(classes[i].keys), *rest = keys, *key;

		while ((key = strsep(&rest, " "))) {
			char base[64], new[64];

			snprintf(base, sizeof(base), "{\"%s\": \"a\"}", key);
			snprintf(new, sizeof(new), "{\"%s\": \"b\"}", key);
			check_same(base, base);
			check_one(base, new, &compare, classes[i].class,
				  classes[i].may_be_compared);
			check_one(base, new, &same, classes[i].class, is_volatile);
		}
		free(keys);
	}
}

static void only_settings_can_be_allowed_by_name(void **state)
{
	static const char *const keys[] = { "governor", "microcode", NULL };
	const struct fpb_difference_request named = { FPB_RULE_COMPARE, keys };
	const struct fpb_difference_request named_same = { FPB_RULE_SAME_MEASUREMENT, keys };

	(void)state;
	check_one("{\"governor\": \"a\"}", "{\"governor\": \"b\"}", &named, FPB_DIFFERENCE_SETTING,
		  true);
	check_one("{\"turbo\": true}", "{\"turbo\": false}", &named, FPB_DIFFERENCE_SETTING, false);
	check_one("{\"microcode\": 1}", "{\"microcode\": 2}", &named, FPB_DIFFERENCE_IDENTITY,
		  false);
	check_one("{\"governor\": \"a\"}", "{\"governor\": \"b\"}", &named_same,
		  FPB_DIFFERENCE_SETTING, false);
}

static void tsc_may_differ_by_a_thousandth(void **state)
{
	(void)state;
	check_one("{\"tsc_khz\": 2000000}", "{\"tsc_khz\": 2002000}", &same,
		  FPB_DIFFERENCE_VOLATILE, true);
	check_one("{\"tsc_khz\": 2000000}", "{\"tsc_khz\": 1998000}", &compare,
		  FPB_DIFFERENCE_VOLATILE, true);
	check_one("{\"tsc_khz\": 2000000}", "{\"tsc_khz\": 2002001}", &same, FPB_DIFFERENCE_SETTING,
		  false);
	check_one("{\"tsc_khz\": 2000000}", "{\"tsc_khz\": 1997999}", &compare,
		  FPB_DIFFERENCE_SETTING, false);
	check_one("{\"tsc_khz\": null}", "{\"tsc_khz\": 2000000}", &same, FPB_DIFFERENCE_SETTING,
		  false);
	check_one("{\"tsc_khz\": 2000000}", "{}", &compare, FPB_DIFFERENCE_SETTING, false);
}

static void absent_is_unknown(void **state)
{
	(void)state;
	check_same("{\"microcode\": null}", "{}");
	check_same("{}", "{\"turbo\": null}");
	check_same("{\"unavailable\": {\"turbo\": \"x\"}}",
		   "{\"unavailable\": {\"turbo\": \"y\"}}");
	check_one("{\"microcode\": null}", "{\"microcode\": 1}", &compare, FPB_DIFFERENCE_IDENTITY,
		  false);
	check_one("{}", "{\"microcode\": 1}", &compare, FPB_DIFFERENCE_IDENTITY, false);
	check_one("{\"microcode\": 1}", "{}", &compare, FPB_DIFFERENCE_IDENTITY, false);
}

static void one_value_in_two_spellings(void **state)
{
	(void)state;
	check_same("{\"xcr0\": 231}", "{\"xcr0\": \"0xe7\"}");
	check_same("{\"tsc_step\": 26}", "{\"tsc_step\": 26.0}");
	check_one("{\"xcr0\": 231}", "{\"xcr0\": \"0xe6\"}", &compare, FPB_DIFFERENCE_EXPERIMENT,
		  true);
	check_one("{\"xcr0\": 231}", "{\"xcr0\": \"0xe7 \"}", &compare, FPB_DIFFERENCE_EXPERIMENT,
		  true);
	check_one("{\"cpu_model\": \"0x\"}", "{\"cpu_model\": 0}", &compare,
		  FPB_DIFFERENCE_IDENTITY, false);
}

/* EBX of the first two subleaves follows XCR0 and XSS; everything else is the processor's. */
static void leaf_0xd_without_what_the_kernel_sets(void **state)
{
#define LEAVES(ebx0, ebx1, ecx1, ebx2)                                                             \
	"{\"cpuid_0xd\": [{\"index\": 0, \"eax\": 7, \"ebx\": " #ebx0                              \
	", \"ecx\": 832, \"edx\": 0}, {\"index\": 1, \"eax\": 15, \"ebx\": " #ebx1                 \
	", \"ecx\": " #ecx1 ", \"edx\": 0}, {\"index\": 2, \"eax\": 256, \"ebx\": " #ebx2          \
	", \"ecx\": 0, \"edx\": 0}]}"
	struct fpb_differences out;
	char text[256];

	(void)state;
	check_same(LEAVES(832, 832, 6144, 576), LEAVES(576, 840, 6144, 576));
	check_one(LEAVES(832, 832, 6144, 576), LEAVES(832, 832, 0, 576), &compare,
		  FPB_DIFFERENCE_IDENTITY, false);
	check_one(LEAVES(832, 832, 6144, 576), LEAVES(832, 832, 6144, 580), &compare,
		  FPB_DIFFERENCE_IDENTITY, false);
	/* What differs is what is told, not what was left out. */
	out = diff(LEAVES(832, 832, 6144, 576), LEAVES(576, 832, 6144, 580), &compare);
	fpb_difference_text(&out.item[0], text, sizeof(text));
	assert_string_equal(text, "cpuid_0xd[2].ebx: 576 -> 580");
	fpb_differences_clear(&out);
#undef LEAVES
}

static void keys_come_in_order(void **state)
{
	struct fpb_differences out = diff("{\"smt\": true, \"engine\": \"bare\", \"thp\": \"a\"}",
					  "{\"xcr0\": 7, \"engine\": \"tcg\", \"thp\": \"a\"}",
					  &compare);

	(void)state;
	assert_int_equal(out.nr, 3);
	assert_int_equal(out.nr_refused, 2);
	assert_string_equal(out.item[0].key, "smt");
	assert_true(json_is_true(out.item[0].base));
	assert_true(json_is_null(out.item[0].new));
	assert_string_equal(out.item[1].key, "engine");
	assert_string_equal(json_string_value(out.item[1].new), "tcg");
	assert_string_equal(out.item[2].key, "xcr0");
	assert_true(json_is_null(out.item[2].base));
	fpb_differences_clear(&out);
}

static void text_is(const char *base, const char *new, const char *expected)
{
	struct fpb_differences out = diff(base, new, &compare);
	char text[256];

	assert_int_equal(out.nr, 1);
	fpb_difference_text(&out.item[0], text, sizeof(text));
	assert_string_equal(text, expected);
	fpb_differences_clear(&out);
}

static void texts_name_what_differs(void **state)
{
	char base[2100], new[2100];

	(void)state;
	text_is("{\"smt\": true}", "{}", "smt: true -> unknown");
	text_is("{\"mitigations\": {\"a\": \"on\", \"b\": \"x\", \"c\": \"1\"}}",
		"{\"mitigations\": {\"a\": \"on\", \"b\": \"y\", \"d\": \"1\"}}",
		"mitigations.b: x -> y (and 2 more)");
	text_is("{\"kvm_modules\": [{\"name\": \"kvm\"}]}",
		"{\"kvm_modules\": [{\"name\": \"kvm\"}, {\"name\": \"kvm_amd\"}]}",
		"kvm_modules[1]: absent -> {\"name\":\"kvm_amd\"}");
	text_is("{\"kernel_cmdline\": \"a\\u001b[2J\"}", "{\"kernel_cmdline\": \"b\"}",
		"kernel_cmdline: a\\x1b[2J -> b");
	snprintf(base, sizeof(base), "{\"hwloc_xml\": \"%02000d\"}", 1);
	snprintf(new, sizeof(new), "{\"hwloc_xml\": \"%02001d\"}", 1);
	text_is(base, new, "hwloc_xml: a text of 2000 bytes -> a text of 2001 bytes");
	snprintf(base, sizeof(base), "{\"kernel_cmdline\": \"%0100d\"}", 1);
	text_is(base, "{}",
		"kernel_cmdline: 0000000000000000000..."
		"00000000000000000000000000000000000001 -> unknown");
}

static void reports_differ_beyond_the_environment(void **state)
{
	struct fpb_report a, b;
	struct fpb_differences out = { 0 };

	(void)state;
	fixture_report("good-bare.json", &a);
	fixture_report("good-bare.json", &b);
	assert_int_equal(fpb_report_diff(&a, &b, &same, &out), 0);
	assert_int_equal(out.nr, 0);
	free(b.suite.commit);
	b.suite.commit = NULL;
	free(b.suite.build_type);
	b.suite.build_type = strdup("Debug");
	free(b.plan.inject);
	b.plan.inject = strdup("2%");
	assert_int_equal(fpb_report_diff(&a, &b, &compare, &out), 0);
	assert_int_equal(out.nr, 3);
	assert_int_equal(out.nr_refused, 2);
	assert_string_equal(out.item[0].key, "suite.commit");
	assert_int_equal(out.item[0].class, FPB_DIFFERENCE_SETTING);
	assert_string_equal(out.item[1].key, "suite.build_type");
	assert_int_equal(out.item[1].class, FPB_DIFFERENCE_IDENTITY);
	assert_string_equal(out.item[2].key, "plan.inject");
	assert_int_equal(out.item[2].class, FPB_DIFFERENCE_EXPERIMENT);
	assert_true(out.item[2].is_allowed);
	fpb_differences_clear(&out);
	fpb_report_clear(&a);
	fpb_report_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_those_of_the_method),
		cmocka_unit_test(only_settings_can_be_allowed_by_name),
		cmocka_unit_test(tsc_may_differ_by_a_thousandth),
		cmocka_unit_test(absent_is_unknown),
		cmocka_unit_test(one_value_in_two_spellings),
		cmocka_unit_test(leaf_0xd_without_what_the_kernel_sets),
		cmocka_unit_test(keys_come_in_order),
		cmocka_unit_test(texts_name_what_differs),
		cmocka_unit_test(reports_differ_beyond_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
