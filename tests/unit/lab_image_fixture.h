/* SPDX-License-Identifier: MIT */
/* lab_image_fixture.h - a kernel that none is, a directory of one's own, and images read back. */
#ifndef TESTS_UNIT_LAB_IMAGE_FIXTURE_H
#define TESTS_UNIT_LAB_IMAGE_FIXTURE_H

#include <stddef.h>

#include "host/lab/image.h"

/* Four modules: irqbypass, kvm, kvm_amd, kvm_intel; contents of a few bytes. Not to be cleared. */
extern const struct lab_kernel fixture_kernel;

/* A new directory below $TMPDIR or /tmp, to be freed after fixture_remove(). */
char *fixture_directory(void);
/* With all in it. */
void fixture_remove(const char *directory);

size_t fixture_count(const char *directory, const char *suffix);

/* The whole file, to be freed. */
unsigned char *fixture_read(const char *path, size_t *bytes);

/* A file of the initramfs: its bytes with a NUL behind, to be freed; NULL: not in it. */
char *fixture_extract(const char *initramfs, const char *name, size_t *bytes);

/* All of the initramfs as files below `directory`. */
void fixture_unpack(const char *initramfs, const char *directory);

#endif
