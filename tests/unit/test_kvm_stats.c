// SPDX-License-Identifier: MIT
/* The statistics file, healthy and damaged: no size or offset in it is believed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/vmm/kvm_stats.h"
#include "tests/unit/fake_kvm.h"

static int vcpu_fd; /* of a vCPU, as KVM_GET_STATS_FD wants */

static int setup(void **state)
{
	int kvm, vm;

	(void)state;
	fake_kvm_reset();
	fake.has_tss_address = true;
	fake.memory = fake.stats; /* any: a vCPU comes after the memory */
	kvm = kvm_sys_fake.open("/dev/kvm", 0);
	vm = kvm_sys_fake.ioctl(kvm, KVM_CREATE_VM, 0);
	vcpu_fd = kvm_sys_fake.ioctl(vm, KVM_CREATE_VCPU, 0);
	kvm_sys_fake.close(kvm);
	kvm_sys_fake.close(vm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kvm_sys_fake.close(vcpu_fd);
	return fake_kvm_nr_open() != 0;
}

static void expect_refusal(int code, const char *word)
{
	struct kvm_stats *stats = (void *)&fake;
	struct fpb_err err = { 0 };
	int ret = kvm_stats_open(&kvm_sys_fake, vcpu_fd, &stats, &err);

	if (ret != code || err.code != code || !strstr(err.text, word))
		fail_msg("expected %d and '%s', got %d '%s'", code, word, ret, err.text);
	assert_null(stats);
	assert_int_equal(fake_kvm_nr_open(), 1);
}

static struct kvm_stats *open_stats(void)
{
	struct kvm_stats *stats;
	struct fpb_err err = { 0 };

	if (kvm_stats_open(&kvm_sys_fake, vcpu_fd, &stats, &err))
		fail_msg("%s", err.text);
	return stats;
}

static void test_healthy(void **state)
{
	struct kvm_stats *stats = open_stats();
	struct fpb_err err = { 0 };
	uint64_t value = 0;

	(void)state;
	*fake_stats_data(FAKE_STAT_EXITS) = 0x123456789abcdef0ull;
	*fake_stats_data(FAKE_STAT_FPU_RELOAD) = 7;
	assert_true(kvm_stats_has(stats, "exits"));
	assert_true(kvm_stats_has(stats, "fpu_reload"));
	assert_false(kvm_stats_has(stats, "fpu"));
	assert_false(kvm_stats_has(stats, "fpu_reload_"));
	assert_int_equal(kvm_stats_read(stats, "exits", &value, &err), 0);
	assert_true(value == 0x123456789abcdef0ull);
	assert_int_equal(kvm_stats_read(stats, "fpu_reload", &value, &err), 0);
	assert_int_equal(value, 7);
	/* Read anew each time. */
	*fake_stats_data(FAKE_STAT_FPU_RELOAD) = 8;
	assert_int_equal(kvm_stats_read(stats, "fpu_reload", &value, &err), 0);
	assert_int_equal(value, 8);
	kvm_stats_close(stats);
}

static void test_unknown_name(void **state)
{
	struct kvm_stats *stats = open_stats();
	struct fpb_err err = { 0 };
	uint64_t value;

	(void)state;
	assert_int_equal(kvm_stats_read(stats, "halt_exits", &value, &err), -ENOENT);
	assert_non_null(strstr(err.text, "halt_exits"));
	kvm_stats_close(stats);
	assert_false(kvm_stats_has(NULL, "exits"));
	err = (struct fpb_err){ 0 };
	assert_int_equal(kvm_stats_read(NULL, "exits", &value, &err), -ENOENT);
}

static void test_counts(void **state)
{
	static const uint32_t bad[] = { 0, 4097, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_stats_header()->num_desc = bad[i];
		expect_refusal(-EINVAL, "descriptors");
	}
	/* Within what is believed, but more than the file holds. */
	fake_stats_header()->num_desc = 4096;
	expect_refusal(-EIO, "descriptors");
}

static void test_name_sizes(void **state)
{
	static const uint32_t bad[] = { 0, 257, 0x7fffffff, 0xfffffff0, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_stats_header()->name_size = bad[i];
		expect_refusal(-EINVAL, "names");
	}
}

/*
 * Every other size: opened or refused, never read out of bounds or at a crooked address (what a
 * sanitizer sees), and a name is found only where it is whole.
 */
static void test_every_name_size(void **state)
{
	(void)state;
	for (uint32_t size = 1; size <= 256; size++) {
		struct kvm_stats *stats = NULL;
		struct fpb_err err = { 0 };
		int ret;

		fake_stats_header()->name_size = size;
		ret = kvm_stats_open(&kvm_sys_fake, vcpu_fd, &stats, &err);
		if (ret) {
			assert_true(ret == -EINVAL || ret == -EIO);
			assert_null(stats);
		} else if (size == FAKE_STATS_NAME_BYTES) {
			assert_true(kvm_stats_has(stats, "fpu_reload"));
		} else {
			assert_false(kvm_stats_has(stats, "fpu_reload"));
		}
		kvm_stats_close(stats);
		assert_int_equal(fake_kvm_nr_open(), 1);
	}
}

static void test_unterminated_name(void **state)
{
	(void)state;
	memset(fake_stats_desc(FAKE_STAT_FPU_RELOAD)->name, 'a', FAKE_STATS_NAME_BYTES);
	expect_refusal(-EINVAL, "name 1 is not terminated");
}

/* The longest name there is room for. */
static void test_full_name(void **state)
{
	char name[FAKE_STATS_NAME_BYTES];
	struct kvm_stats *stats;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	memcpy(fake_stats_desc(FAKE_STAT_FPU_RELOAD)->name, name, sizeof(name));
	stats = open_stats();
	assert_true(kvm_stats_has(stats, name));
	kvm_stats_close(stats);
}

static void test_truncated_file(void **state)
{
	const size_t whole = fake.stats_bytes;
	const size_t data_at = fake_stats_header()->data_offset;

	(void)state;
	for (size_t bytes = 0; bytes < data_at; bytes++) {
		fake.stats_bytes = bytes;
		expect_refusal(-EIO,
			       bytes < sizeof(struct kvm_stats_header) ? "header" : "descriptors");
	}
	/* The descriptors are whole, the data is not. */
	for (size_t bytes = data_at; bytes < whole; bytes++) {
		struct kvm_stats *stats;
		struct fpb_err err = { 0 };
		uint64_t value;

		fake.stats_bytes = bytes;
		stats = open_stats();
		assert_int_equal(kvm_stats_read(stats, "fpu_reload", &value, &err), -EIO);
		assert_non_null(strstr(err.text, "fpu_reload"));
		kvm_stats_close(stats);
	}
}

static void test_offsets(void **state)
{
	static const uint32_t far[] = { FAKE_STATS_BYTES, 0x7fffffff, 0x80000000, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		const struct kvm_stats_header healthy = *fake_stats_header();
		struct kvm_stats *stats;
		struct fpb_err err = { 0 };
		uint64_t value;

		fake_stats_header()->desc_offset = far[i];
		expect_refusal(-EIO, "descriptors");
		*fake_stats_header() = healthy;

		/* Two offsets that would wrap around were they added in 32 bits. */
		fake_stats_header()->data_offset = far[i];
		fake_stats_desc(FAKE_STAT_EXITS)->offset = 0xfffffff8;
		stats = open_stats();
		assert_int_equal(kvm_stats_read(stats, "exits", &value, &err), -EIO);
		kvm_stats_close(stats);
		*fake_stats_header() = healthy;
		fake_stats_desc(FAKE_STAT_EXITS)->offset = 0;
	}
}

/* A histogram is no counter: its first bucket would be taken for one. */
static void test_histogram(void **state)
{
	struct kvm_stats *stats;

	(void)state;
	fake_stats_desc(FAKE_STAT_EXITS)->size = 32;
	stats = open_stats();
	assert_false(kvm_stats_has(stats, "exits"));
	assert_true(kvm_stats_has(stats, "fpu_reload"));
	kvm_stats_close(stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_healthy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_name_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unterminated_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_offsets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_histogram, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
