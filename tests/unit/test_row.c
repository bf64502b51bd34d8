// SPDX-License-Identifier: MIT
/* How descriptors unfold into rows, on a registry of this test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/row.h"

static void batch(struct fpb_run *run)
{
	run->elapsed = 1;
}

static const struct fpb_value colours[] = {
	{ .name = "red", .number = 10 },
	{ .name = "green", .number = 20, .needs = FPB_NEED_AVX },
	{ .name = "blue", .number = 30, .needs = FPB_NEED_AVX512 },
	{ 0 },
};

static const struct fpb_value sizes[] = {
	{ .name = "small" },
	{ .name = "large", .needs = FPB_NEED_XSAVEC, .informational = true, .in_bytes = true },
	{ 0 },
};

static const struct fpb_bench star = {
	.name = "t/star",
	.axes = { { "colour", colours }, { "size", sizes } },
	.needs = FPB_NEED_XSAVE,
	.gate = true,
	.rings = FPB_ANY_RING,
	.host = batch,
};

static const struct fpb_bench product = {
	.name = "t/product",
	.axes = { { "colour", colours }, { "size", sizes } },
	.product = true,
	.rings = FPB_RING3,
};

static const struct fpb_bench plain = {
	.name = "t/plain",
	.host = batch,
	.in_core_cyc = true,
};

static const struct fpb_bench all_axes_star = {
	.name = "t/six",
	.axes = { { "a", sizes },
		  { "b", sizes },
		  { "c", sizes },
		  { "d", sizes },
		  { "e", sizes },
		  { "f", sizes } },
	.rings = FPB_RING0,
};

static const struct fpb_bench all_axes_product = {
	.name = "t/six",
	.axes = { { "a", sizes },
		  { "b", sizes },
		  { "c", sizes },
		  { "d", sizes },
		  { "e", sizes },
		  { "f", sizes } },
	.product = true,
	.rings = FPB_RING0,
};

/* What the registry holds now. */
static const struct fpb_bench *registry[4];

unsigned int fpb_nr_benches(void)
{
	unsigned int nr = 0;

	while (nr < 4 && registry[nr])
		nr++;
	return nr;
}

const struct fpb_bench *fpb_bench_at(unsigned int index)
{
	return index < fpb_nr_benches() ? registry[index] : NULL;
}

static void set_registry(const struct fpb_bench *a, const struct fpb_bench *b,
			 const struct fpb_bench *c)
{
	registry[0] = a;
	registry[1] = b;
	registry[2] = c;
}

/* Of the test that runs now. */
static struct fpb_rows rows;

static void make_rows(const struct fpb_bench *a, const struct fpb_bench *b,
		      const struct fpb_bench *c)
{
	struct fpb_err err = { 0 };

	set_registry(a, b, c);
	fpb_rows_clear(&rows);
	assert_int_equal(fpb_rows_create(&rows, &err), 0);
	assert_int_equal(err.code, 0);
}

static int clear_rows(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

static void check_ids(const char *const *ids, size_t nr)
{
	assert_int_equal(rows.nr, nr);
	for (size_t i = 0; i < nr; i++)
		assert_string_equal(rows.row[i].id, ids[i]);
}

#define CHECK_IDS(ids) check_ids((ids), sizeof(ids) / sizeof((ids)[0]))

static void test_star(void **state)
{
	static const char *const ids[] = {
		"t/star@host",
		"t/star/colour=green@host",
		"t/star/colour=blue@host",
		"t/star/size=large@host",
		"t/star@guest/ring0",
		"t/star/colour=green@guest/ring0",
		"t/star/colour=blue@guest/ring0",
		"t/star/size=large@guest/ring0",
		"t/star@guest/ring3",
		"t/star/colour=green@guest/ring3",
		"t/star/colour=blue@guest/ring3",
		"t/star/size=large@guest/ring3",
	};

	(void)state;
	make_rows(&star, NULL, NULL);
	CHECK_IDS(ids);
	for (size_t i = 0; i < rows.nr; i++) {
		const char *at = strchr(rows.row[i].id, '@');

		assert_non_null(at);
		assert_int_equal(strlen(rows.row[i].name), at - rows.row[i].id);
		assert_memory_equal(rows.row[i].name, rows.row[i].id, at - rows.row[i].id);
		assert_string_equal(at + 1, fpb_substrate_name(rows.row[i].substrate));
	}
	fpb_rows_clear(&rows);
	assert_null(rows.row);
	assert_int_equal(rows.nr, 0);
}

static void test_product(void **state)
{
	static const char *const ids[] = {
		"t/product@guest/ring3",
		"t/product/size=large@guest/ring3",
		"t/product/colour=green@guest/ring3",
		"t/product/colour=green/size=large@guest/ring3",
		"t/product/colour=blue@guest/ring3",
		"t/product/colour=blue/size=large@guest/ring3",
	};

	(void)state;
	make_rows(&product, NULL, NULL);
	CHECK_IDS(ids);
}

static void test_all_axes(void **state)
{
	(void)state;
	make_rows(&all_axes_star, NULL, NULL);
	assert_int_equal(rows.nr, 1 + ABI_MAX_AXES);
	assert_string_equal(rows.row[6].name, "t/six/f=large");
	make_rows(&all_axes_product, NULL, NULL);
	assert_int_equal(rows.nr, 1u << ABI_MAX_AXES);
	assert_string_equal(rows.row[rows.nr - 1].name,
			    "t/six/a=large/b=large/c=large/d=large/e=large/f=large");
}

static void test_values(void **state)
{
	const struct fpb_row *row;

	(void)state;
	make_rows(&plain, &star, NULL);
	row = fpb_rows_find(&rows, "t/star/colour=blue@guest/ring0");
	assert_non_null(row);
	assert_ptr_equal(row->bench, &star);
	assert_int_equal(row->index, 1);
	assert_int_equal(row->substrate, FPB_GUEST_RING0);
	assert_ptr_equal(row->value[0], &colours[2]);
	assert_ptr_equal(row->value[1], &sizes[0]);
	for (unsigned int a = 2; a < ABI_MAX_AXES; a++)
		assert_null(row->value[a]);
	assert_string_equal(fpb_row_unit(row, false), "cyc");
	assert_string_equal(fpb_row_unit(row, true), "insn");
	row = fpb_rows_find(&rows, "t/star/size=large@host");
	assert_non_null(row);
	assert_string_equal(fpb_row_unit(row, false), "bytes");
	assert_string_equal(fpb_row_unit(row, true), "bytes");
	row = fpb_rows_find(&rows, "t/plain@host");
	assert_non_null(row);
	assert_int_equal(row->index, 0);
	assert_string_equal(fpb_row_unit(row, true), "core_cyc");
}

static uint64_t needs_of(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);

	assert_non_null(row);
	return row->needs;
}

