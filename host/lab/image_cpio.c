// SPDX-License-Identifier: MIT
#include "host/lab/image_cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static la_ssize_t take_bytes(struct archive *archive, void *data, const void *bytes, size_t nr)
{
	struct lab_cpio *cpio = data;

	if (nr > cpio->capacity - cpio->bytes) {
		size_t capacity = 2 * cpio->capacity + nr;
		uint8_t *image = realloc(cpio->image, capacity);

		if (!image) {
			archive_set_error(archive, ENOMEM, "out of memory");
			return -1;
		}
		cpio->image = image;
		cpio->capacity = capacity;
	}
	memcpy(cpio->image + cpio->bytes, bytes, nr);
	cpio->bytes += nr;
	return (la_ssize_t)nr;
}

/* A warning of libarchive (a path it cannot express, a number cut) would be a wrong image, too. */
static int archive_fail(struct lab_cpio *cpio, const char *path, struct fpb_err *err)
{
	const char *text = archive_error_string(cpio->archive);
	int code = archive_errno(cpio->archive);

	return FPB_FAIL(err, code > 0 ? -code : -EIO, "initramfs: %s: %s", path,
			text ? text : "libarchive says no more");
}

int lab_cpio_start(struct lab_cpio *cpio, struct fpb_err *err)
{
	*cpio = (struct lab_cpio){ .archive = archive_write_new() };
	if (!cpio->archive)
		return FPB_FAIL(err, -ENOMEM, "initramfs");
	if (archive_write_set_format_cpio_newc(cpio->archive) ||
	    archive_write_set_bytes_per_block(cpio->archive, 0) ||
	    archive_write_open(cpio->archive, cpio, NULL, take_bytes, NULL))
		return archive_fail(cpio, "start", err);
	return 0;
}

static int add_entry(struct lab_cpio *cpio, const char *path, mode_t mode, const void *data,
		     size_t bytes, struct fpb_err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int ret = 0;

	if (!entry)
		return FPB_FAIL(err, -ENOMEM, "initramfs: %s", path);
	archive_entry_set_pathname(entry, path + 1); /* the kernel unpacks into its root */
	archive_entry_set_mode(entry, mode);
	archive_entry_set_nlink(entry, S_ISDIR(mode) ? 2 : 1);
	archive_entry_set_ino64(entry, ++cpio->nr_entries);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)bytes);
	if (archive_write_header(cpio->archive, entry) != ARCHIVE_OK ||
	    (bytes && archive_write_data(cpio->archive, data, bytes) != (la_ssize_t)bytes) ||
	    archive_write_finish_entry(cpio->archive) != ARCHIVE_OK)
		ret = archive_fail(cpio, path, err);
	archive_entry_free(entry);
	return ret;
}

static bool has_directory(const struct lab_cpio *cpio, const char *path)
{
	for (size_t i = 0; i < cpio->nr_directories; i++)
		if (!strcmp(cpio->directory[i], path))
			return true;
	return false;
}

/* The first `length` bytes of `path`, as a directory. */
static int add_directory(struct lab_cpio *cpio, const char *path, size_t length,
			 struct fpb_err *err)
{
	char *directory = strndup(path, length);
	char **all;

	if (!directory)
		goto out_of_memory;
	if (has_directory(cpio, directory)) {
		free(directory);
		return 0;
	}
	all = reallocarray(cpio->directory, cpio->nr_directories + 1, sizeof(*all));
	if (!all) {
		free(directory);
		goto out_of_memory;
	}
	all[cpio->nr_directories++] = directory;
	cpio->directory = all;
	return add_entry(cpio, directory, S_IFDIR | 0755, NULL, 0, err);
out_of_memory:
	return FPB_FAIL(err, -ENOMEM, "initramfs: %s", path);
}

int lab_cpio_add(struct lab_cpio *cpio, const char *path, mode_t mode, const void *data,
		 size_t bytes, struct fpb_err *err)
{
	for (const char *slash = path; (slash = strchr(slash + 1, '/'));) {
		int ret = add_directory(cpio, path, (size_t)(slash - path), err);

		if (ret)
			return ret;
	}
	return add_entry(cpio, path, S_IFREG | mode, data, bytes, err);
}

int lab_cpio_add_file(struct lab_cpio *cpio, const char *path, mode_t mode, const char *source,
		      struct fpb_err *err)
{
	int fd = open(source, O_RDONLY | O_CLOEXEC);
	void *data = NULL;
	struct stat st;
	int ret;

	if (fd < 0)
		return FPB_FAIL(err, -errno, "initramfs: %s", source);
	if (fstat(fd, &st)) {
		ret = FPB_FAIL(err, -errno, "initramfs: %s: fstat", source);
		goto out_close;
	}
	if (st.st_size > 0) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED) {
			ret = FPB_FAIL(err, -errno, "initramfs: %s: mmap", source);
			goto out_close;
		}
	}
	ret = lab_cpio_add(cpio, path, mode, data, (size_t)st.st_size, err);
	if (data)
		munmap(data, (size_t)st.st_size);
out_close:
	close(fd);
	return ret;
}

int lab_cpio_finish(struct lab_cpio *cpio, struct fpb_err *err)
{
	if (archive_write_close(cpio->archive) != ARCHIVE_OK)
		return archive_fail(cpio, "end", err);
	return 0;
}

void lab_cpio_clear(struct lab_cpio *cpio)
{
	if (cpio->archive)
		archive_write_free(cpio->archive);
	for (size_t i = 0; i < cpio->nr_directories; i++)
		free(cpio->directory[i]);
	free(cpio->directory);
	free(cpio->image);
	*cpio = (struct lab_cpio){ 0 };
}
