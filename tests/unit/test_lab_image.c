// SPDX-License-Identifier: MIT
/*
 * test_lab_image.c - an initramfs holds what init expects, is the same whenever it is made, and
 * starts this very program: as root, the test runs itself in a chroot into the unpacked image.
 */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/linux/file.h"
#include "tests/unit/lab_image_fixture.h"

#define INSIDE	       "--inside"
#define INSIDE_STATUS  42
#define STATUS_SKIPPED 77

static char *directory;

static int setup(void **state)
{
	(void)state;
	directory = fixture_directory();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_remove(directory);
	free(directory);
	return 0;
}

static void make(char *const arguments[], struct lab_image *image)
{
	struct fpb_err err = { 0 };

	if (lab_image_make(&fixture_kernel, arguments, false, directory, image, &err))
		fail_msg("%s", err.text);
}

static char *const no_arguments[] = { NULL };

static void test_arguments(void **state)
{
	char run[] = "run", filter[] = "a b\n'\"\\$x", empty[] = "", last[] = "--out";
	char *const arguments[] = { run, filter, empty, last, NULL };
	struct lab_image image;
	size_t bytes;
	char *data;

	(void)state;
	make(arguments, &image);
	data = fixture_extract(image.initramfs, "lab/arguments", &bytes);
	assert_non_null(data);
	assert_int_equal(bytes, sizeof("run") + sizeof(filter) + 1 + sizeof("--out"));
	assert_memory_equal(data, "run\0a b\n'\"\\$x\0\0--out", bytes);
	free(data);
	lab_image_clear(&image);
}

static void test_wish_for_symbols(void **state)
{
	struct lab_image image;
	struct fpb_err err = { 0 };
	size_t bytes;
	char *data;

	(void)state;
	make(no_arguments, &image);
	assert_null(fixture_extract(image.initramfs, "lab/wants-symbols", &bytes));
	lab_image_clear(&image);
	assert_int_equal(
		lab_image_make(&fixture_kernel, no_arguments, true, directory, &image, &err), 0);
	data = fixture_extract(image.initramfs, "lab/wants-symbols", &bytes);
	assert_non_null(data);
	assert_int_equal(bytes, 0);
	free(data);
	lab_image_clear(&image);
}

static void test_modules_in_order(void **state)
{
	struct lab_image image;
	size_t bytes;
	char *data;

	(void)state;
	make(no_arguments, &image);
	data = fixture_extract(image.initramfs, "lab/modules/list", &bytes);
	assert_non_null(data);
	assert_string_equal(data, "00-irqbypass.ko 3\n01-kvm.ko 3\n02-kvm_amd.ko 1\n"
				  "03-kvm_intel.ko 2\n");
	free(data);
	data = fixture_extract(image.initramfs, "lab/modules/02-kvm_amd.ko", &bytes);
	assert_non_null(data);
	assert_int_equal(bytes, fixture_kernel.module[2].bytes);
	assert_memory_equal(data, fixture_kernel.module[2].image, bytes);
	free(data);
	lab_image_clear(&image);
}

static void test_kvm_built_in(void **state)
{
	struct lab_kernel kernel = fixture_kernel;
	struct lab_image image;
	struct fpb_err err = { 0 };
	size_t bytes;
	char *data;

	(void)state;
	kernel.nr_modules = 0;
	assert_int_equal(lab_image_make(&kernel, no_arguments, false, directory, &image, &err), 0);
	data = fixture_extract(image.initramfs, "lab/modules/list", &bytes);
	assert_non_null(data);
	assert_int_equal(bytes, 0);
	free(data);
	lab_image_clear(&image);
}

static void test_kernel_is_a_file(void **state)
{
	struct lab_image image;
	unsigned char *data;
	size_t bytes;

	(void)state;
	make(no_arguments, &image);
	data = fixture_read(image.kernel, &bytes);
	assert_int_equal(bytes, fixture_kernel.vmlinuz_bytes);
	assert_memory_equal(data, fixture_kernel.vmlinuz, bytes);
	free(data);
	lab_image_clear(&image);
}

static bool has_entry(char *const *entry, size_t nr, const char *path, size_t length)
{
	for (size_t i = 0; i < nr; i++)
		if (strlen(entry[i]) == length && !memcmp(entry[i], path, length))
			return true;
	return false;
}

/* What differs from machine to machine or from day to day is not in it; directories come first. */
static void test_entries(void **state)
{
	enum { MAX = 256 };
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct lab_image image;
	char *seen[MAX];
	size_t nr = 0;

	(void)state;
	make(no_arguments, &image);
	assert_int_equal(archive_read_support_format_cpio(archive), ARCHIVE_OK);
	assert_int_equal(archive_read_open_filename(archive, image.initramfs, 65536), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(entry);
		const char *slash = strrchr(path, '/');

		assert_true(nr < MAX);
		assert_int_equal(archive_entry_ino64(entry), nr + 1);
		assert_int_equal(archive_entry_mtime(entry), 0);
		assert_int_equal(archive_entry_uid(entry), 0);
		assert_int_equal(archive_entry_gid(entry), 0);
		assert_int_equal(archive_entry_dev(entry), 0);
		assert_false(has_entry(seen, nr, path, strlen(path)));
		if (slash)
			assert_true(has_entry(seen, nr, path, (size_t)(slash - path)));
		seen[nr++] = strdup(path);
	}
	archive_read_free(archive);
	assert_true(has_entry(seen, nr, "init", strlen("init")));
	assert_true(has_entry(seen, nr, "lab/program", strlen("lab/program")));
	while (nr)
		free(seen[--nr]);
	lab_image_clear(&image);
}

