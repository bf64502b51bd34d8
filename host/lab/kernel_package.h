/* SPDX-License-Identifier: MIT */
/*
 * kernel_package.h - a Debian package (deb(5)): an ar archive of debian-binary, control.tar.* and
 * data.tar.*, read as a stream.
 */
#ifndef HOST_LAB_KERNEL_PACKAGE_H
#define HOST_LAB_KERNEL_PACKAGE_H

#include <stdbool.h>

#include "host/lab/kernel_parts.h"

/* Whether the file begins like an ar archive. */
bool kernel_package_is(const char *path);

/*
 * Takes what `parts` lacks out of the package, and reads it to the end, so that a damaged package
 * is refused whatever the damage hit. -EINVAL: damaged, or not for amd64; -ENODATA: debug symbols.
 */
int kernel_package_read(const char *path, struct kernel_parts *parts, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
