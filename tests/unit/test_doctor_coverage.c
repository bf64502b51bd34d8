// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/cli/coverage.h"
#include "tests/unit/doctor_rows.h"

/* One substrate as JSON text, for comparison as a whole. */
static void expect(const char *substrate, const char *kvm_backend, const char *expected)
{
	struct fpb_err err = { 0 };
	json_t *substrates = coverage_create(&rows, &caps, kvm_backend, &err);
	json_t *wanted = json_loads(expected, 0, NULL);
	json_t *found = json_object_get(substrates, substrate);
	char *text = json_dumps(found, 0);

	assert_non_null(wanted);
	assert_int_equal(json_object_size(substrates), FPB_NR_SUBSTRATES);
	if (!json_equal(found, wanted))
		fail_msg("found %s", text);
	free(text);
	json_decref(wanted);
	json_decref(substrates);
}

static void everything_runs(void **state)
{
	(void)state;
	add("null/loop", FPB_HOST, 0);
	add("xsave/xsave", FPB_HOST, FPB_NEED_XSAVE);
	expect("host", "kvm_intel",
	       "{\"available\": true, \"rows_available\": 2, \"rows_skipped\": 0,"
	       " \"reasons\": [], \"obtainable\": []}");
	/* No row at all is nothing available. */
	expect("guest/ring0", "kvm_intel",
	       "{\"available\": false, \"rows_available\": 0, \"rows_skipped\": 0,"
	       " \"reasons\": [], \"obtainable\": []}");
}

/* Different texts, one remedy: one group with the needs of all. */
static void rows_that_one_backend_would_run_stand_together(void **state)
{
	(void)state;
	add("null/loop", FPB_GUEST_RING0, 0);
	add("xsave/xsaves", FPB_GUEST_RING0, FPB_NEED_XSAVES);
	add("xsave/xsaves/state=avx", FPB_GUEST_RING0, FPB_NEED_XSAVES | FPB_NEED_AVX);
	add("null/chain", FPB_GUEST_RING0, FPB_NEED_NATIVE);
	lack(FPB_GUEST_RING0, FPB_NEED_XSAVES, "backend-cannot", "XGETBV: suberror 1");
	lack(FPB_GUEST_RING0, FPB_NEED_AVX, "backend-cannot", "XGETBV: suberror 1");
	lack(FPB_GUEST_RING0, FPB_NEED_NATIVE, "backend-cannot", "interpreted");
	expect("guest/ring0", "kvm_pvm",
	       "{\"available\": true, \"rows_available\": 1, \"rows_skipped\": 3, \"reasons\": ["
	       "{\"reason\": \"backend-cannot\", \"text\": \"XGETBV: suberror 1\", \"rows\": 2},"
	       "{\"reason\": \"backend-cannot\", \"text\": \"interpreted\", \"rows\": 1}],"
	       " \"obtainable\": [{\"with\": [\"a KVM backend on VMX or SVM (kvm_intel, kvm_amd), "
	       "which runs guest code at CPL 0 natively\"], \"lacks\": [\"xsaves\", \"avx\", "
	       "\"native\"], \"rows\": 3, \"names\": [\"xsave/xsaves\", "
	       "\"xsave/xsaves/state=avx\", \"null/chain\"]}]}");
	/* Where the hardware backend itself cannot, it is not recommended. */
	rows.nr = 4;
	row_store[1].needs = row_store[2].needs = 0;
	expect("guest/ring0", "kvm_intel",
	       "{\"available\": true, \"rows_available\": 3, \"rows_skipped\": 1, \"reasons\": ["
	       "{\"reason\": \"backend-cannot\", \"text\": \"interpreted\", \"rows\": 1}],"
	       " \"obtainable\": [{\"with\": [\"another processor or kernel: this one's kvm_intel "
	       "cannot run it\"], \"lacks\": [\"native\"], \"rows\": 1, "
	       "\"names\": [\"null/chain\"]}]}");
}

/* The backend hides that the processor would not do either. */
static void both_backend_and_processor(void **state)
{
	(void)state;
	add("xsave/xsave/state=avx512", FPB_GUEST_RING3, FPB_NEED_AVX512);
	add("exit/cpuid", FPB_GUEST_RING3, FPB_NEED_CPUID_EXIT);
	lack(FPB_HOST, FPB_NEED_AVX512, "cpu-lacks", "XCR0 read 0x7");
	lack(FPB_GUEST_RING3, FPB_NEED_AVX512, "backend-cannot", "suberror 1");
	lack(FPB_GUEST_RING3, FPB_NEED_CPUID_EXIT, "backend-cannot", "no exit");
	expect("guest/ring3", "kvm_pvm",
	       "{\"available\": false, \"rows_available\": 0, \"rows_skipped\": 2, \"reasons\": ["
	       "{\"reason\": \"backend-cannot\", \"text\": \"suberror 1\", \"rows\": 1},"
	       "{\"reason\": \"backend-cannot\", \"text\": \"no exit\", \"rows\": 1}],"
	       " \"obtainable\": [{\"with\": [\"a KVM backend on VMX or SVM (kvm_intel, "
	       "kvm_amd)\", \"a processor with AVX-512\"], \"lacks\": [\"avx512\"], \"rows\": 1, "
	       "\"names\": [\"xsave/xsave/state=avx512\"]}, {\"with\": [\"a KVM backend on VMX or "
	       "SVM (kvm_intel, kvm_amd)\"], \"lacks\": [\"cpuid-exit\"], \"rows\": 1, "
	       "\"names\": [\"exit/cpuid\"]}]}");
}