/* Static, since it is there before any library. */
static void test_init_is_static(void **state)
{
	struct lab_image image;
	const Elf64_Ehdr *header;
	const Elf64_Phdr *segment;
	size_t bytes;
	char *init;

	(void)state;
	make(no_arguments, &image);
	init = fixture_extract(image.initramfs, "init", &bytes);
	assert_non_null(init);
	header = (const Elf64_Ehdr *)init;
	assert_memory_equal(header->e_ident, ELFMAG, SELFMAG);
	segment = (const Elf64_Phdr *)(init + header->e_phoff);
	for (unsigned int i = 0; i < header->e_phnum; i++)
		assert_int_not_equal(segment[i].p_type, PT_INTERP);
	free(init);
	lab_image_clear(&image);
}

static void test_same_bytes_twice(void **state)
{
	unsigned char *first, *second;
	size_t first_bytes, second_bytes;
	struct lab_image image;
	char *name;

	(void)state;
	make(no_arguments, &image);
	first = fixture_read(image.initramfs, &first_bytes);
	name = strdup(image.initramfs);
	assert_int_equal(unlink(image.initramfs), 0);
	lab_image_clear(&image);
	sleep(1); /* a time stamp in it would tell */
	make(no_arguments, &image);
	assert_string_equal(image.initramfs, name);
	second = fixture_read(image.initramfs, &second_bytes);
	assert_int_equal(first_bytes, second_bytes);
	assert_memory_equal(first, second, first_bytes);
	free(first);
	free(second);
	free(name);
	lab_image_clear(&image);
}

static void test_other_arguments_other_image(void **state)
{
	char word[] = "word";
	char *const arguments[] = { word, NULL };
	struct lab_image one, other;

	(void)state;
	make(no_arguments, &one);
	make(arguments, &other);
	assert_string_not_equal(one.initramfs, other.initramfs);
	assert_string_equal(one.kernel, other.kernel);
	lab_image_clear(&one);
	lab_image_clear(&other);
}

/* In the child: what init does. Only exec gets us the loader of the image. */
static void enter(const char *root)
{
	char program[] = "/lab/program", libraries[4096];
	char *const envp[] = { libraries, NULL };
	char *data, *text, **argv;
	size_t bytes;

	if (chroot(root) || chdir("/"))
		_exit(STATUS_SKIPPED);
	if (file_read("/lab/arguments", &data, &bytes))
		_exit(1);
	argv = arguments_parse(program, data, bytes);
	if (!argv || file_read("/lab/libraries", &text, &bytes))
		_exit(1);
	snprintf(libraries, sizeof(libraries), "LD_LIBRARY_PATH=%s", text);
	execve(program, argv, envp);
	_exit(1);
}

static void test_program_starts_in_image(void **state)
{
	char inside[] = INSIDE;
	char *const arguments[] = { inside, NULL };
	struct lab_image image;
	int status;
	pid_t pid;
	char *root;

	(void)state;
	root = fixture_directory();
	make(arguments, &image);
	fixture_unpack(image.initramfs, root);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		enter(root);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fixture_remove(root);
	free(root);
	lab_image_clear(&image);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == STATUS_SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), INSIDE_STATUS);
}

/* The limit on the size of files stands for the full disk: write() says so at the same place. */
static void test_no_room(void **state)
{
	char *empty = fixture_directory();
	struct rlimit saved, limit;
	struct lab_image image;
	struct fpb_err err = { 0 };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = saved;
	limit.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(lab_image_make(&fixture_kernel, no_arguments, false, empty, &image, &err),
			 -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_non_null(strstr(err.text, empty));
	assert_non_null(strstr(err.text, " bytes"));
	assert_null(image.kernel);
	assert_null(image.initramfs);
	assert_int_equal(fixture_count(empty, ".cpio"), 0);
	assert_int_equal(fixture_count(empty, "tmp"), 0);
	fixture_remove(empty);
	free(empty);
}

static void test_no_cache(void **state)
{
	struct lab_image image;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(lab_image_make(&fixture_kernel, no_arguments, false, "/nonexistent",
					&image, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent"));
	lab_image_clear(&image);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_wish_for_symbols),
		cmocka_unit_test(test_modules_in_order),
		cmocka_unit_test(test_kvm_built_in),
		cmocka_unit_test(test_kernel_is_a_file),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_init_is_static),
		cmocka_unit_test(test_same_bytes_twice),
		cmocka_unit_test(test_other_arguments_other_image),
		cmocka_unit_test(test_program_starts_in_image),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_cache),
	};

	/* Not by exit(): there is no /proc in there, which LeakSanitizer would look at. */
	if (argc == 2 && !strcmp(argv[1], INSIDE))
		_exit(INSIDE_STATUS);
	return cmocka_run_group_tests(tests, setup, teardown);
}
