/* SPDX-License-Identifier: MIT */
/* kernel_file.h - one file of a kernel build, held in memory and bounded in size. */
#ifndef HOST_LAB_KERNEL_FILE_H
#define HOST_LAB_KERNEL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "host/err.h"

/* Several times the largest of its kind in a distribution's kernel. */
#define KERNEL_VMLINUZ_MAX_BYTES ((size_t)256 << 20)
#define KERNEL_MODULE_MAX_BYTES	 ((size_t)64 << 20)
#define KERNEL_TEXT_MAX_BYTES	 ((size_t)4 << 20)

struct archive;

struct kernel_file {
	char *path;    /* for messages, "x.deb: boot/vmlinuz-6.1"; NULL: the file was not found */
	uint8_t *data; /* with a NUL behind it, which `bytes` does not count */
	size_t bytes;
};

void kernel_file_clear(struct kernel_file *file);

/* A regular file of this machine. -errno of opening; -EINVAL: larger than max_bytes, or no file. */
int kernel_file_read(struct kernel_file *file, const char *path, size_t max_bytes,
		     struct fpb_err *err) FPB_MUST_CHECK;

/*
 * The data of the archive's present entry, of declared_bytes, or of unknown length if negative.
 * Takes over `path`, also where it fails. -EINVAL: damaged, or larger than max_bytes.
 */
int kernel_file_extract(struct kernel_file *file, char *path, struct archive *archive,
			int64_t declared_bytes, size_t max_bytes, struct fpb_err *err)
	FPB_MUST_CHECK;

/* The module as the kernel takes it, from .ko.xz, .ko.zst or .ko.gz; any other name: unchanged. */
int kernel_file_unpack(struct kernel_file *module, struct fpb_err *err) FPB_MUST_CHECK;

/* Records libarchive's complaint about `path` (a part of it: `member`, or NULL). */
int kernel_archive_fail(struct archive *archive, const char *path, const char *member,
			struct fpb_err *err) FPB_MUST_CHECK;

/* Filters: none, gzip, xz, zstd. NULL: out of memory, recorded. */
struct archive *kernel_archive_new(int (*support_format)(struct archive *), struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