static void test_needs(void **state)
{
	(void)state;
	make_rows(&plain, &star, &product);
	assert_int_equal(needs_of("t/plain@host"), 0);
	assert_int_equal(needs_of("t/star@host"), FPB_NEED_XSAVE);
	assert_int_equal(needs_of("t/star@guest/ring0"), FPB_NEED_XSAVE | FPB_NEED_KVM);
	assert_int_equal(needs_of("t/star/colour=green@host"), FPB_NEED_XSAVE | FPB_NEED_AVX);
	assert_int_equal(needs_of("t/product@guest/ring3"), FPB_NEED_KVM);
	assert_int_equal(needs_of("t/product/colour=blue/size=large@guest/ring3"),
			 FPB_NEED_KVM | FPB_NEED_AVX512 | FPB_NEED_XSAVEC);
}

/* Permission for tiles is the guest's where the task is a guest's. */
static void test_needs_of_tasks(void **state)
{
	static const struct fpb_value values[] = {
		{ .name = "none" },
		{ .name = "tiles", .needs = FPB_NEED_AMX_TASK | FPB_NEED_AVX },
		{ 0 },
	};
	static const struct fpb_bench tasks = {
		.name = "t/tasks",
		.axes = { { "live", values } },
		.host = batch,
		.rings = FPB_RING3,
	};

	(void)state;
	make_rows(&tasks, NULL, NULL);
	assert_int_equal(needs_of("t/tasks/live=tiles@host"), FPB_NEED_AMX_TASK | FPB_NEED_AVX);
	assert_int_equal(needs_of("t/tasks/live=tiles@guest/ring3"),
			 FPB_NEED_AMX_GUEST | FPB_NEED_AVX | FPB_NEED_KVM);
	assert_int_equal(needs_of("t/tasks@guest/ring3"), FPB_NEED_KVM);
}

static bool is_gated(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);

	assert_non_null(row);
	return row->gate;
}

static void test_gate(void **state)
{
	(void)state;
	make_rows(&plain, &star, &product);
	assert_true(is_gated("t/star@host"));
	assert_true(is_gated("t/star/colour=blue@guest/ring3"));
	assert_false(is_gated("t/star/size=large@host"));
	assert_false(is_gated("t/plain@host"));
	assert_false(is_gated("t/product/size=large@guest/ring3"));
}

static void test_find(void **state)
{
	(void)state;
	make_rows(&plain, &star, &product);
	for (size_t i = 0; i < rows.nr; i++)
		assert_ptr_equal(fpb_rows_find(&rows, rows.row[i].id), &rows.row[i]);
	assert_null(fpb_rows_find(&rows, "t/plain"));
	assert_null(fpb_rows_find(&rows, "t/plain@host "));
	assert_null(fpb_rows_find(&rows, "T/plain@host"));
	assert_null(fpb_rows_find(&rows, ""));
}

/* The default is not named, even where somebody asks for it. */
static void test_default_is_omitted(void **state)
{
	(void)state;
	make_rows(&star, &product, &all_axes_product);
	for (size_t i = 0; i < rows.nr; i++) {
		assert_null(strstr(rows.row[i].name, "=red"));
		assert_null(strstr(rows.row[i].name, "=small"));
	}
}

