// SPDX-License-Identifier: MIT
#include "host/lab/kernel_bzimage.h"

#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_OFFSET	    0x1f1
#define SECTOR_BYTES	    0x200
#define PARAGRAPH_BYTES	    16 /* the unit of syssize */
#define BOOT_FLAG	    0xaa55
#define XLOADFLAGS_SINCE    0x20c
#define DEFAULT_SETUP_SECTS 4

static int read_header(const struct kernel_file *image, struct setup_header *header,
		       struct fpb_err *err)
{
	if (image->bytes >= SELFMAG && !memcmp(image->data, ELFMAG, SELFMAG))
		return FPB_FAIL(err, -EINVAL,
				"%s: an ELF file, as vmlinux is; expected a bzImage: give "
				"arch/x86/boot/bzImage of the same build",
				image->path);
	if (image->bytes < HEADER_OFFSET + sizeof(*header))
		return FPB_FAIL(err, -EINVAL,
				"%s: neither a .deb nor a bzImage: %zu bytes, truncated?",
				image->path, image->bytes);
	memcpy(header, image->data + HEADER_OFFSET, sizeof(*header));
	if (header->boot_flag != BOOT_FLAG || memcmp(&header->header, "HdrS", 4) != 0)
		return FPB_FAIL(err, -EINVAL,
				"%s: neither a .deb nor a bzImage, which has 0xaa55 at 0x1fe and "
				"HdrS at 0x202",
				image->path);
	return 0;
}

static int check_kind(const struct kernel_file *image, const struct setup_header *header,
		      struct fpb_err *err)
{
	if (header->version < XLOADFLAGS_SINCE)
		return FPB_FAIL(err, -EINVAL,
				"%s: boot protocol %u.%02u, expected 2.12 or later (Linux 3.8)",
				image->path, header->version >> 8, header->version & 0xffu);
	if (!(header->loadflags & LOADED_HIGH))
		return FPB_FAIL(err, -EINVAL, "%s: a zImage (loadflags 0x%02x), expected a bzImage",
				image->path, header->loadflags);
	if (!(header->xloadflags & XLF_KERNEL_64))
		return FPB_FAIL(err, -EINVAL,
				"%s: a 32-bit kernel (xloadflags 0x%04x), expected x86-64",
				image->path, header->xloadflags);
	return 0;
}

static int copy_version(const struct kernel_file *image, size_t setup_bytes, size_t offset,
			char **release, char **version, struct fpb_err *err)
{
	const char *text = (const char *)image->data + offset;
	size_t release_length, i;

	if (offset >= setup_bytes || !memchr(text, '\0', setup_bytes - offset))
		return FPB_FAIL(err, -EINVAL, "%s: kernel_version of the header points outside it",
				image->path);
	release_length = strcspn(text, " ");
	/* It becomes part of folder names. */
	for (i = 0; i < release_length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '/')
			break;
	if (!release_length || i < release_length)
		return FPB_FAIL(err, -EINVAL, "%s: no release in the header's kernel_version",
				image->path);
	*release = strndup(text, release_length);
	*version = strdup(text);
	if (*release && *version)
		return 0;
	free(*release);
	free(*version);
	*release = *version = NULL;
	return FPB_FAIL(err, -ENOMEM, "%s: kernel_version", image->path);
}

int kernel_bzimage_check(const struct kernel_file *image, char **release, char **version,
			 struct fpb_err *err)
{
	struct setup_header header = { 0 };
	uint64_t setup_bytes, whole;
	int rc = read_header(image, &header, err);

	if (!rc)
		rc = check_kind(image, &header, err);
	if (rc)
		return rc;
	setup_bytes = (uint64_t)SECTOR_BYTES *
		      (1u + (header.setup_sects ? header.setup_sects : DEFAULT_SETUP_SECTS));
	whole = setup_bytes + (uint64_t)PARAGRAPH_BYTES * header.syssize;
	if (image->bytes < whole)
		return FPB_FAIL(err, -EINVAL, "%s: truncated: %zu bytes, its header says %llu",
				image->path, image->bytes, (unsigned long long)whole);
	return copy_version(image, setup_bytes, (size_t)SECTOR_BYTES + header.kernel_version,
			    release, version, err);
}
