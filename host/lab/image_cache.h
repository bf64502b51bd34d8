/* SPDX-License-Identifier: MIT */
/*
 * image_cache.h - files under names made of their contents, in a directory that processes share.
 *
 * A file is there whole or not at all. A user holds it by a shared lock (flock), which keeps it
 * from being dropped; files without a user go when there are too many, the longest unused first.
 * Whoever adds or drops files holds the lock of the directory, a file "lock" in it.
 */
#ifndef HOST_LAB_IMAGE_CACHE_H
#define HOST_LAB_IMAGE_CACHE_H

#include <stddef.h>

#include "host/err.h"

/* Waits for the lock of the directory: a descriptor, to be closed, or -errno. */
int lab_cache_lock(const char *directory, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * A file with these bytes, its name their SHA-256 and `suffix`; *path to be freed. Returns a
 * descriptor that holds its lock, to be closed when the file is no longer needed, or -errno, which
 * leaves nothing behind.
 */
int lab_cache_hold(const char *directory, const char *suffix, const void *data, size_t bytes,
		   char **path, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Keeps the `keep` most recently used of the files whose names end in `suffix`, and those in use,
 * and removes what a killed process was writing. Best effort: what cannot be removed stays.
 */
void lab_cache_prune(const char *directory, const char *suffix, size_t keep);

#endif
