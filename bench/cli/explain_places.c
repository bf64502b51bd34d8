// SPDX-License-Identifier: MIT
#include "bench/cli/explain_places.h"

#include <errno.h>
#include <link.h>
#include <stdlib.h>

#include "bench/abi.h"
#include "bench/core/sampling.h"
#include "guest/x86/sled.h"
#include "host/vmm/payload.h"

/*
 * Where Linux puts a position-independent program when it draws no random address (norandmaps):
 * ELF_ET_DYN_BASE, two thirds of the address space, rounded down to a page.
 */
#define FIXED_BASE 0x555555554000ull

/* guest/embed.S */
extern const uint8_t fpb_payload_elf[];
extern const uint64_t fpb_payload_elf_bytes;

/* The program is the first of all objects. */
static int find_base(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(uint64_t *)base = info->dlpi_addr;
	return 1;
}

/* The address of something of this program in the program inside. */
static uint64_t inside(uintptr_t here)
{
	uint64_t base = 0;

	dl_iterate_phdr(find_base, &base);
	return base ? here - base + FIXED_BASE : here;
}

/* The payload says itself where its sled is. Its addresses are those of its image. */
static int find_sled(uint64_t *address, struct fpb_err *err)
{
	struct payload payload;
	void *memory = calloc(1, ABI_MEMORY_BYTES);
	int ret;

	if (!memory)
		return FPB_FAIL(err, -ENOMEM, "memory of the payload");
	ret = payload_load(fpb_payload_elf, fpb_payload_elf_bytes, memory, ABI_MEMORY_BYTES,
			   &payload, err);
	if (!ret)
		*address = payload.info.sled;
	free(memory);
	return ret;
}

int explain_places_find(bool is_guest, struct explain_places *places, struct fpb_err *err)
{
	*places = (struct explain_places){
		.start = inside((uintptr_t)fpb_sampling_run),
		.boundary = inside((uintptr_t)fpb_sled),
		.nested_begin = ABI_IMAGE_GPA,
		.nested_end = ABI_IMAGE_GPA + ABI_IMAGE_BYTES,
	};
	return is_guest ? find_sled(&places->boundary, err) : 0;
}
