// SPDX-License-Identifier: MIT
#include "tests/unit/fake_payload.h"

#include <stddef.h>
#include <string.h>

void fake_payload_init(struct fake_payload *p)
{
	const size_t segment_bytes = sizeof(p->info) + sizeof(p->code);

	*p = (struct fake_payload){
		.eh = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = FAKE_ENTRY_GPA,
			.e_phoff = offsetof(struct fake_payload, note),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		/* Would be refused were it looked at. */
		.note = { .p_type = PT_NOTE, .p_offset = ~0ull, .p_filesz = ~0ull },
		.load = {
			.p_type = PT_LOAD,
			.p_offset = offsetof(struct fake_payload, info),
			.p_vaddr = ABI_IMAGE_GPA,
			.p_paddr = ABI_IMAGE_GPA,
			.p_filesz = segment_bytes,
			.p_memsz = segment_bytes + FAKE_BSS_BYTES,
		},
		.info = {
			.magic = ABI_MAGIC,
			.version = ABI_VERSION,
			.list_hash = 0x1122334455667788ull,
			.trap_stubs = FAKE_STUBS_GPA,
			.trap_stub_bytes = FAKE_STUB_BYTES,
			.sled = FAKE_SLED_GPA,
			.sled_bytes = FAKE_SLED_BYTES,
		},
	};
	memset(p->code, 0x90, sizeof(p->code));
}
