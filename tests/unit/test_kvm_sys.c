// SPDX-License-Identifier: MIT
/* What is said when /dev/kvm or an ioctl refuses, and the error record itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/unit/fake_kvm.h"

static void expect_text(const struct fpb_err *err, const char *const words[])
{
	for (; *words; words++) {
		if (!strstr(err->text, *words))
			fail_msg("'%s' does not mention '%s'", err->text, *words);
	}
}

static void test_open_remedies(void **state)
{
	static const struct {
		int code;
		const char *const words[5];
	} cases[] = {
		{ -ENOENT, { "/dev/kvm", "modprobe", "kvm_intel", "kvm_amd" } },
		{ -ENXIO, { "/dev/kvm", "modprobe" } },
		{ -ENODEV, { "/dev/kvm", "modprobe" } },
		{ -EACCES, { "/dev/kvm", "group", "usermod -aG kvm", "root" } },
		{ -EPERM, { "/dev/kvm", "group", "kvm" } },
		{ -EBUSY, { "/dev/kvm", "hypervisor" } },
		{ -EIO, { "/dev/kvm" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fpb_err err = { 0 };

		fake_kvm_reset();
		fake.fail_open = cases[i].code;
		assert_int_equal(kvm_open(&kvm_sys_fake, &err), cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		expect_text(&err, cases[i].words);
	}
}

static void test_open(void **state)
{
	struct fpb_err err = { 0 };
	int fd;

	(void)state;
	fake_kvm_reset();
	fd = kvm_open(&kvm_sys_fake, &err);
	assert_true(fd >= 0);
	assert_int_equal(fake_kvm_nr_open(), 1);
	kvm_sys_fake.close(fd);
	assert_int_equal(err.code, 0);
}

static void test_wrong_version(void **state)
{
	static const char *const words[] = { "KVM_GET_API_VERSION", "12", "11", NULL };
	struct fpb_err err = { 0 };

	(void)state;
	fake_kvm_reset();
	fake.api_version = 11;
	assert_int_equal(kvm_open(&kvm_sys_fake, &err), -ENOSYS);
	expect_text(&err, words);
	assert_int_equal(fake_kvm_nr_open(), 0);
}

/* Anything may lie at /dev/kvm; its answer must not be taken for KVM's. */
static void test_other_device(void **state)
{
	static const char *const words[] = { "/dev/kvm", "KVM_GET_API_VERSION", NULL };
	struct fpb_err err = { 0 };

	(void)state;
	fake_kvm_reset();
	fake.api_version = -ENOTTY;
	assert_int_equal(kvm_open(&kvm_sys_fake, &err), -ENOTTY);
	expect_text(&err, words);
	assert_int_equal(fake_kvm_nr_open(), 0);
}

static void test_ioctl_remedies(void **state)
{
	static const struct {
		int code;
		const char *const words[3];
	} cases[] = {
		{ -EMFILE, { "KVM_CREATE_VM", "ulimit -n" } },
		{ -ENFILE, { "KVM_CREATE_VM", "open files" } },
		{ -ENOMEM, { "KVM_CREATE_VM", "memory" } },
		{ -EBUSY, { "KVM_CREATE_VM", "hypervisor" } },
		{ -ENOTTY, { "KVM_CREATE_VM", "does not know" } },
		{ -EIO, { "KVM_CREATE_VM" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fpb_err err = { 0 };
		int fd;

		fake_kvm_reset();
		fd = kvm_open(&kvm_sys_fake, &err);
		fake.fail_at = fake.nr_calls + 1;
		fake.fail_code = cases[i].code;
		assert_int_equal(KVM_IOCTL_NUMBER(&kvm_sys_fake, fd, KVM_CREATE_VM, 0, &err),
				 cases[i].code);
		expect_text(&err, cases[i].words);
		assert_string_equal(err.file, "tests/unit/test_kvm_sys.c");
		kvm_sys_fake.close(fd);
	}
}

/* EBUSY of another ioctl is no hypervisor's fault. */
static void test_busy_elsewhere(void **state)
{
	struct fpb_err err = { 0 };
	int fd;

	(void)state;
	fake_kvm_reset();
	fd = kvm_open(&kvm_sys_fake, &err);
	fake.fail_at = fake.nr_calls + 1;
	fake.fail_code = -EBUSY;
	assert_int_equal(KVM_IOCTL_NUMBER(&kvm_sys_fake, fd, KVM_GET_VCPU_MMAP_SIZE, 0, &err),
			 -EBUSY);
	assert_string_equal(err.text, "KVM_GET_VCPU_MMAP_SIZE");
	kvm_sys_fake.close(fd);
}

static void test_real_calls(void **state)
{
	char byte;
	int code = 0;
	int fd;

	(void)state;
	assert_int_equal(kvm_sys_real.open("/nonexistent/file", 0), -ENOENT);
	assert_int_equal(kvm_sys_real.ioctl(-1, KVM_GET_API_VERSION, 0), -EBADF);
	assert_int_equal(kvm_sys_real.pread(-1, &byte, 1, 0), -EBADF);
	assert_null(kvm_sys_real.mmap(0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, &code));
	assert_int_equal(code, -EINVAL);
	fd = kvm_sys_real.eventfd();
	assert_true(fd >= 0);
	/* Nothing was signalled, and it does not block. */
	assert_int_equal(kvm_sys_real.pread(fd, &byte, 1, 0), -ESPIPE);
	kvm_sys_real.close(fd);
	assert_int_equal(kvm_sys_real.ioctl(fd, KVM_GET_API_VERSION, 0), -EBADF);
}

static void test_first_failure_stays(void **state)
{
	struct fpb_err err = { 0 };
	int line;

	(void)state;
	assert_int_equal(FPB_FAIL(&err, -EIO, "first %d", 1), -EIO);
	line = __LINE__ - 1;
	assert_int_equal(FPB_FAIL(&err, -ENOMEM, "second"), -ENOMEM);
	assert_int_equal(err.code, -EIO);
	assert_string_equal(err.text, "first 1");
	assert_string_equal(err.file, "tests/unit/test_kvm_sys.c");
	assert_int_equal(err.line, line);
	assert_int_equal(FPB_FAIL(NULL, -EIO, "nobody asks"), -EIO);
}

static void test_long_text(void **state)
{
	struct fpb_err err = { 0 };
	char text[2 * sizeof(err.text)];
	char small[8];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_int_equal(FPB_FAIL(&err, -EIO, "%s", text), -EIO);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	fpb_err_describe(&err, small, sizeof(small));
	assert_string_equal(small, "xxxxxxx");
}

static void test_describe(void **state)
{
	static const struct {
		int code;
		const char *text;
	} cases[] = {
		{ -EACCES, "KVM_RUN: Permission denied" },
		{ -524, "KVM_RUN: not supported by this kernel (ENOTSUPP, 524)" },
		{ -EBADE, "KVM_RUN: the sample is void" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fpb_err err = { 0 };
		char text[128];

		assert_int_equal(FPB_FAIL(&err, cases[i].code, "KVM_RUN"), cases[i].code);
		fpb_err_describe(&err, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_remedies),  cmocka_unit_test(test_open),
		cmocka_unit_test(test_wrong_version),  cmocka_unit_test(test_other_device),
		cmocka_unit_test(test_ioctl_remedies), cmocka_unit_test(test_busy_elsewhere),
		cmocka_unit_test(test_real_calls),     cmocka_unit_test(test_first_failure_stays),
		cmocka_unit_test(test_long_text),      cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
