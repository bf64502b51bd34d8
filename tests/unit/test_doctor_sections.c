// SPDX-License-Identifier: MIT
/* The rows by what they ask: every row in one section, every section with its cause. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/cli/sections.h"
#include "tests/unit/doctor_rows.h"

static json_t *create(const struct fpb_rows *of)
{
	struct fpb_err err = { 0 };
	json_t *sections = sections_create(of, &caps, &err);

	if (!sections)
		fail_msg("%s", err.text);
	return sections;
}

static json_t *section_of(json_t *sections, const char *letter)
{
	for (size_t i = 0; i < json_array_size(sections); i++) {
		json_t *section = json_array_get(sections, i);

		if (!strcmp(json_string_value(json_object_get(section, "section")), letter))
			return section;
	}
	fail_msg("no section %s", letter);
	return NULL;
}

/* One section as JSON text, for comparison as a whole. */
static void expect(const char *letter, const char *expected)
{
	json_t *sections = create(&rows);
	json_t *wanted = json_loads(expected, 0, NULL);
	json_t *found = section_of(sections, letter);
	char *text = json_dumps(found, 0);

	assert_non_null(wanted);
	if (!json_equal(found, wanted))
		fail_msg("found %s", text);
	free(text);
	json_decref(wanted);
	json_decref(sections);
}

static void one_cause_a_substrate(void **state)
{
	(void)state;
	add("exit/cpuid", FPB_GUEST_RING0, FPB_NEED_KVM | FPB_NEED_CPUID_EXIT);
	add("exit/pio", FPB_GUEST_RING0, FPB_NEED_KVM);
	add("exit/pio", FPB_GUEST_RING3, FPB_NEED_KVM);
	add("swap/run_immediate", FPB_HOST, FPB_NEED_KVM);
	/* Other sections; two have names that a family of this one begins or continues. */
	add("null/ioctl", FPB_HOST, FPB_NEED_KVM);
	add("exit_other/x", FPB_HOST, FPB_NEED_KVM);
	add("ex/x", FPB_HOST, FPB_NEED_KVM);
	lack(FPB_HOST, FPB_NEED_KVM, "no-kvm", "gone");
	lack(FPB_GUEST_RING0, FPB_NEED_KVM, "no-kvm", "gone");
	expect("B", "{\"section\": \"B\", \"title\": \"swap of the guest FPU\","
		    " \"rows_available\": 1, \"rows_skipped\": 3, \"reasons\": ["
		    "{\"substrate\": \"host\", \"reason\": \"no-kvm\", \"text\": \"gone\","
		    " \"rows\": 1}, {\"substrate\": \"guest/ring0\", \"reason\": \"no-kvm\","
		    " \"text\": \"gone\", \"rows\": 2}], \"note\": \"\"}");
}

static void a_section_without_rows_says_so(void **state)
{
	(void)state;
	expect("D", "{\"section\": \"D\", \"title\": \"XFD passthrough\", \"rows_available\": 0,"
		    " \"rows_skipped\": 0, \"reasons\": [],"
		    " \"note\": \"this version has no rows of it\"}");
	lack(FPB_HOST, FPB_NEED_AMX_GUEST, "cpu-lacks", "EAX[4] is 0");
	expect("E", "{\"section\": \"E\", \"title\": \"#NM under XFD\", \"rows_available\": 0,"
		    " \"rows_skipped\": 0, \"reasons\": [],"
		    " \"note\": \"this version has no rows of it; what they need is missing here "
		    "too: cpu-lacks: EAX[4] is 0\"}");
	/* With a row the row's own needs are what counts. */
	add("nm/cr0ts", FPB_GUEST_RING0, FPB_NEED_KVM);
	expect("E", "{\"section\": \"E\", \"title\": \"#NM under XFD\", \"rows_available\": 1,"
		    " \"rows_skipped\": 0, \"reasons\": [], \"note\": \"\"}");
}

/* A new family needs no entry anywhere. */
static void an_unknown_family_is_among_the_rest(void **state)
{
	(void)state;
	add("null/loop", FPB_HOST, 0);
	add("fxsave/fxsave", FPB_HOST, 0);
	expect("", "{\"section\": \"\", \"title\": \"harness and the rest\", \"rows_available\": 2,"
		   " \"rows_skipped\": 0, \"reasons\": [], \"note\": \"\"}");
}

static void every_row_is_in_a_section(void **state)
{
	json_int_t nr = 0;
	struct fpb_err err = { 0 };
	struct fpb_rows real;
	json_t *sections;

	(void)state;
	assert_int_equal(fpb_rows_create(&real, &err), 0);
	sections = create(&real);
	for (size_t i = 0; i < json_array_size(sections); i++)
		nr += json_integer_value(
			json_object_get(json_array_get(sections, i), "rows_available"));
	assert_true(real.nr > 30);
	assert_int_equal(nr, real.nr);
	json_decref(sections);
	fpb_rows_clear(&real);
}

static long nr_until_failure;

static void *failing_malloc(size_t bytes)
{
	return nr_until_failure-- == 0 ? NULL : malloc(bytes);
}

static void running_out_of_memory_is_one_error(void **state)
{
	struct fpb_err err;
	json_t *sections;
	long k;

	(void)state;
	add("exit/cpuid", FPB_GUEST_RING0, FPB_NEED_KVM);
	lack(FPB_GUEST_RING0, FPB_NEED_KVM, "no-kvm", "gone");
	json_set_alloc_funcs(failing_malloc, free);
	for (k = 0;; k++) {
		nr_until_failure = k;
		err = (struct fpb_err){ 0 };
		sections = sections_create(&rows, &caps, &err);
		if (sections)
			break;
		assert_int_equal(err.code, -ENOMEM);
	}
	assert_true(k > 20);
	json_decref(sections);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_cause_a_substrate, reset),
		cmocka_unit_test_setup(a_section_without_rows_says_so, reset),
		cmocka_unit_test_setup(an_unknown_family_is_among_the_rest, reset),
		cmocka_unit_test_setup(every_row_is_in_a_section, reset),
		cmocka_unit_test_setup(running_out_of_memory_is_one_error, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
