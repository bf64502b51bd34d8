// SPDX-License-Identifier: MIT
/* xstate that goes from kernel to kernel: made, written, read, and refused where it is damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/linux/layout.h"
#include "host/vmm/carried.h"
#include "tests/unit/fake_kvm.h"

static struct carried carried;
/* XSTATE_BV that KVM_SET_XSAVE takes. */
static uint64_t settable;

static int picky_ioctl(int fd, unsigned long request, unsigned long arg)
{
	const struct xsave_area *area = (const void *)arg; /* NOLINT(performance-no-int-to-ptr) */

	if (request == KVM_SET_XSAVE && area->xstate_bv & ~settable)
		return -EINVAL;
	return kvm_sys_fake.ioctl(fd, request, arg);
}

static struct kvm_sys sys;

static int reset(void **state)
{
	(void)state;
	fake_kvm_reset();
	settable = ~0ull;
	sys = kvm_sys_fake;
	sys.ioctl = picky_ioctl;
	memset(&carried, 0xa5, sizeof(carried));
	return 0;
}

static void make(void)
{
	struct fpb_err err = { 0 };

	if (carried_make(&carried, &sys, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fake_kvm_nr_open(), 0);
	assert_int_equal(fake_kvm_nr_mapped(), 0);
	if (carried_check(&carried, sizeof(carried), &err))
		fail_msg("%s", err.text);
}

/* A kernel that keeps what the guest's CPUID lacks. */
static void test_oversaving(void **state)
{
	struct utsname name;

	(void)state;
	make();
	assert_int_equal(carried.loaded, XFEATURE_X87 | XFEATURE_AVX);
	assert_int_equal(carried.saved, XFEATURE_X87 | XFEATURE_AVX);
	assert_int_equal(carried.guest, XFEATURE_X87 | XFEATURE_SSE);
	assert_int_equal(carried.bytes, sizeof(struct kvm_xsave));
	uname(&name);
	assert_string_equal(carried.release, name.release);
	assert_int_equal(fake.xcr0, XFEATURE_X87 | XFEATURE_SSE);
}

/* One that refuses to load it. */
static void test_refusing(void **state)
{
	(void)state;
	settable = XFEATURE_X87 | XFEATURE_SSE;
	make();
	assert_int_equal(carried.loaded, XFEATURE_X87 | XFEATURE_SSE);
	assert_int_equal(carried.saved, XFEATURE_X87 | XFEATURE_SSE);
}

static void test_refusing_all(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	settable = 0;
	assert_int_equal(carried_make(&carried, &sys, &err), -EINVAL);
	assert_non_null(strstr(err.text, "KVM_SET_XSAVE"));
}

static void test_area_too_large(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	fake.xsave_bytes = XSTATE_AREA_BYTES + 1;
	assert_int_equal(carried_make(&carried, &sys, &err), -EOVERFLOW);
	assert_int_equal(fake_kvm_nr_open(), 0);
}

static void test_every_failure(void **state)
{
	unsigned int nr = 0;
	int ret;

	(void)state;
	do {
		struct fpb_err err = { 0 };

		fake_kvm_reset();
		fake.fail_at = ++nr;
		fake.fail_code = -ENOMEM;
		ret = carried_make(&carried, &sys, &err);
		assert_int_equal(ret, fake.failed[0] ? -ENOMEM : 0);
		if (ret)
			assert_true(err.text[0]);
		assert_int_equal(fake_kvm_nr_open(), 0);
		assert_int_equal(fake_kvm_nr_mapped(), 0);
	} while (ret);
	assert_true(nr > 10);
}

static void expect_refused(const void *data, size_t bytes, const char *word)
{
	struct fpb_err err = { 0 };

	assert_int_equal(carried_check(data, bytes, &err), -EBADMSG);
	if (!strstr(err.text, word))
		fail_msg("no '%s' in: %s", word, err.text);
}

static void test_damaged(void **state)
{
	struct carried *bad = malloc(sizeof(*bad));

	(void)state;
	make();
	expect_refused(&carried, sizeof(carried) - 1, "bytes");
	expect_refused(&carried, sizeof(carried) + 1, "bytes");
	*bad = carried;
	bad->magic++;
	expect_refused(bad, sizeof(*bad), "magic");
	*bad = carried;
	bad->version++;
	expect_refused(bad, sizeof(*bad), "version");
	*bad = carried;
	bad->bytes = XSTATE_AREA_BYTES + 1;
	expect_refused(bad, sizeof(*bad), "area");
	bad->bytes = 575;
	expect_refused(bad, sizeof(*bad), "area");
	*bad = carried;
	bad->saved ^= 4;
	expect_refused(bad, sizeof(*bad), "XSTATE_BV");
	*bad = carried;
	memset(bad->release, 'x', sizeof(bad->release));
	expect_refused(bad, sizeof(*bad), "release");
	free(bad);
}

static void test_files(void **state)
{
	struct carried *back = malloc(sizeof(*back));
	char path[] = "/tmp/fpstate-bench-carried.XXXXXX";
	struct fpb_err err = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	make();
	assert_int_equal(carried_write(&carried, path, &err), 0);
	assert_int_equal(carried_read(back, path, &err), 0);
	assert_memory_equal(back, &carried, sizeof(carried));
	/* One byte too many, one too few. */
	assert_int_equal(ftruncate(fd, sizeof(carried) + 1), 0);
	assert_int_equal(carried_read(back, path, &err), -EBADMSG);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(ftruncate(fd, sizeof(carried) - 1), 0);
	err = (struct fpb_err){ 0 };
	assert_int_equal(carried_read(back, path, &err), -EBADMSG);
	close(fd);
	remove(path);
	err = (struct fpb_err){ 0 };
	assert_int_equal(carried_read(back, path, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	err = (struct fpb_err){ 0 };
	assert_int_equal(carried_write(&carried, "/nonexistent/x", &err), -ENOENT);
	err = (struct fpb_err){ 0 };
	assert_int_equal(carried_write(&carried, "/dev/full", &err), -ENOSPC);
	free(back);
}

/* init sets what the program reads. */
static void test_names_agree(void **state)
{
	(void)state;
	assert_string_equal(CARRIED_VARIABLE, LAYOUT_CARRIED_VARIABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_oversaving, reset),
		cmocka_unit_test_setup(test_refusing, reset),
		cmocka_unit_test_setup(test_refusing_all, reset),
		cmocka_unit_test_setup(test_area_too_large, reset),
		cmocka_unit_test_setup(test_every_failure, reset),
		cmocka_unit_test_setup(test_damaged, reset),
		cmocka_unit_test_setup(test_files, reset),
		cmocka_unit_test(test_names_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
