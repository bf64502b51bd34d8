/* SPDX-License-Identifier: MIT */
/*
 * image_cpio.h - an initramfs in memory: a cpio archive ("newc", uncompressed), the same bytes for
 * the same calls: owner 0, time 0, inode numbers in the order of the entries.
 */
#ifndef HOST_LAB_IMAGE_CPIO_H
#define HOST_LAB_IMAGE_CPIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/err.h"

struct archive;

struct lab_cpio {
	uint8_t *image; /* complete after lab_cpio_finish() */
	size_t bytes;
	size_t capacity;
	struct archive *archive;
	char **directory; /* those already in it */
	size_t nr_directories;
	uint32_t nr_entries;
};

/* -ENOMEM. */
int lab_cpio_start(struct lab_cpio *cpio, struct fpb_err *err) FPB_MUST_CHECK;

/* A regular file at an absolute path, its directories before it. Each path once. -ENOMEM. */
int lab_cpio_add(struct lab_cpio *cpio, const char *path, mode_t mode, const void *data,
		 size_t bytes, struct fpb_err *err) FPB_MUST_CHECK;

/* The same with the contents of a file of this machine; also -errno of reading it. */
int lab_cpio_add_file(struct lab_cpio *cpio, const char *path, mode_t mode, const char *source,
		      struct fpb_err *err) FPB_MUST_CHECK;

int lab_cpio_finish(struct lab_cpio *cpio, struct fpb_err *err) FPB_MUST_CHECK;
void lab_cpio_clear(struct lab_cpio *cpio);

#endif
