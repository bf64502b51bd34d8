// SPDX-License-Identifier: MIT
#include "host/lab/kernel_package.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/lab/kernel_control.h"

#define AR_MAGIC    "!<arch>\n"
#define BLOCK_BYTES 65536
/* Ten times a generic kernel unpacked: a small file that unpacks without end is given up. */
#define DATA_MAX_BYTES ((int64_t)4 << 30)

struct package {
	const char *path;
	struct kernel_parts *parts;
	bool has_control, has_data;
};

/* Takes one file of an inner archive. */
typedef int take_fn(struct package *package, struct archive *tar, struct archive_entry *entry,
		    struct fpb_err *err);

bool kernel_package_is(const char *path)
{
	char magic[sizeof(AR_MAGIC) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is_ar;

	if (fd < 0)
		return false;
	is_ar = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
		!memcmp(magic, AR_MAGIC, sizeof(magic));
	close(fd);
	return is_ar;
}

static const char *skip_root(const char *path)
{
	if (path[0] == '.' && path[1] == '/')
		path++;
	while (*path == '/')
		path++;
	return path;
}

/* boot/vmlinuz-REL or [usr/]lib/modules/REL/FILE -> vmlinuz or FILE; NULL: anything else. */
static const char *relative_path(const char *path, struct kernel_parts *parts)
{
	static const char boot[] = "boot/vmlinuz-", usr[] = "usr/", modules[] = "lib/modules/";
	const char *slash;

	path = skip_root(path);
	if (!strncmp(path, boot, strlen(boot)))
		return "vmlinuz";
	if (!strncmp(path, usr, strlen(usr)))
		path += strlen(usr);
	if (strncmp(path, modules, strlen(modules)) != 0)
		return NULL;
	path += strlen(modules);
	slash = strchr(path, '/');
	if (!slash)
		return NULL;
	if (!parts->release_dir)
		parts->release_dir = strndup(path, (size_t)(slash - path));
	return slash + 1;
}

static int take_data(struct package *package, struct archive *tar, struct archive_entry *entry,
		     struct fpb_err *err)
{
	const char *name = archive_entry_pathname(entry);
	const char *relative = name ? relative_path(name, package->parts) : NULL;
	struct kernel_file *file;
	size_t max_bytes = 0;
	char *path;
	int rc;

	if (!relative)
		return 0;
	if (asprintf(&path, "%s: %s", package->path, skip_root(name)) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s: %s", package->path, name);
	rc = kernel_parts_place(package->parts, relative, path, &file, &max_bytes, err);
	if (!rc && file)
		return kernel_file_extract(file, path, tar, archive_entry_size(entry), max_bytes,
					   err);
	free(path);
	return rc;
}

static int take_control(struct package *package, struct archive *tar, struct archive_entry *entry,
			struct fpb_err *err)
{
	const char *name = archive_entry_pathname(entry);
	struct kernel_file control = { 0 };
	int rc;

	if (!name || strcmp(skip_root(name), "control") != 0)
		return 0;
	rc = kernel_file_extract(&control, strdup(package->path), tar, archive_entry_size(entry),
				 KERNEL_TEXT_MAX_BYTES, err);
	if (rc)
		return rc;
	rc = kernel_control_check((const char *)control.data, package->path, err);
	if (!rc)
		rc = kernel_control_depends((const char *)control.data, &package->parts->depends_on,
					    err);
	kernel_file_clear(&control);
	package->has_control = !rc;
	return rc;
}

/* The inner archive's data: those of the ar member that the outer one is at. */
static la_ssize_t read_member(struct archive *tar, void *outer, const void **block)
{
	size_t bytes;
	la_int64_t offset;
	int rc = archive_read_data_block(outer, block, &bytes, &offset);

	if (rc == ARCHIVE_OK)
		return (la_ssize_t)bytes;
	if (rc == ARCHIVE_EOF)
		return 0;
	archive_set_error(tar, archive_errno(outer), "%s", archive_error_string(outer));
	return -1;
}

static int read_tar(struct package *package, struct archive *tar, const char *member, take_fn *take,
		    struct fpb_err *err)
{
	struct archive_entry *entry;
	int rc, found;

	/* ARCHIVE_WARN: a name that the locale cannot spell; none that is sought. */
	while ((found = archive_read_next_header(tar, &entry)) == ARCHIVE_OK ||
	       found == ARCHIVE_WARN) {
		if (archive_entry_size(entry) > DATA_MAX_BYTES ||
		    archive_filter_bytes(tar, 0) > DATA_MAX_BYTES)
			return FPB_FAIL(err, -EINVAL,
					"%s: %s: unpacks to more than %lld GiB: no kernel package",
					package->path, member, (long long)(DATA_MAX_BYTES >> 30));
		/* Links have no data; what they lead to is in the archive itself. */
		if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
			continue;
		rc = take(package, tar, entry, err);
		if (rc)
			return rc;
	}
	return found == ARCHIVE_EOF ? 0 : kernel_archive_fail(tar, package->path, member, err);
}

static int read_inner(struct package *package, struct archive *outer, const char *member,
		      take_fn *take, struct fpb_err *err)
{
	struct archive *tar = kernel_archive_new(archive_read_support_format_tar, err);
	int rc;

	if (!tar)
		return -ENOMEM;
	if (archive_read_open(tar, outer, NULL, read_member, NULL) == ARCHIVE_OK)
		rc = read_tar(package, tar, member, take, err);
	else
		rc = kernel_archive_fail(tar, package->path, member, err);
	archive_read_free(tar);
	return rc;
}

static int read_ar_member(struct package *package, struct archive *ar, const char *name,
			  struct fpb_err *err)
{
	static const char control[] = "control.tar", data[] = "data.tar";
	int rc = 0;

	if (!strncmp(name, control, strlen(control))) {
		rc = read_inner(package, ar, name, take_control, err);
	} else if (!strncmp(name, data, strlen(data))) {
		if (!package->has_control)
			return FPB_FAIL(err, -EINVAL,
					"%s: no control file before %s: not a Debian package",
					package->path, name);
		rc = read_inner(package, ar, name, take_data, err);
		package->has_data = !rc;
	}
	return rc;
}

static int read_ar(struct package *package, struct archive *ar, struct fpb_err *err)
{
	struct archive_entry *entry;
	const char *name;
	int rc, found;

	if (archive_read_open_filename(ar, package->path, BLOCK_BYTES) != ARCHIVE_OK)
		return kernel_archive_fail(ar, package->path, NULL, err);
	/* What a tar leaves unread behind its end is passed over, and missed where it is cut off. */
	while ((found = archive_read_next_header(ar, &entry)) == ARCHIVE_OK) {
		name = archive_entry_pathname(entry);
		rc = read_ar_member(package, ar, name ? name : "", err);
		if (rc)
			return rc;
	}
	if (found != ARCHIVE_EOF)
		return kernel_archive_fail(ar, package->path, NULL, err);
	if (!package->has_data)
		return FPB_FAIL(err, -EINVAL,
				"%s: truncated: it ends before its data.tar: fetch it again",
				package->path);
	return 0;
}

int kernel_package_read(const char *path, struct kernel_parts *parts, struct fpb_err *err)
{
	struct package package = { .path = path, .parts = parts };
	struct archive *ar = kernel_archive_new(archive_read_support_format_ar, err);
	int rc;

	if (!ar)
		return -ENOMEM;
	rc = read_ar(&package, ar, err);
	archive_read_free(ar);
	return rc;
}
