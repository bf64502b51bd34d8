// SPDX-License-Identifier: MIT
#include "host/lab/kernel_folder.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int take_file(const char *path, const char *relative, struct kernel_parts *parts,
		     struct fpb_err *err)
{
	struct kernel_file *file;
	size_t max_bytes = 0;
	int rc = kernel_parts_place(parts, relative, path, &file, &max_bytes, err);

	return rc || !file ? rc : kernel_file_read(file, path, max_bytes, err);
}

static int walk(FTS *fts, size_t root_length, struct kernel_parts *parts, struct fpb_err *err)
{
	const FTSENT *entry;
	int rc = 0;

	for (errno = 0; !rc && (entry = fts_read(fts)); errno = 0) {
		if (entry->fts_info == FTS_F)
			rc = take_file(entry->fts_path, entry->fts_path + root_length + 1, parts,
				       err);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			rc = FPB_FAIL(err, -entry->fts_errno, "%s", entry->fts_path);
	}
	if (!rc && errno)
		rc = FPB_FAIL(err, -errno, "%.*s: fts_read", (int)root_length, fts->fts_path);
	return rc;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk_folder(char *dir, struct kernel_parts *parts, struct fpb_err *err)
{
	char *const roots[] = { dir, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	int rc;

	if (!fts)
		return FPB_FAIL(err, -errno, "%s: fts_open", dir);
	rc = walk(fts, strlen(dir), parts, err);
	fts_close(fts);
	return rc;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int kernel_folder_read(const char *dir, const char *release, struct kernel_parts *parts,
		       struct fpb_err *err)
{
	static const char *const below[] = { "/", "/lib/modules/", "/usr/lib/modules/" };
	char *path;
	size_t i;
	int rc;

	if (!is_folder(dir))
		return FPB_FAIL(err, -ENOENT, "%s: no folder: expected lib/modules/%s", dir,
				release);
	for (i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		if (asprintf(&path, "%s%s%s", dir, below[i], release) < 0)
			return FPB_FAIL(err, -ENOMEM, "%s", dir);
		if (is_folder(path))
			break;
		free(path);
	}
	if (i == sizeof(below) / sizeof(below[0])) {
		path = strdup(dir);
		if (!path)
			return FPB_FAIL(err, -ENOMEM, "%s", dir);
	}
	rc = walk_folder(path, parts, err);
	free(path);
	return rc;
}

/* DIR/NAME into *file, whose path stays NULL where an optional one is not there. */
static int read_below(const char *dir, const char *name, size_t max_bytes, struct kernel_file *file,
		      bool is_optional, struct fpb_err *err)
{
	struct stat st;
	char *path;
	int rc = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s/%s", dir, name);
	if (!is_optional || !stat(path, &st) || errno != ENOENT)
		rc = kernel_file_read(file, path, max_bytes, err);
	free(path);
	return rc;
}

/*
 * A line of modules.order: arch/x86/kvm/kvm.o since Linux 6.4, .ko before, with kernel/ in front
 * before 5.3.
 */
static int take_ordered(const char *dir, const char *line, struct kernel_parts *parts,
			struct fpb_err *err)
{
	static const char prefix[] = "kernel/";
	size_t length;
	char *path;
	int rc;

	if (!strncmp(line, prefix, strlen(prefix)) && strstr(line, ".ko"))
		line += strlen(prefix);
	length = strlen(line);
	if (length > 2 && !strcmp(line + length - 2, ".o"))
		length -= 2;
	else if (length > 3 && !strcmp(line + length - 3, ".ko"))
		length -= 3;
	else
		return 0;
	if (asprintf(&path, "%s/%.*s.ko", dir, (int)length, line) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s/%s", dir, line);
	rc = take_file(path, path, parts, err);
	free(path);
	return rc;
}

static int take_modules(const char *dir, struct kernel_parts *parts, struct fpb_err *err)
{
	struct kernel_file order = { 0 };
	char *line, *rest;
	int rc = read_below(dir, "modules.order", KERNEL_TEXT_MAX_BYTES, &order, true, err);

	for (line = order.path ? strtok_r((char *)order.data, "\n", &rest) : NULL; line && !rc;
	     line = strtok_r(NULL, "\n", &rest))
		rc = take_ordered(dir, line, parts, err);
	kernel_file_clear(&order);
	return rc;
}

int kernel_tree_read(const char *dir, struct kernel_parts *parts, struct fpb_err *err)
{
	static const char image[] = "arch/x86/boot/bzImage";
	int rc = 0;

	if (!parts->vmlinuz.path) {
		rc = read_below(dir, image, KERNEL_VMLINUZ_MAX_BYTES, &parts->vmlinuz, true, err);
		if (!rc && !parts->vmlinuz.path)
			rc = FPB_FAIL(err, -ENODATA,
				      "%s: a folder without %s: expected a kernel build tree after "
				      "`make bzImage modules`",
				      dir, image);
	}
	if (!rc && !parts->builtin.path)
		rc = read_below(dir, "modules.builtin", KERNEL_TEXT_MAX_BYTES, &parts->builtin,
				true, err);
	return rc ? rc : take_modules(dir, parts, err);
}

int kernel_tree_check_release(const char *dir, const char *release, struct fpb_err *err)
{
	static const char name[] = "include/config/kernel.release";
	struct kernel_file file = { 0 };
	int rc = read_below(dir, name, KERNEL_TEXT_MAX_BYTES, &file, true, err);

	if (!rc && file.path) {
		file.data[strcspn((const char *)file.data, "\n")] = '\0';
		if (strcmp((const char *)file.data, release) != 0)
			rc = FPB_FAIL(err, -EINVAL,
				      "%s: %s, but arch/x86/boot/bzImage is %s: run `make bzImage "
				      "modules` again",
				      file.path, (const char *)file.data, release);
	}
	kernel_file_clear(&file);
	return rc;
}
