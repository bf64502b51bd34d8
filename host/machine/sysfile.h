/* SPDX-License-Identifier: MIT */
/*
 * sysfile.h - reads small files of /proc, /sys and /boot, beneath a prefix for captured machines.
 *
 * Failures are -errno, and a reason in words fit for a report: "/proc/x: No such file or
 * directory". The prefix (sysroot, NULL or "" for none) is left out of the reason.
 */
#ifndef HOST_MACHINE_SYSFILE_H
#define HOST_MACHINE_SYSFILE_H

#include <stddef.h>

#include "host/err.h"

#define SYSFILE_MAX_BYTES (1u << 20)
#define SYSFILE_WHY_BYTES 256

struct sysfile_why {
	char text[SYSFILE_WHY_BYTES];
};

/*
 * The whole file in *data, NUL-terminated, to be freed by the caller; its length in *bytes unless
 * that is NULL. -EFBIG from SYSFILE_MAX_BYTES on. *data is NULL on failure.
 */
int sysfile_read(const char *sysroot, const char *path, char **data, size_t *bytes,
		 struct sysfile_why *why) FPB_MUST_CHECK;

/* The same without white space at the end. */
int sysfile_read_text(const char *sysroot, const char *path, char **text, struct sysfile_why *why)
	FPB_MUST_CHECK;

/* A file that holds one decimal number. -EINVAL: it holds something else. */
int sysfile_read_long(const char *sysroot, const char *path, long *value, struct sysfile_why *why)
	FPB_MUST_CHECK;

/* Prefix and path joined, to be freed by the caller; NULL when memory runs out. */
char *sysfile_path(const char *sysroot, const char *path) FPB_MUST_CHECK;

/* Fills why with "path: text of -code". Returns code. */
int sysfile_fail(struct sysfile_why *why, int code, const char *path);

#endif
