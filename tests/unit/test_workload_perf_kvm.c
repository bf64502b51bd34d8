// SPDX-License-Identifier: MIT
/* Texts of perf kvm stat: the formats of its versions, what is not one, and what is damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/model/exit_reasons.h"
#include "bench/model/workload_perf_kvm.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

#define TEXTS FPB_FIXTURES "/workloads/"

static struct fpb_workload workload;
static struct fpb_import_note note;
static struct fpb_problem problem;

static int import(const char *text, size_t length, double seconds)
{
	problem = (struct fpb_problem){ 0 };
	note = (struct fpb_import_note){ 0 };
	return fpb_workload_from_perf_kvm(text, length, seconds, "text", &workload, &note,
					  &problem);
}

static int import_file(const char *name, double seconds)
{
	char path[256];
	size_t length;
	char *text;
	int ret;

	snprintf(path, sizeof(path), TEXTS "%s", name);
	text = file_text(path, &length);
	assert_true(fpb_is_perf_kvm(text, length));
	ret = import(text, length, seconds);
	free(text);
	return ret;
}

static void expect_good(const char *name, double seconds)
{
	if (import_file(name, seconds))
		fail_msg("%s: %s: %s", name, problem.where, problem.text);
}

static void expect_bad(const char *name, double seconds, const char *where, const char *text)
{
	assert_int_equal(import_file(name, seconds), -EINVAL);
	assert_string_equal(problem.where, where);
	if (!strstr(problem.text, text))
		fail_msg("%s: expected '%s' in '%s'", name, text, problem.text);
}

static void expect_rate(enum fpb_exit_kind kind, double per_second)
{
	if (!(fabs(workload.exits[kind] - per_second) <= 1e-6 * per_second))
		fail_msg("%s: %g, expected %g", fpb_exit_kind_names[kind], workload.exits[kind],
			 per_second);
}

static void expect_intel(double seconds)
{
	expect_rate(FPB_EXIT_MSR, (151204 + 120) / seconds);
	expect_rate(FPB_EXIT_HLT, 60310 / seconds);
	expect_rate(FPB_EXIT_INTERRUPT, 20410 / seconds);
	expect_rate(FPB_EXIT_MMIO, 9120 / seconds);
	expect_rate(FPB_EXIT_TIMER, 8021 / seconds);
	expect_rate(FPB_EXIT_PAUSE, 1200 / seconds);
	expect_rate(FPB_EXIT_PIO, 640 / seconds);
	expect_rate(FPB_EXIT_PAGE_FAULT, 310 / seconds);
	expect_rate(FPB_EXIT_CPUID, 250 / seconds);
	expect_rate(FPB_EXIT_APIC, 12 / seconds);
	expect_rate(FPB_EXIT_HYPERCALL, 5 / seconds);
	expect_rate(FPB_EXIT_NESTED, 0);
}

static void test_intel(void **state)
{
	(void)state;
	expect_good("perf-intel.txt", 10);
	expect_intel(10);
	expect_rate(FPB_EXIT_OTHER, 3.1);
	assert_near(fpb_workload_exits(&workload), 25163.3, 1e-6);
	assert_non_null(strstr(note.text, "left at their initial values"));
	assert_null(strstr(note.text, "unknown here"));
}

/* The name is wider since 6.4, and newer kernels have newer reasons. */
static void test_forty_columns(void **state)
{
	(void)state;
	expect_good("perf-intel-40-columns.txt", 10);
	expect_intel(10);
	expect_rate(FPB_EXIT_OTHER, (31 + 7 + 3) / 10.0);
	assert_non_null(strstr(note.text, "unknown here: QUANTUM_LEAP."));
}

static void test_browser(void **state)
{
	(void)state;
	expect_good("perf-browser-intel.txt", 2.5);
	expect_intel(2.5);
	expect_rate(FPB_EXIT_OTHER, 31 / 2.5);
}

/* "NM excp" has a space in it, as no name of VMX has. */
static void test_amd(void **state)
{
	(void)state;
	expect_good("perf-amd.txt", 10);
	expect_rate(FPB_EXIT_MSR, 8012.2);
	expect_rate(FPB_EXIT_HLT, 4001);
	expect_rate(FPB_EXIT_PAGE_FAULT, 1204.4);
	expect_rate(FPB_EXIT_INTERRUPT, (9921 + 2210 + 1) / 10.0);
	expect_rate(FPB_EXIT_PIO, 331);
	expect_rate(FPB_EXIT_PAUSE, 90.1);
	expect_rate(FPB_EXIT_APIC, 31);
	expect_rate(FPB_EXIT_CPUID, 12);
	expect_rate(FPB_EXIT_HYPERCALL, 1);
	expect_rate(FPB_EXIT_OTHER, 4.4);
	expect_rate(FPB_EXIT_MMIO, 0);
}

/* Three intervals of the four are stamped at both ends, over midnight. */
static void test_live(void **state)
{
	const double seconds = 2.25 + 0.00020;
	const int halts = 60310 / 10 + (60310 / 10 + 10) + 60310 / 40;

	(void)state;
	expect_good("perf-live-intel.txt", 0);
	assert_near(workload.exits[FPB_EXIT_HLT], halts / seconds, 1);
	assert_non_null(strstr(note.text, "lost events"));
	expect_bad("perf-live-intel.txt", 5, "--seconds", "leave the option out");
	/* Of one snapshot nobody knows when it began. */
	expect_bad("perf-live-one.txt", 0, "--seconds", "missing");
	expect_good("perf-live-one.txt", 1);
	expect_intel(1);
}

