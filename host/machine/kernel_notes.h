/* SPDX-License-Identifier: MIT */
/* kernel_notes.h - the GNU build-id in a kernel's ELF notes (/sys/kernel/notes). */
#ifndef HOST_MACHINE_KERNEL_NOTES_H
#define HOST_MACHINE_KERNEL_NOTES_H

#include <stddef.h>

#include "host/err.h"

#define KERNEL_BUILD_ID_MAX_BYTES 64

/*
 * Finds the note "GNU" of type NT_GNU_BUILD_ID in bytes of ELF notes and writes its descriptor in
 * lower-case hex, terminated, into hex. -ENODATA: there is none, or it is empty; -EBADMSG: a note
 * reaches past the end; -EFBIG: an id longer than KERNEL_BUILD_ID_MAX_BYTES.
 */
int kernel_notes_build_id(const void *notes, size_t bytes,
			  char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1]) FPB_MUST_CHECK;

#endif
