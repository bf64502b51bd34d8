/* SPDX-License-Identifier: MIT */
/* fake_payload.h - the smallest ELF image payload_load() accepts, to be damaged field by field. */
#ifndef TESTS_UNIT_FAKE_PAYLOAD_H
#define TESTS_UNIT_FAKE_PAYLOAD_H

#include <elf.h>

#include "bench/abi.h"

#define FAKE_SLED_BYTES 64
#define FAKE_CODE_BYTES 1024
#define FAKE_STUB_BYTES 16
#define FAKE_STUBS_GPA	(ABI_IMAGE_GPA + sizeof(struct abi_image_info))
#define FAKE_SLED_GPA	(FAKE_STUBS_GPA + 32 * FAKE_STUB_BYTES)
#define FAKE_ENTRY_GPA	(FAKE_SLED_GPA + FAKE_SLED_BYTES)
#define FAKE_BSS_BYTES	4096 /* of zeros behind what the file holds */

struct fake_payload {
	Elf64_Ehdr eh;
	Elf64_Phdr note; /* no PT_LOAD: to be skipped */
	Elf64_Phdr load;
	struct abi_image_info info; /* the segment's first byte, ABI_IMAGE_GPA */
	uint8_t code[FAKE_CODE_BYTES];
};

void fake_payload_init(struct fake_payload *p);

#endif
