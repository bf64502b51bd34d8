// SPDX-License-Identifier: MIT
/* KVM's statistics as bytes, healthy and damaged, and two readings of them as a workload. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/model/workload_kvm_stats.h"
#include "tests/unit/near.h"

/* The layout of api.rst 4.133, written down a second time. */
struct file {
	uint32_t flags, name_size, num_desc, id_offset, desc_offset, data_offset;
	char id[48];
	struct {
		uint32_t flags;
		int16_t exponent;
		uint16_t size;
		uint32_t offset, bucket_size;
		char name[48];
	} desc[4];
	uint64_t data[4];
};

static struct fpb_problem problem;

static struct file healthy(uint64_t exits, uint64_t halts, uint64_t reloads)
{
	struct file file = {
		.name_size = 48,
		.num_desc = 4,
		.id_offset = offsetof(struct file, id),
		.desc_offset = offsetof(struct file, desc),
		.data_offset = offsetof(struct file, data),
		.desc = { { .size = 1, .name = "halt_exits" },
			  { .size = 1, .offset = 8, .name = "exits" },
			  { .size = 1, .offset = 16, .name = "fpu_reload" },
			  { .size = 1, .offset = 24, .name = "guest_mode" } },
		.data = { halts, exits, reloads, 1 },
	};

	return file;
}

static int add(struct fpb_kvm_counts *counts, const void *bytes, size_t length)
{
	/* No byte more, so that a sanitizer sees what is read beyond them. */
	uint8_t *exact = malloc(length + !length);
	int ret;

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	problem = (struct fpb_problem){ 0 };
	ret = fpb_kvm_counts_add_binary(counts, exact, length, &problem);
	free(exact);
	return ret;
}

static struct fpb_kvm_counts counts_of(struct file file)
{
	struct fpb_kvm_counts counts = { 0 };

	assert_int_equal(add(&counts, &file, sizeof(file)), 0);
	return counts;
}

static void expect_refusal(const struct file *file, const char *word)
{
	struct fpb_kvm_counts counts = { 0 };

	assert_int_equal(add(&counts, file, sizeof(*file)), -EINVAL);
	if (!strstr(problem.text, word))
		fail_msg("expected '%s' in '%s'", word, problem.text);
	assert_int_equal(counts.nr_vcpus, 0);
}

static void test_healthy(void **state)
{
	const struct file first = healthy(100, 20, 7), second = healthy(1000, 200, 70);
	struct fpb_kvm_counts counts = { 0 };

	(void)state;
	assert_int_equal(add(&counts, &first, sizeof(first)), 0);
	assert_int_equal(add(&counts, &second, sizeof(second)), 0);
	assert_int_equal(counts.nr_vcpus, 2);
	assert_int_equal(counts.value[FPB_KVM_EXITS], 1100);
	assert_int_equal(counts.value[FPB_KVM_HALT_EXITS], 220);
	assert_int_equal(counts.value[FPB_KVM_FPU_RELOAD], 77);
	assert_true(counts.has[FPB_KVM_EXITS]);
	assert_false(counts.has[FPB_KVM_IO_EXITS]);
}

static void test_damaged(void **state)
{
	static const uint32_t far[] = { sizeof(struct file), 0x7fffffff, 0xfffffff8, 0xffffffff };
	struct file file;

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		file = healthy(1, 1, 1);
		file.desc_offset = far[i];
		expect_refusal(&file, "do not fit");
		file = healthy(1, 1, 1);
		file.data_offset = far[i];
		expect_refusal(&file, "beyond");
		file = healthy(1, 1, 1);
		file.desc[1].offset = far[i];
		expect_refusal(&file, "beyond");
		/* In 32 bits they would come back to the beginning. */
		file.data_offset = (uint32_t)-far[i];
		expect_refusal(&file, "beyond");
		file = healthy(1, 1, 1);
		file.num_desc = far[i];
		assert_int_equal(add(&(struct fpb_kvm_counts){ 0 }, &file, sizeof(file)), -EINVAL);
		file = healthy(1, 1, 1);
		file.name_size = far[i];
		assert_int_equal(add(&(struct fpb_kvm_counts){ 0 }, &file, sizeof(file)), -EINVAL);
	}
	file = healthy(1, 1, 1);
	memset(file.desc[0].name, 'x', sizeof(file.desc[0].name));
	expect_refusal(&file, "name 0 is not terminated");
	/* A histogram is no counter. */
	file = healthy(1, 1, 1);
	file.desc[1].size = 2;
	assert_false(counts_of(file).has[FPB_KVM_EXITS]);
}

static void test_every_length(void **state)
{
	const struct file file = healthy(100, 20, 7);

	(void)state;
	for (size_t length = 0; length < sizeof(file) - sizeof(file.data[3]); length++)
		assert_int_equal(add(&(struct fpb_kvm_counts){ 0 }, &file, length), -EINVAL);
	for (uint32_t size = 0; size <= 300; size++) {
		struct file odd = file;

		odd.name_size = size;
		(void)add(&(struct fpb_kvm_counts){ 0 }, &odd, sizeof(odd));
	}
}

