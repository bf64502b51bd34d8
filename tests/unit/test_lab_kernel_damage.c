// SPDX-License-Identifier: MIT
/*
 * test_lab_kernel_damage.c - cut short or overwritten anywhere, a kernel is refused or, where the
 * damage shows in nothing that is read, loaded; it never crashes the reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/kernel.h"
#include "tests/unit/kernel_fixture.h"

#define MODULES "usr/lib/modules/" RELEASE "/"

static int try(const char *operand, const char *modules_dir)
{
	struct lab_kernel kernel;
	struct fpb_err err = { 0 };
	int rc = lab_kernel_load(operand, modules_dir, &kernel, &err);

	assert_int_equal(rc, err.code);
	assert_true(!rc || err.text[0]);
	if (!rc)
		lab_kernel_clear(&kernel);
	return rc;
}

static struct blob whole_package(const char *filter, const char *suffix)
{
	char amd[96], kvm[96];
	const struct member members[] = {
		{ "boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) },
		{ amd, blob_packed(blob_module("kvm", RELEASE), filter) },
		{ kvm, blob_packed(blob_module("", RELEASE), filter) },
		{ 0 },
	};

	snprintf(amd, sizeof(amd), MODULES "kernel/kvm-amd.ko%s", suffix);
	snprintf(kvm, sizeof(kvm), MODULES "kernel/kvm.ko%s", suffix);
	return blob_deb(control_text("linux-image-" RELEASE, "amd64", ""), members, filter);
}

static const struct {
	const char *filter, *suffix;
} kinds[] = { { "none", "" }, { "gzip", ".gz" }, { "xz", ".xz" }, { "zstd", ".zst" } };

static void write_first(const char *path, const struct blob *blob, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, blob->data, bytes), bytes);
	close(fd);
}

static void package_cut_short(void **state)
{
	const char *path = path_of(*state, "x.deb");
	struct blob blob;
	size_t i, bytes;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		blob = whole_package(kinds[i].filter, kinds[i].suffix);
		write_first(path, &blob, blob.bytes);
		assert_int_equal(try(path, NULL), 0);
		/* The last byte may be ar's padding. */
		for (bytes = 0; bytes + 1 < blob.bytes; bytes += 1 + bytes / 64) {
			write_first(path, &blob, bytes);
			assert_int_equal(try(path, NULL), -EINVAL);
		}
		for (bytes = blob.bytes - 40; bytes + 1 < blob.bytes; bytes++) {
			write_first(path, &blob, bytes);
			assert_int_equal(try(path, NULL), -EINVAL);
		}
		free(blob.data);
	}
}

/* xorshift64: the same damage in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void damage(const struct blob *blob, uint64_t *random)
{
	int i;

	for (i = 0; i < 4; i++)
		blob->data[next_random(random) % blob->bytes] = (uint8_t)next_random(random);
}

static void package_overwritten(void **state)
{
	const char *path = path_of(*state, "x.deb");
	uint64_t random = 0x9e3779b97f4a7c15;
	struct blob whole, blob;
	size_t i;
	int k, nr_refused = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		whole = whole_package(kinds[i].filter, kinds[i].suffix);
		for (k = 0; k < 300; k++) {
			blob = blob_of(whole.data, whole.bytes);
			damage(&blob, &random);
			write_first(path, &blob, blob.bytes);
			nr_refused += try(path, NULL) != 0;
			free(blob.data);
		}
		free(whole.data);
	}
	/* Checksums of gzip, xz and tar headers see most of it. */
	assert_true(nr_refused > 600);
}

static void image_and_module(void **state)
{
	const char *folder = *state, *image, *module;
	struct blob whole[] = { blob_bzimage(RELEASE), blob_module("", RELEASE) };
	uint64_t random = 0x2545f4914f6cdd1d;
	const char *paths[2];
	struct blob blob;
	size_t i, bytes;
	int k;

	image = write_blob(folder, "bzImage", blob_bzimage(RELEASE));
	module = write_blob(folder, "lib/kvm-amd.ko", blob_module("", RELEASE));
	paths[0] = image;
	paths[1] = module;
	assert_int_equal(try(image, path_of(folder, "lib")), 0);
	for (i = 0; i < 2; i++) {
		for (bytes = 0; bytes < whole[i].bytes; bytes += 3) {
			write_first(paths[i], &whole[i], bytes);
			/* The last section header is that of the names, needed to the end. */
			assert_int_equal(try(image, path_of(folder, "lib")), -EINVAL);
		}
		for (k = 0; k < 500; k++) {
			blob = blob_of(whole[i].data, whole[i].bytes);
			damage(&blob, &random);
			write_first(paths[i], &blob, blob.bytes);
			(void)try(image, path_of(folder, "lib"));
			free(blob.data);
		}
		write_first(paths[i], &whole[i], whole[i].bytes);
		assert_int_equal(try(image, path_of(folder, "lib")), 0);
		free(whole[i].data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(package_cut_short, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(package_overwritten, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(image_and_module, folder_make, folder_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