/* Each reason asks for something else. */
static void every_reason_has_its_remedy(void **state)
{
	static const struct {
		const char *reason;
		const char *with;
	} cases[] = {
		{ "no-kvm", "KVM: /dev/kvm, on a processor with VMX or SVM" },
		{ "no-permission", "permission to open /dev/kvm" },
		{ "no-pmu", "a PMU that this machine shows, and permission to use it" },
		{ "hazard", "the option --allow-hazards" },
		{ "cpu-lacks", "a processor with XSAVES" },
		{ "os-lacks", "a kernel that enables XSAVES" },
		{ "kvm-lacks", "a KVM with XSAVES" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[512];

		reset(state);
		add("a/b", FPB_HOST, FPB_NEED_XSAVES);
		lack(FPB_HOST, FPB_NEED_XSAVES, cases[i].reason, "text");
		snprintf(expected, sizeof(expected),
			 "{\"available\": false, \"rows_available\": 0, \"rows_skipped\": 1,"
			 " \"reasons\": [{\"reason\": \"%s\", \"text\": \"text\", \"rows\": 1}],"
			 " \"obtainable\": [{\"with\": [\"%s\"], \"lacks\": [\"xsaves\"],"
			 " \"rows\": 1, \"names\": [\"a/b\"]}]}",
			 cases[i].reason, cases[i].with);
		expect("host", NULL, expected);
	}
}

/* Not every permission is that of /dev/kvm. */
static void permission_for_the_scheduler(void **state)
{
	(void)state;
	add("ctxsw/vcpu", FPB_GUEST_RING3, FPB_NEED_FIFO);
	lack(FPB_GUEST_RING3, FPB_NEED_FIFO, "no-permission", "SCHED_FIFO: refused");
	expect("guest/ring3", "kvm_intel",
	       "{\"available\": false, \"rows_available\": 0, \"rows_skipped\": 1, \"reasons\": ["
	       "{\"reason\": \"no-permission\", \"text\": \"SCHED_FIFO: refused\", \"rows\": 1}],"
	       " \"obtainable\": [{\"with\": [\"permission for SCHED_FIFO: CAP_SYS_NICE or "
	       "RLIMIT_RTPRIO\"], \"lacks\": [\"fifo\"], \"rows\": 1, "
	       "\"names\": [\"ctxsw/vcpu\"]}]}");
}

static long nr_until_failure;

static void *failing_malloc(size_t bytes)
{
	return nr_until_failure-- == 0 ? NULL : malloc(bytes);
}

static void running_out_of_memory_is_one_error(void **state)
{
	struct fpb_err no_err = { 0 };
	bool is_done = false;
	long nr_failed = 0;
	json_t *whole;

	(void)state;
	add("a/b", FPB_GUEST_RING3, FPB_NEED_XSAVES | FPB_NEED_AVX);
	add("a/c", FPB_GUEST_RING3, FPB_NEED_AVX);
	lack(FPB_HOST, FPB_NEED_AVX, "cpu-lacks", "CPUID");
	lack(FPB_GUEST_RING3, FPB_NEED_AVX, "backend-cannot", "suberror 1");
	lack(FPB_GUEST_RING3, FPB_NEED_XSAVES, "backend-cannot", "suberror 1");
	whole = coverage_create(&rows, &caps, NULL, &no_err);
	assert_non_null(whole);
	for (long k = 0; !is_done; k++) {
		struct fpb_err err = { 0 };
		json_t *substrates;

		json_set_alloc_funcs(failing_malloc, free);
		nr_until_failure = k;
		substrates = coverage_create(&rows, &caps, NULL, &err);
		json_set_alloc_funcs(malloc, free);
		is_done = nr_until_failure >= 0;
		/* A text may be had at the second try; what there is then is whole. */
		if (!substrates)
			nr_failed++;
		else
			assert_true(json_equal(substrates, whole));
		assert_int_equal(err.code, substrates ? 0 : -ENOMEM);
		json_decref(substrates);
	}
	json_decref(whole);
	assert_true(nr_failed > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_runs, reset),
		cmocka_unit_test_setup(rows_that_one_backend_would_run_stand_together, reset),
		cmocka_unit_test_setup(both_backend_and_processor, reset),
		cmocka_unit_test_setup(every_reason_has_its_remedy, reset),
		cmocka_unit_test_setup(permission_for_the_scheduler, reset),
		cmocka_unit_test_setup(running_out_of_memory_is_one_error, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
