// SPDX-License-Identifier: MIT
/* The benchmarks of this build: complete, and named as the report format asks. */
#include <ctype.h>
#include <dirent.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/capabilities.h"
#include "bench/core/row.h"

#define FAMILY(name) extern const struct fpb_bench *const family_##name[];
#include "families.inc"
#undef FAMILY

static const struct {
	const char *file;
	const struct fpb_bench *const *benches;
} families[] = {
#define FAMILY(name) { #name ".c", family_##name },
#include "families.inc"
#undef FAMILY
};

#define NR_FAMILIES (sizeof(families) / sizeof(families[0]))

static struct fpb_rows rows;

static int make_rows(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	return fpb_rows_create(&rows, &err);
}

static int clear_rows(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

static bool is_family(const char *file)
{
	for (size_t f = 0; f < NR_FAMILIES; f++) {
		if (strcmp(families[f].file, file) == 0)
			return true;
	}
	return false;
}

static void test_every_file_is_a_family(void **state)
{
	DIR *folder = opendir(FPB_CASES_FOLDER);
	struct dirent *entry;
	size_t nr = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".c") != 0)
			continue;
		nr++;
		if (!is_family(entry->d_name))
			fail_msg("%s is in no registry", entry->d_name);
	}
	closedir(folder);
	assert_int_equal(nr, NR_FAMILIES);
}

static void test_order_is_that_of_the_families(void **state)
{
	unsigned int index = 0;

	(void)state;
	for (size_t f = 0; f < NR_FAMILIES; f++) {
		if (!families[f].benches[0])
			fail_msg("%s exports nothing", families[f].file);
		for (const struct fpb_bench *const *b = families[f].benches; *b; b++)
			assert_ptr_equal(fpb_bench_at(index++), *b);
	}
	assert_int_equal(fpb_nr_benches(), index);
	assert_null(fpb_bench_at(index));
	assert_null(fpb_bench_at(~0u));
}

static void test_names(void **state)
{
	regex_t form;

	(void)state;
	assert_int_equal(regcomp(&form,
				 "^[a-z0-9_]+/[a-z0-9_]+(/[a-z0-9_]+=[a-z0-9_]+)*"
				 "@(host|guest/ring0|guest/ring3)$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	for (size_t i = 0; i < rows.nr; i++) {
		if (regexec(&form, rows.row[i].id, 0, NULL, 0) != 0)
			fail_msg("'%s' is no name of a row", rows.row[i].id);
	}
	regfree(&form);
}

static void test_ids_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < rows.nr; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(rows.row[i].id, rows.row[j].id) == 0)
				fail_msg("%s occurs twice", rows.row[i].id);
		}
	}
}

static void test_guest_rows_need_kvm(void **state)
{
	size_t nr_guest = 0;

	(void)state;
	for (size_t i = 0; i < rows.nr; i++) {
		if (rows.row[i].substrate == FPB_HOST)
			continue;
		nr_guest++;
		assert_true(rows.row[i].needs & FPB_NEED_KVM);
	}
	assert_true(nr_guest > 0);
	assert_true(nr_guest < rows.nr);
}

/* The limit of the report format: a gate over more could flag nothing with a dozen runs. */
static void test_gated_rows_are_few(void **state)
{
	size_t nr = 0;

	(void)state;
	for (size_t i = 0; i < rows.nr; i++)
		nr += rows.row[i].gate;
	assert_in_range(nr, 1, 100);
}

static void test_needs_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < rows.nr; i++)
		assert_int_equal(rows.row[i].needs >> FPB_NR_NEEDS, 0);
}

/* No benchmark that never runs, and none whose host half has no loop. */
static void test_every_benchmark_has_rows(void **state)
{
	(void)state;
	for (unsigned int b = 0; b < fpb_nr_benches(); b++) {
		const struct fpb_bench *bench = fpb_bench_at(b);
		size_t nr = 0;

		for (size_t i = 0; i < rows.nr; i++)
			nr += rows.row[i].bench == bench && rows.row[i].index == b;
		if (nr == 0)
			fail_msg("%s has no rows", bench->name);
		assert_int_equal(bench->rings & ~FPB_ANY_RING, 0);
		/* Its guest half is none of this build. */
		assert_null(bench->guest);
		if (bench->in_core_cyc)
			assert_int_equal(bench->rings, 0);
	}
}

static void test_titles(void **state)
{
	(void)state;
	for (unsigned int b = 0; b < fpb_nr_benches(); b++) {
		const char *title = fpb_bench_at(b)->title;

		assert_non_null(title);
		assert_true(strlen(title) > 0 && strlen(title) <= 100);
		for (const char *c = title; *c; c++)
			assert_true(isprint((unsigned char)*c));
	}
}

static void check_axis(const struct fpb_bench *bench, const struct fpb_axis *axis)
{
	size_t nr = 0;

	assert_non_null(axis->values);
	for (const struct fpb_value *v = axis->values; v->name; v++, nr++) {
		for (const struct fpb_value *w = axis->values; w < v; w++) {
			if (strcmp(v->name, w->name) == 0 || v->number == w->number)
				fail_msg("%s: two values of %s alike", bench->name, axis->name);
		}
	}
	if (nr < 2)
		fail_msg("%s: axis %s has nothing to vary", bench->name, axis->name);
}

static void test_axes(void **state)
{
	(void)state;
	for (unsigned int b = 0; b < fpb_nr_benches(); b++) {
		const struct fpb_bench *bench = fpb_bench_at(b);
		bool is_last = false;

		for (unsigned int a = 0; a < ABI_MAX_AXES; a++) {
			if (!bench->axes[a].name) {
				is_last = true;
				continue;
			}
			/* A gap would hide the axes behind it. */
			assert_false(is_last);
			check_axis(bench, &bench->axes[a]);
		}
	}
}

/* What other rows are measured against must be there under these very names. */
static void test_controls_are_there(void **state)
{
	static const char *const ids[] = {
		"null/loop@host",
		"null/loop@guest/ring0",
		"null/loop@guest/ring3",
		"null/ioctl@host",
		"null/chain@host",
		"null/chain/op=imul@host",
		"exit/cpuid@guest/ring0",
		"exit/pio_kernel@guest/ring3",
		"exit/pio@guest/ring3",
		"swap/run_immediate@host",
		"xsave/xsavec/state=avx@host",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (!fpb_rows_find(&rows, ids[i]))
			fail_msg("no row %s", ids[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_file_is_a_family),
		cmocka_unit_test(test_order_is_that_of_the_families),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_ids_are_unique),
		cmocka_unit_test(test_guest_rows_need_kvm),
		cmocka_unit_test(test_gated_rows_are_few),
		cmocka_unit_test(test_needs_are_known),
		cmocka_unit_test(test_every_benchmark_has_rows),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_axes),
		cmocka_unit_test(test_controls_are_there),
	};

	return cmocka_run_group_tests(tests, make_rows, clear_rows);
}