static void test_notes(void **state)
{
	(void)state;
	expect_good("perf-one-vcpu.txt", 10);
	assert_non_null(strstr(note.text, "of one vCPU"));
	expect_good("perf-unknown-codes.txt", 10);
	expect_rate(FPB_EXIT_OTHER, (18940 + 3622) / 10.0);
}

static void test_what_it_is_not(void **state)
{
	(void)state;
	expect_bad("perf-intel.txt", 0, "--seconds", "does not say how long");
	expect_bad("perf-none.txt", 10, "", "no VM exit");
	expect_bad("perf-mmio.txt", 10, "line 5", "expected VM-EXIT");
	expect_bad("perf-arm.txt", 10, "", "none of its events is an exit reason");
	expect_bad("perf-truncated.txt", 10, "line 21", "is part of the text missing");
	assert_false(fpb_is_perf_kvm("{}", 2));
	assert_false(fpb_is_perf_kvm("", 0));
	assert_int_equal(import("nothing of it\n", 14, 1), -EINVAL);
}

static void expect_text(const char *text, double seconds, const char *expected)
{
	const int ret = import(text, strlen(text), seconds);

	if (expected && (ret != -EINVAL || !strstr(problem.text, expected)))
		fail_msg("expected '%s', got %d '%s'", expected, ret, problem.text);
	if (!expected && ret)
		fail_msg("%s: %s", problem.where, problem.text);
}

#define HEAD	  "Analyze events for all VMs, all VCPUs:\nVM-EXIT Samples Samples% Time%\n"
#define TOTAL(nr) "Total Samples:" #nr ",\n"

static void test_hostile(void **state)
{
	(void)state;
	expect_text(HEAD "HLT 18446744073709551616 1.0% 1.0%\n", 1, "more than any machine");
	expect_text(HEAD "HLT 99999999999999999 1.0% 1.0%\n", 1, "more than any machine");
	expect_text(HEAD "HLT -5 1.0% 1.0%\n" TOTAL(0), 1, "no VM exit");
	expect_text(HEAD "HLT 5 1.0%\nTotal Samples:6,\n", 1, "not the sum");
	expect_text(HEAD "HLT 5 1.0%\n", 1, "without their Total Samples");
	expect_text(HEAD "HLT 5 1.0%\nTotal Samples:x,\n", 1, "expected Total Samples");
	expect_text(HEAD "HLT 5 1.0%\n" TOTAL(5), 1e-300, "expected a number from 0");
	expect_text(HEAD "HLT 5 1.0%\n" TOTAL(5) HEAD "HLT 5 1.0%\n" TOTAL(5), 1,
		    "2 reports in one text");
	/* A clock of no day, and one that stands still. */
	expect_text("25:00:00.000000\n" HEAD "HLT 5 1.0%\n" TOTAL(5), 1, NULL);
	expect_text("10:00:00.000000\n" HEAD "HLT 5 1.0%\n" TOTAL(5) "10:00:00.000000\n" HEAD
								     "HLT 5 1.0%\n" TOTAL(5),
		    0, "no time went by");
	/* What a terminal would obey does not come out again. */
	expect_text(HEAD "\033[31m\033]0;x\007evil\033[2J 5 1.0%\nHLT 5 1.0%\n" TOTAL(10), 1, NULL);
	assert_null(strchr(note.text, '\033'));
	/* No line feed at the end, and bytes that are none. */
	expect_text(HEAD "HLT 5 1.0%\nTotal Samples:5,", 1, NULL);
	assert_int_equal(import(HEAD "HLT\0 5 1.0%\n" TOTAL(5),
				sizeof(HEAD "HLT\0 5 1.0%\n" TOTAL(5)) - 1, 1),
			 0);
}

/* Every beginning of a text: refused or taken, never read past. */
static void test_every_length(void **state)
{
	size_t length;
	char *text = file_text(TEXTS "perf-live-intel.txt", &length);

	(void)state;
	for (size_t i = 0; i < length; i++) {
		char *part = malloc(i + 1);

		memcpy(part, text, i);
		assert_true(import(part, i, 1) == 0 || problem.text[0]);
		free(part);
	}
	free(text);
}

static void test_reasons(void **state)
{
	(void)state;
	assert_int_equal(fpb_exit_reason_kind("CPUID"), FPB_EXIT_CPUID);
	assert_int_equal(fpb_exit_reason_kind("cpuid"), FPB_EXIT_CPUID);
	assert_int_equal(fpb_exit_reason_kind("vmrun"), FPB_EXIT_NESTED);
	assert_int_equal(fpb_exit_reason_kind("invalid_guest_state"), FPB_EXIT_OTHER);
	assert_int_equal(fpb_exit_reason_kind("Cpuid"), FPB_NR_EXIT_KINDS);
	assert_int_equal(fpb_exit_reason_kind(""), FPB_NR_EXIT_KINDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intel),	       cmocka_unit_test(test_forty_columns),
		cmocka_unit_test(test_browser),	       cmocka_unit_test(test_amd),
		cmocka_unit_test(test_live),	       cmocka_unit_test(test_notes),
		cmocka_unit_test(test_what_it_is_not), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_every_length),   cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