#define TEN	"abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void check_too_long(const struct fpb_bench *bench)
{
	struct fpb_err err = { 0 };

	/* One that fits stands in front: it must not be left behind. */
	fpb_rows_clear(&rows);
	set_registry(&plain, bench, NULL);
	assert_int_equal(fpb_rows_create(&rows, &err), -ENAMETOOLONG);
	assert_int_equal(err.code, -ENAMETOOLONG);
	assert_non_null(strstr(err.text, bench->name));
	assert_non_null(strstr(err.text, "127"));
	assert_null(rows.row);
	assert_int_equal(rows.nr, 0);
}

static void test_name_limit(void **state)
{
	static const struct fpb_value long_values[] = { { .name = "x" },
							{ .name = TEN TEN },
							{ 0 } };
	static const struct fpb_bench fits = { .name = "t/" HUNDRED TEN TEN "12345",
					       .host = batch,
					       .rings = FPB_ANY_RING };
	static const struct fpb_bench too_long = { .name = "t/" HUNDRED TEN TEN "123456",
						   .host = batch };
	static const struct fpb_bench far_too_long = { .name = "t/" HUNDRED HUNDRED,
						       .host = batch };
	static const struct fpb_bench by_value = {
		.name = "t/" HUNDRED "1",
		.axes = { { "four", long_values } },
		.host = batch,
	};
	/* The first of its axes already fills the name; the others must not write beyond it. */
	static const struct fpb_bench by_first_value = {
		.name = "t/" HUNDRED TEN,
		.axes = { { "a", long_values }, { "b", long_values }, { "c", long_values } },
		.product = true,
		.host = batch,
	};

	(void)state;
	make_rows(&fits, NULL, NULL);
	assert_int_equal(rows.nr, 3);
	assert_int_equal(strlen(rows.row[2].name), FPB_NAME_BYTES - 1);
	assert_int_equal(strlen(rows.row[2].id), FPB_NAME_BYTES - 1 + strlen("@guest/ring3"));
	check_too_long(&too_long);
	check_too_long(&far_too_long);
	check_too_long(&by_value);
	check_too_long(&by_first_value);
}

static void check_filter(const char *regex, size_t nr, const char *first)
{
	struct fpb_err err = { 0 };

	make_rows(&plain, &star, &product);
	assert_int_equal(fpb_rows_filter(&rows, regex, &err), 0);
	if (rows.nr != nr)
		fail_msg("'%s': %zu rows, expected %zu", regex, rows.nr, nr);
	assert_string_equal(rows.row[0].id, first);
}

static void test_filter(void **state)
{
	(void)state;
	make_rows(&plain, &star, &product);
	assert_int_equal(rows.nr, 1 + 12 + 6);
	assert_int_equal(fpb_rows_filter(&rows, NULL, NULL), 0);
	assert_int_equal(rows.nr, 1 + 12 + 6);
	/* Searched, not matched as a whole; in name and substrate. */
	check_filter("", 19, "t/plain@host");
	check_filter("star", 12, "t/star@host");
	check_filter("@host$", 5, "t/plain@host");
	check_filter("r@guest", 2, "t/star@guest/ring0");
	check_filter("^t/star@guest/ring3$", 1, "t/star@guest/ring3");
	check_filter("ring3", 10, "t/star@guest/ring3");
	/* Extended: these would be letters in a basic expression. */
	check_filter("(plain|product)@", 2, "t/plain@host");
	check_filter("=(green|blue)/size", 2, "t/product/colour=green/size=large@guest/ring3");
	check_filter("size=l{1}arge", 6, "t/star/size=large@host");
}

static void test_filter_refused(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	make_rows(&plain, &star, &product);
	assert_int_equal(fpb_rows_filter(&rows, "sta(r", &err), -EINVAL);
	assert_non_null(strstr(err.text, "'sta(r'"));
	/* The library's own words stand behind it. */
	assert_true(strlen(strstr(err.text, "'sta(r'")) > strlen("'sta(r': "));
	assert_int_equal(rows.nr, 19);

	err = (struct fpb_err){ 0 };
	assert_int_equal(fpb_rows_filter(&rows, "STAR", &err), -ENOENT);
	assert_non_null(strstr(err.text, "'STAR'"));
	assert_non_null(strstr(err.text, "list"));
}

static void test_substrates(void **state)
{
	(void)state;
	assert_string_equal(fpb_substrate_name(FPB_HOST), "host");
	assert_string_equal(fpb_substrate_name(FPB_GUEST_RING0), "guest/ring0");
	assert_string_equal(fpb_substrate_name(FPB_GUEST_RING3), "guest/ring3");
	assert_int_equal(fpb_substrate_ring(FPB_HOST), 3);
	assert_int_equal(fpb_substrate_ring(FPB_GUEST_RING0), 0);
	assert_int_equal(fpb_substrate_ring(FPB_GUEST_RING3), 3);
}

#define TEST(f) cmocka_unit_test_teardown(f, clear_rows)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_star),       TEST(test_product), TEST(test_all_axes),
		TEST(test_values),     TEST(test_needs),   TEST(test_needs_of_tasks),
		TEST(test_gate),       TEST(test_find),	   TEST(test_default_is_omitted),
		TEST(test_name_limit), TEST(test_filter),  TEST(test_filter_refused),
		TEST(test_substrates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
