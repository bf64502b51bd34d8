// SPDX-License-Identifier: MIT
#include "tests/unit/lab_image_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char irqbypass[] = "irqbypass", kvm[] = "kvm", kvm_amd[] = "kvm_amd",
	    kvm_intel[] = "kvm_intel";
static uint8_t one[] = "\177ELF one", two[] = "\177ELF two", three[] = "\177ELF three",
	       four[] = "\177ELF four", vmlinuz[] = "MZ not to be booted";
static char origin[] = "none.deb", release[] = "6.1.0-test", version[] = "6.1.0-test (nobody)";

#define BOTH (LAB_NEEDED_BY_AMD | LAB_NEEDED_BY_INTEL)

static struct lab_module modules[] = {
	{ irqbypass, one, sizeof(one), BOTH },
	{ kvm, two, sizeof(two), BOTH },
	{ kvm_amd, three, sizeof(three), LAB_NEEDED_BY_AMD },
	{ kvm_intel, four, sizeof(four), LAB_NEEDED_BY_INTEL },
};

const struct lab_kernel fixture_kernel = {
	.origin = origin,
	.release = release,
	.version = version,
	.vmlinuz = vmlinuz,
	.vmlinuz_bytes = sizeof(vmlinuz),
	.module = modules,
	.nr_modules = sizeof(modules) / sizeof(modules[0]),
};

char *fixture_directory(void)
{
	const char *parent = getenv("TMPDIR");
	char *path;

	assert_true(asprintf(&path, "%s/fpb-lab-image-XXXXXX", parent ? parent : "/tmp") > 0);
	assert_non_null(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fixture_remove(const char *directory)
{
	assert_int_equal(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

size_t fixture_count(const char *directory, const char *suffix)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t nr = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const size_t length = strlen(entry->d_name), tail = strlen(suffix);

		if (entry->d_name[0] != '.' && length >= tail)
			nr += !strcmp(entry->d_name + length - tail, suffix);
	}
	closedir(dir);
	return nr;
}

unsigned char *fixture_read(const char *path, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *data;
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*bytes = (size_t)st.st_size;
	data = malloc(*bytes + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, *bytes), *bytes);
	close(fd);
	return data;
}

static struct archive *open_cpio(const char *initramfs)
{
	struct archive *archive = archive_read_new();

	assert_non_null(archive);
	assert_int_equal(archive_read_support_format_cpio(archive), ARCHIVE_OK);
	assert_int_equal(archive_read_open_filename(archive, initramfs, 65536), ARCHIVE_OK);
	return archive;
}

char *fixture_extract(const char *initramfs, const char *name, size_t *bytes)
{
	struct archive *archive = open_cpio(initramfs);
	struct archive_entry *entry;
	char *data = NULL;

	while (!data && archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		if (strcmp(archive_entry_pathname(entry), name) != 0)
			continue;
		*bytes = (size_t)archive_entry_size(entry);
		data = calloc(1, *bytes + 1);
		assert_non_null(data);
		assert_int_equal(archive_read_data(archive, data, *bytes), *bytes);
	}
	archive_read_free(archive);
	return data;
}

void fixture_unpack(const char *initramfs, const char *directory)
{
	struct archive *archive = open_cpio(initramfs);
	struct archive_entry *entry;
	char *path;

	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		assert_true(asprintf(&path, "%s/%s", directory, archive_entry_pathname(entry)) > 0);
		archive_entry_set_pathname(entry, path);
		assert_int_equal(archive_read_extract(archive, entry, ARCHIVE_EXTRACT_PERM),
				 ARCHIVE_OK);
		free(path);
	}
	archive_read_free(archive);
}
