/* SPDX-License-Identifier: MIT */
/* kernel_bzimage.h - the header of an x86 kernel image (Documentation/arch/x86/boot.rst). */
#ifndef HOST_LAB_KERNEL_BZIMAGE_H
#define HOST_LAB_KERNEL_BZIMAGE_H

#include "host/err.h"
#include "host/lab/kernel_file.h"

/*
 * Checks that the image is a whole 64-bit bzImage. *release (`uname -r`) and *version (that, the
 * builder, the date) are the caller's to free. -EINVAL: it is none.
 */
int kernel_bzimage_check(const struct kernel_file *image, char **release, char **version,
			 struct fpb_err *err) FPB_MUST_CHECK;

#endif
