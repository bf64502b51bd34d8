// SPDX-License-Identifier: MIT
#include "host/lab/kernel_modinfo.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct range {
	const char *at;
	size_t bytes;
};

static bool section_range(const struct kernel_file *module, const Elf64_Shdr *section,
			  struct range *range)
{
	if (section->sh_type == SHT_NOBITS || section->sh_offset > module->bytes ||
	    section->sh_size > module->bytes - section->sh_offset)
		return false;
	range->at = (const char *)module->data + section->sh_offset;
	range->bytes = section->sh_size;
	return true;
}

static bool name_is(const struct range *names, uint32_t offset, const char *name)
{
	const size_t size = strlen(name) + 1;

	return offset <= names->bytes && size <= names->bytes - offset &&
	       !memcmp(names->at + offset, name, size);
}

static bool read_section(const struct kernel_file *module, const Elf64_Ehdr *elf, size_t index,
			 Elf64_Shdr *section)
{
	if (elf->e_shoff > module->bytes ||
	    index >= (module->bytes - elf->e_shoff) / sizeof(*section))
		return false;
	memcpy(section, module->data + elf->e_shoff + index * sizeof(*section), sizeof(*section));
	return true;
}

static bool find_section(const struct kernel_file *module, const Elf64_Ehdr *elf, const char *name,
			 struct range *range)
{
	struct range names;
	Elf64_Shdr section;
	size_t i;

	if (elf->e_shstrndx >= elf->e_shnum ||
	    !read_section(module, elf, elf->e_shstrndx, &section) ||
	    !section_range(module, &section, &names))
		return false;
	for (i = 0; i < elf->e_shnum && read_section(module, elf, i, &section); i++)
		if (name_is(&names, section.sh_name, name))
			return section_range(module, &section, range);
	return false;
}

static bool is_module(const struct kernel_file *module, Elf64_Ehdr *elf)
{
	if (module->bytes < sizeof(*elf))
		return false;
	memcpy(elf, module->data, sizeof(*elf));
	return !memcmp(elf->e_ident, ELFMAG, SELFMAG) && elf->e_ident[EI_CLASS] == ELFCLASS64 &&
	       elf->e_ident[EI_DATA] == ELFDATA2LSB && elf->e_type == ET_REL &&
	       elf->e_machine == EM_X86_64 && elf->e_shentsize == sizeof(Elf64_Shdr);
}

static const char *value_of(const struct range *info, const char *key)
{
	const char *at = info->at, *end = info->at + info->bytes;
	const size_t length = strlen(key);

	for (; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, length) && at[length] == '=')
			return at + length + 1;
	return NULL;
}

int kernel_modinfo_read(const struct kernel_file *module, struct kernel_modinfo *info,
			struct fpb_err *err)
{
	struct range range;
	Elf64_Ehdr elf;

	if (!is_module(module, &elf))
		return FPB_FAIL(err, -EINVAL,
				"%s: not a module for x86-64 (an ELF64 relocatable file)",
				module->path);
	/* What follows may treat it as strings once the last byte is known to end one. */
	if (!find_section(module, &elf, ".modinfo", &range) || !range.bytes ||
	    range.at[range.bytes - 1] != '\0')
		return FPB_FAIL(err, -EINVAL, "%s: no whole .modinfo section: truncated?",
				module->path);
	info->depends = value_of(&range, "depends");
	info->vermagic = value_of(&range, "vermagic");
	if (!info->vermagic)
		return FPB_FAIL(err, -EINVAL, "%s: .modinfo has no vermagic", module->path);
	if (!info->depends)
		info->depends = "";
	return 0;
}
