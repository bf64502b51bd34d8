// SPDX-License-Identifier: MIT
#include "host/vmm/payload.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "guest/x86/desc.h"
#include "guest/x86/sled.h"

static bool in_image(uint64_t gpa, uint64_t bytes)
{
	return gpa >= ABI_IMAGE_GPA && bytes <= ABI_IMAGE_BYTES &&
	       gpa - ABI_IMAGE_GPA <= ABI_IMAGE_BYTES - bytes;
}

static int load_segment(const uint8_t *elf, size_t bytes, const Elf64_Phdr *ph, uint8_t *memory,
			struct fpb_err *err)
{
	if (ph->p_filesz > bytes || ph->p_offset > bytes - ph->p_filesz)
		return FPB_FAIL(err, -ENOEXEC, "payload: segment beyond the end of the file");
	if (ph->p_filesz > ph->p_memsz || !in_image(ph->p_paddr, ph->p_memsz))
		return FPB_FAIL(err, -ENOEXEC, "payload: segment at %#llx outside the image area",
				(unsigned long long)ph->p_paddr);
	memcpy(memory + ph->p_paddr, elf + ph->p_offset, ph->p_filesz);
	memset(memory + ph->p_paddr + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	return 0;
}

static int check_info(const struct abi_image_info *info, struct fpb_err *err)
{
	if (info->magic != ABI_MAGIC)
		return FPB_FAIL(err, -ENOEXEC, "payload: magic %#x, expected %#x", info->magic,
				ABI_MAGIC);
	if (info->version != ABI_VERSION)
		return FPB_FAIL(err, -ESTALE, "payload: ABI version %u, expected %u; rebuild",
				info->version, ABI_VERSION);
	if (info->trap_stub_bytes < 1 || info->trap_stub_bytes > 64 ||
	    !in_image(info->trap_stubs, info->trap_stub_bytes * NR_EXCEPTIONS) ||
	    !in_image(info->sled, info->sled_bytes) || info->sled_bytes < 1)
		return FPB_FAIL(err, -ENOEXEC, "payload: trap stubs or sled outside the image");
	return 0;
}

int payload_load(const void *elf, size_t bytes, void *memory, size_t memory_bytes,
		 struct payload *out, struct fpb_err *err)
{
	const uint8_t *file = elf;
	Elf64_Ehdr eh;
	int ret;

	if (memory_bytes < ABI_IMAGE_GPA + ABI_IMAGE_BYTES)
		return FPB_FAIL(err, -EINVAL, "payload: guest memory of %zu bytes is too small",
				memory_bytes);
	if (bytes < sizeof(eh))
		return FPB_FAIL(err, -ENOEXEC, "payload: %zu bytes are no ELF image", bytes);
	memcpy(&eh, file, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_machine != EM_X86_64 || eh.e_phentsize != sizeof(Elf64_Phdr))
		return FPB_FAIL(err, -ENOEXEC, "payload: not an ELF64 image for x86-64");
	if (eh.e_phoff > bytes || (uint64_t)eh.e_phnum * sizeof(Elf64_Phdr) > bytes - eh.e_phoff)
		return FPB_FAIL(err, -ENOEXEC,
				"payload: program headers beyond the end of the file");
	for (unsigned int i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, file + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD)
			continue;
		ret = load_segment(file, bytes, &ph, memory, err);
		if (ret)
			return ret;
	}
	if (!in_image(eh.e_entry, 1))
		return FPB_FAIL(err, -ENOEXEC, "payload: entry point outside the image");
	out->entry = eh.e_entry;
	memcpy(&out->info, (const uint8_t *)memory + ABI_IMAGE_GPA, sizeof(out->info));
	return check_info(&out->info, err);
}

int payload_set_inject(const struct payload *payload, void *memory, uint32_t nr,
		       struct fpb_err *err)
{
	uint8_t *sled = (uint8_t *)memory + payload->info.sled;

	if (sled_write(sled, payload->info.sled_bytes, nr))
		return FPB_FAIL(err, -ERANGE,
				"inject: %u additions do not fit the sled of %llu bytes", nr,
				(unsigned long long)payload->info.sled_bytes);
	return 0;
}