static int set_text(struct fpb_kvm_counts *counts, const char *text)
{
	problem = (struct fpb_problem){ 0 };
	return fpb_kvm_counts_set_text(counts, 3, text, strlen(text), &problem);
}

static void test_text(void **state)
{
	static const char *const bad[] = {
		"",
		"io_exits 5\n",
		"exits\n",
		"exits x\n",
		"exits -1\n",
		"exits 1 2\n",
		"exits  1\n",
		"exits 99999999999999999999\n",
		"exits 999999999999999999999999999999\n",
		"\n",
		" \n",
		"exits 1\n\n",
	};
	struct fpb_kvm_counts counts;

	(void)state;
	assert_int_equal(set_text(&counts, "io_exits 5\nexits 77\nunheard_of 1\nfpu_reload 9"), 0);
	assert_int_equal(counts.nr_vcpus, 3);
	assert_int_equal(counts.value[FPB_KVM_EXITS], 77);
	assert_int_equal(counts.value[FPB_KVM_IO_EXITS], 5);
	assert_int_equal(counts.value[FPB_KVM_FPU_RELOAD], 9);
	assert_false(counts.has[FPB_KVM_HALT_EXITS]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (set_text(&counts, bad[i]) != -EINVAL || !problem.text[0])
			fail_msg("'%s' is taken", bad[i]);
	}
}

static int pair(struct fpb_kvm_counts before, struct fpb_kvm_counts after,
		struct fpb_workload *workload, struct fpb_import_note *note)
{
	problem = (struct fpb_problem){ 0 };
	return fpb_workload_from_kvm_counts(&before, &after, 2, "here", workload, note, &problem);
}

static void test_workload(void **state)
{
	struct fpb_workload workload;
	struct fpb_import_note note;

	(void)state;
	assert_int_equal(pair(counts_of(healthy(1000, 100, 10)), counts_of(healthy(3000, 600, 110)),
			      &workload, &note),
			 0);
	assert_near(fpb_workload_exits(&workload), 1000, 1e-9);
	assert_near(workload.exits[FPB_EXIT_HLT], 250, 1e-9);
	assert_near(workload.exits[FPB_EXIT_OTHER], 750, 1e-9);
	assert_near(workload.rate[FPB_RATE_USER_EXITS], 50, 1e-9);
	assert_near(workload.rate[FPB_RATE_VCPUS], 1, 0);
	assert_non_null(strstr(note.text, "This kernel has no 'io_exits'."));
}

/* A backend that does not count the sum, and KVM_RUNs that never entered. */
static void test_odd_sums(void **state)
{
	struct fpb_workload workload;
	struct fpb_import_note note;

	(void)state;
	assert_int_equal(pair(counts_of(healthy(0, 0, 0)), counts_of(healthy(0, 500, 800)),
			      &workload, &note),
			 0);
	assert_near(fpb_workload_exits(&workload), 250, 1e-9);
	assert_near(workload.rate[FPB_RATE_USER_EXITS], 250, 1e-9);
	assert_non_null(strstr(note.text, "does not count 'exits'"));
	assert_non_null(strstr(note.text, "More KVM_RUNs than exits"));
}

static void expect_no_pair(struct fpb_kvm_counts before, struct fpb_kvm_counts after,
			   const char *word)
{
	struct fpb_workload workload;
	struct fpb_import_note note;

	assert_int_equal(pair(before, after, &workload, &note), -EINVAL);
	if (!strstr(problem.text, word))
		fail_msg("expected '%s' in '%s'", word, problem.text);
}

static void test_no_workload(void **state)
{
	const struct fpb_kvm_counts some = counts_of(healthy(1000, 100, 10));
	struct fpb_kvm_counts other = some;

	(void)state;
	expect_no_pair(some, some, "no VM exit in 2 s");
	expect_no_pair(some, counts_of(healthy(999, 100, 10)), "exits went back from 1000 to 999");
	other.nr_vcpus = 2;
	expect_no_pair(some, other, "of 1 vCPUs at first, then of 2");
	other = some;
	other.has[FPB_KVM_EXITS] = false;
	expect_no_pair(other, other, "no 'exits'");
	expect_no_pair((struct fpb_kvm_counts){ 0 }, some, "of 0 vCPUs");
	expect_no_pair(counts_of(healthy(0, 0, 0)), counts_of(healthy(UINT64_MAX, 0, 0)),
		       "expected a number from 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),	     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_every_length), cmocka_unit_test(test_text),
		cmocka_unit_test(test_workload),     cmocka_unit_test(test_odd_sums),
		cmocka_unit_test(test_no_workload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
