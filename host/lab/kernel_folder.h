/* SPDX-License-Identifier: MIT */
/* kernel_folder.h - a folder of modules, and a kernel build tree. */
#ifndef HOST_LAB_KERNEL_FOLDER_H
#define HOST_LAB_KERNEL_FOLDER_H

#include "host/lab/kernel_parts.h"

/*
 * lib/modules/RELEASE as `make modules_install` and packages leave it. `dir` is that folder, or
 * holds RELEASE, lib/modules/RELEASE or usr/lib/modules/RELEASE. -errno of reading.
 */
int kernel_folder_read(const char *dir, const char *release, struct kernel_parts *parts,
		       struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Where `make` ran (O= of it): arch/x86/boot/bzImage, modules.builtin, modules.order and the
 * modules listed there; other .ko files are left from earlier configurations or packaging.
 * -ENODATA: no bzImage.
 */
int kernel_tree_read(const char *dir, struct kernel_parts *parts, struct fpb_err *err)
	FPB_MUST_CHECK;

/* -EINVAL: the tree was configured anew (include/config/kernel.release) since its bzImage. */
int kernel_tree_check_release(const char *dir, const char *release, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
