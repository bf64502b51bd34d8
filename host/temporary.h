/* SPDX-License-Identifier: MIT */
/* temporary.h - folders for the time of one task. */
#ifndef HOST_TEMPORARY_H
#define HOST_TEMPORARY_H

#include "host/err.h"

/*
 * Makes TMPDIR/fpstate-bench-NAME.XXXXXX, below /tmp where TMPDIR is not set. *path is for free();
 * NULL after an error.
 */
int temporary_folder_make(const char *name, char **path, struct fpb_err *err) FPB_MUST_CHECK;

/* With all that is in it; links are not followed. What cannot be removed stays. NULL: none. */
void temporary_folder_remove(const char *path);

#endif
