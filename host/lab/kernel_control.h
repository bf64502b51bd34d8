/* SPDX-License-Identifier: MIT */
/* kernel_control.h - the fields of a Debian control file that tell what a package is. */
#ifndef HOST_LAB_KERNEL_CONTROL_H
#define HOST_LAB_KERNEL_CONTROL_H

#include "host/err.h"

/*
 * Refuses what cannot be part of a kernel for x86-64: another architecture, debug symbols.
 * `text` is the whole control file, `path` the package's. -EINVAL, or -ENODATA for debug symbols.
 */
int kernel_control_check(const char *text, const char *path, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Adds to *list ("a, b", or NULL) the kernel packages this one depends on: linux-image-*,
 * linux-binary-*, linux-modules-*, linux-base-*; of alternatives the first. -ENOMEM.
 */
int kernel_control_depends(const char *text, char **list, struct fpb_err *err) FPB_MUST_CHECK;

#endif
