/* SPDX-License-Identifier: MIT */
/*
 * payload.h - put an ELF64 image into guest memory.
 *
 * The image is linked at its guest-physical address (guest/payload.ld) and begins with a struct
 * abi_image_info. Everything is checked against the file's length and ABI_IMAGE_GPA/BYTES.
 */
#ifndef HOST_VMM_PAYLOAD_H
#define HOST_VMM_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "bench/abi.h"
#include "host/err.h"

struct payload {
	uint64_t entry;
	struct abi_image_info info;
};

/*
 * Copies the PT_LOAD segments of elf[0..bytes) into memory[0..memory_bytes), which is
 * guest-physical 0 onwards. -ENOEXEC: not such an image; -ESTALE: built for another ABI version.
 */
int payload_load(const void *elf, size_t bytes, void *memory, size_t memory_bytes,
		 struct payload *out, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * The planted slowdown: `nr` dependent one-instruction additions, then a return, at the head of the
 * sled. Only while no vCPU runs. -ERANGE when the sled is shorter.
 */
int payload_set_inject(const struct payload *payload, void *memory, uint32_t nr,
		       struct fpb_err *err) FPB_MUST_CHECK;

#endif
