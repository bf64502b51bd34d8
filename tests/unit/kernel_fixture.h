/* SPDX-License-Identifier: MIT */
/* kernel_fixture.h - small kernels, modules and packages, made to order in a temporary folder. */
#ifndef TESTS_UNIT_KERNEL_FIXTURE_H
#define TESTS_UNIT_KERNEL_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#define RELEASE "6.1.0-9-test"

/* Owned by whoever has it; what takes one frees it. */
struct blob {
	uint8_t *data;
	size_t bytes;
};

struct member {
	const char *path;
	struct blob blob;
};

struct blob blob_of(const void *data, size_t bytes);
struct blob blob_text(const char *text);
struct blob blob_zeros(size_t bytes);
/* An ELF file with a .modinfo of these two; NULL: without. */
struct blob blob_module(const char *depends, const char *release);
struct blob blob_bzimage(const char *release);
/* filter: "gzip", "xz", "zstd", "none". */
struct blob blob_packed(struct blob plain, const char *filter);
struct blob blob_tar(const struct member *members, const char *filter);
/* An ar archive. */
struct blob blob_ar(const struct member *members);
/* control NULL: a package without control.tar. The suffix of data.tar follows the filter. */
struct blob blob_deb(const char *control, const struct member *members, const char *filter);

/* "Package: NAME\nVersion: 1\nArchitecture: ARCHITECTURE\n" and whatever `more` is. */
char *control_text(const char *name, const char *architecture, const char *more);

/* cmocka set-up and tear-down: *state is the path of an empty folder. */
int folder_make(void **state);
int folder_drop(void **state);
/* FOLDER/NAME, there until folder_drop(). */
const char *path_of(const char *folder, const char *name);
/* Makes the folders above it as well; returns path_of(). */
const char *write_blob(const char *folder, const char *name, struct blob blob);

#endif
