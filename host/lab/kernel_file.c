// SPDX-License-Identifier: MIT
#include "host/lab/kernel_file.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* To begin with, where the length is not known beforehand. */
#define FIRST_BYTES ((size_t)256 << 10)

void kernel_file_clear(struct kernel_file *file)
{
	free(file->path);
	free(file->data);
	*file = (struct kernel_file){ 0 };
}

static int too_large(const char *path, size_t max_bytes, struct fpb_err *err)
{
	return FPB_FAIL(err, -EINVAL,
			"%s: larger than %zu MiB, the most that is read of such a file", path,
			max_bytes >> 20);
}

static int fill(struct kernel_file *file, int fd, struct fpb_err *err)
{
	size_t done = 0;
	ssize_t got;

	while (done < file->bytes) {
		got = read(fd, file->data + done, file->bytes - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FPB_FAIL(err, -errno, "%s: read", file->path);
		if (!got)
			return FPB_FAIL(err, -EIO, "%s: shrank while it was read", file->path);
		done += (size_t)got;
	}
	file->data[done] = '\0';
	return 0;
}

static int read_open_file(struct kernel_file *file, int fd, const char *path, size_t max_bytes,
			  struct fpb_err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return FPB_FAIL(err, -errno, "%s: fstat", path);
	if (!S_ISREG(st.st_mode))
		return FPB_FAIL(err, -EINVAL, "%s: not a regular file", path);
	if ((uint64_t)st.st_size > max_bytes)
		return too_large(path, max_bytes, err);
	file->bytes = (size_t)st.st_size;
	file->path = strdup(path);
	file->data = malloc(file->bytes + 1);
	if (!file->path || !file->data)
		return FPB_FAIL(err, -ENOMEM, "%s: %zu bytes", path, file->bytes);
	return fill(file, fd, err);
}

int kernel_file_read(struct kernel_file *file, const char *path, size_t max_bytes,
		     struct fpb_err *err)
{
	/* O_NONBLOCK: a pipe is refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0)
		return FPB_FAIL(err, -errno, "%s", path);
	rc = read_open_file(file, fd, path, max_bytes, err);
	close(fd);
	if (rc)
		kernel_file_clear(file);
	return rc;
}

int kernel_archive_fail(struct archive *archive, const char *path, const char *member,
			struct fpb_err *err)
{
	const char *text = archive_error_string(archive);
	int code = archive_errno(archive);

	/* libarchive's other codes are its own or say no more than that the data are wrong. */
	code = code == ENOMEM || code == EIO ? -code : -EINVAL;
	return FPB_FAIL(err, code, "%s%s%s: damaged or truncated (%s): fetch it again", path,
			member ? ": " : "", member ? member : "", text ? text : "no reason given");
}

struct archive *kernel_archive_new(int (*support_format)(struct archive *), struct fpb_err *err)
{
	struct archive *archive = archive_read_new();

	/* ARCHIVE_WARN: libarchive was built without that library and calls a program instead. */
	if (archive && support_format(archive) == ARCHIVE_OK &&
	    archive_read_support_filter_gzip(archive) >= ARCHIVE_WARN &&
	    archive_read_support_filter_xz(archive) >= ARCHIVE_WARN &&
	    archive_read_support_filter_zstd(archive) >= ARCHIVE_WARN)
		return archive;
	archive_read_free(archive);
	(void)FPB_FAIL(err, -ENOMEM, "archive_read_new");
	return NULL;
}

/* Makes room for more than `bytes`, up to max_bytes and the byte that tells a file to be larger. */
static bool grow(struct kernel_file *file, size_t *room, size_t max_bytes)
{
	uint8_t *data;

	*room = *room < max_bytes / 2 ? *room * 2 : max_bytes + 1;
	data = realloc(file->data, *room + 1);
	if (!data)
		return false;
	file->data = data;
	return true;
}

static int extract(struct kernel_file *file, struct archive *archive, size_t room, size_t max_bytes,
		   struct fpb_err *err)
{
	la_ssize_t got;

	file->data = malloc(room + 1);
	if (!file->data)
		return FPB_FAIL(err, -ENOMEM, "%s: %zu bytes", file->path, room);
	while ((got = archive_read_data(archive, file->data + file->bytes, room - file->bytes)) >
	       0) {
		file->bytes += (size_t)got;
		if (file->bytes > max_bytes)
			return too_large(file->path, max_bytes, err);
		if (file->bytes == room && !grow(file, &room, max_bytes))
			return FPB_FAIL(err, -ENOMEM, "%s: %zu bytes", file->path, room);
	}
	if (got < 0)
		return kernel_archive_fail(archive, file->path, NULL, err);
	file->data[file->bytes] = '\0';
	return 0;
}

int kernel_file_extract(struct kernel_file *file, char *path, struct archive *archive,
			int64_t declared_bytes, size_t max_bytes, struct fpb_err *err)
{
	int rc;

	*file = (struct kernel_file){ .path = path };
	if (!path)
		return FPB_FAIL(err, -ENOMEM, "a file's name");
	if (declared_bytes > (int64_t)max_bytes)
		rc = too_large(path, max_bytes, err);
	else
		rc = extract(file, archive,
			     declared_bytes < 0 ? FIRST_BYTES : (size_t)declared_bytes + 1,
			     max_bytes, err);
	if (rc)
		kernel_file_clear(file);
	return rc;
}

static bool is_packed(const char *path)
{
	static const char *const suffixes[] = { ".ko.xz", ".ko.zst", ".ko.gz" };
	size_t length = strlen(path), i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (length > strlen(suffixes[i]) &&
		    !strcmp(path + length - strlen(suffixes[i]), suffixes[i]))
			return true;
	return false;
}

static int unpack(const struct kernel_file *packed, struct kernel_file *plain,
		  struct archive *archive, struct fpb_err *err)
{
	struct archive_entry *entry;

	if (archive_read_open_memory(archive, packed->data, packed->bytes) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return kernel_archive_fail(archive, packed->path, NULL, err);
	return kernel_file_extract(plain, strdup(packed->path), archive, -1,
				   KERNEL_MODULE_MAX_BYTES, err);
}

int kernel_file_unpack(struct kernel_file *module, struct fpb_err *err)
{
	struct kernel_file plain = { 0 };
	struct archive *archive;
	int rc;

	if (!is_packed(module->path))
		return 0;
	archive = kernel_archive_new(archive_read_support_format_raw, err);
	if (!archive)
		return -ENOMEM;
	rc = unpack(module, &plain, archive, err);
	archive_read_free(archive);
	if (rc)
		return rc;
	kernel_file_clear(module);
	*module = plain;
	return 0;
}
