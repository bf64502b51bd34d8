/* SPDX-License-Identifier: MIT */
/*
 * image.h - the files an engine boots: the kernel as a file, and an initramfs with our init
 * (guest/linux/), this very program with the libraries it runs with, and the kernel's KVM modules.
 *
 * Both lie in the cache under a name made of the SHA-256 of everything that goes into them, so the
 * same input gives the same file, byte for byte, whoever makes it and when.
 *
 * Inside the initramfs:
 *	/init			guest/linux/init.c
 *	/lab/program		this program; /usr/lib/.. and so on: its libraries and loader, at
 *				the paths they were loaded from
 *	/lab/libraries		the directories of these, joined by colons
 *	/lab/arguments		its arguments, each ended by a NUL
 *	/lab/wants-symbols	empty; if it is there, init sends the kernel's symbols as well
 *	/lab/modules/NN-NAME.ko	in load order, listed in
 *	/lab/modules/list	lines "FILE NEEDED_BY", NEEDED_BY as in kernel.h
 */
#ifndef HOST_LAB_IMAGE_H
#define HOST_LAB_IMAGE_H

#include <stdbool.h>

#include "host/lab/kernel.h"

/* While it is held, no other lab drops its files from the cache. All zero: none. */
struct lab_image {
	char *kernel; /* paths */
	char *initramfs;
	int kernel_lock; /* descriptors, while the paths are there */
	int initramfs_lock;
};

/*
 * $XDG_CACHE_HOME/fpstate-bench/lab, or ~/.cache/fpstate-bench/lab, created; NULL with err:
 * -EACCES, -ENOSPC, -ENOENT (neither variable set).
 */
char *lab_cache_dir(struct fpb_err *err) FPB_MUST_CHECK;

/*
 * `arguments`: of the program inside, without argv[0], NULL-terminated. Makes what is not in
 * `cache_dir` yet: written to a temporary file there and renamed, so a full disk (-ENOSPC) or a
 * kill leaves nothing that could be taken for an image. Drops the images longest unused, and held
 * by nobody, when the cache holds more than LAB_CACHE_IMAGES of them.
 */
#define LAB_CACHE_IMAGES 16
int lab_image_make(const struct lab_kernel *kernel, char *const arguments[], bool wants_symbols,
		   const char *cache_dir, struct lab_image *image, struct fpb_err *err)
	FPB_MUST_CHECK;

struct lab_image_file {
	const char *path; /* absolute, in the machine */
	const void *data;
	size_t bytes;
};

/*
 * Adds files to the initramfs, as an archive of their own: the kernel unpacks one after the other.
 * The image then names, and holds, another file of the cache; on failure it is as it was.
 */
int lab_image_add(struct lab_image *image, const struct lab_image_file *files, size_t nr,
		  const char *cache_dir, struct fpb_err *err) FPB_MUST_CHECK;
void lab_image_clear(struct lab_image *image);

#endif
