// SPDX-License-Identifier: MIT
#include "host/machine/kernel_notes.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Name and descriptor are padded to 4 bytes. 64 bits, so that no 32-bit length wraps. */
static uint64_t padded(uint32_t bytes)
{
	return ((uint64_t)bytes + 3) & ~3ull;
}

static int to_hex(const uint8_t *id, size_t bytes, char *hex)
{
	size_t i;

	if (!bytes)
		return -ENODATA;
	if (bytes > KERNEL_BUILD_ID_MAX_BYTES)
		return -EFBIG;
	for (i = 0; i < bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return 0;
}

int kernel_notes_build_id(const void *notes, size_t bytes,
			  char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1])
{
	const uint8_t *at = notes;
	Elf64_Nhdr note;
	uint64_t name, descriptor;

	hex[0] = '\0';
	while (bytes >= sizeof(note)) {
		memcpy(&note, at, sizeof(note));
		at += sizeof(note);
		bytes -= sizeof(note);
		name = padded(note.n_namesz);
		descriptor = padded(note.n_descsz);
		if (name > bytes || note.n_descsz > bytes - name)
			return -EBADMSG;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)))
			return to_hex(at + name, note.n_descsz, hex);
		/* The last descriptor may lack its padding. */
		if (descriptor > bytes - name)
			break;
		at += name + descriptor;
		bytes -= name + descriptor;
	}
	return -ENODATA;
}
