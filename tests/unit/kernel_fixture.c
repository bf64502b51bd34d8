// SPDX-License-Identifier: MIT
#include "tests/unit/kernel_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <asm/bootparam.h>
#include <elf.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ARCHIVE_MAX_BYTES ((size_t)1 << 20)
#define HEADER_OFFSET	  0x1f1
#define SETUP_BYTES	  ((size_t)2 * 512)
#define SYSSIZE		  4u
#define MAX_PATHS	  256

/* Those of path_of(), until the folder is dropped. */
static char *paths[MAX_PATHS];
static size_t nr_paths;

struct blob blob_of(const void *data, size_t bytes)
{
	struct blob blob = { malloc(bytes + 1), bytes };

	assert_non_null(blob.data);
	memcpy(blob.data, data, bytes);
	return blob;
}

struct blob blob_text(const char *text)
{
	return blob_of(text, strlen(text));
}

struct blob blob_zeros(size_t bytes)
{
	struct blob blob = { calloc(1, bytes), bytes };

	assert_non_null(blob.data);
	return blob;
}

/* Section header strings, .modinfo, section headers, one behind the other. */
struct blob blob_module(const char *depends, const char *release)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	char info[512] = "license=GPL";
	size_t info_bytes = strlen(info) + 1;
	struct blob blob;
	Elf64_Ehdr elf = { .e_ident = ELFMAG,
			   .e_type = ET_REL,
			   .e_machine = EM_X86_64,
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 3,
			   .e_shstrndx = 2 };
	Elf64_Shdr sections[3] = { 0 };

	if (depends)
		info_bytes += (size_t)sprintf(info + info_bytes, "depends=%s", depends) + 1;
	if (release)
		info_bytes +=
			(size_t)sprintf(info + info_bytes, "vermagic=%s SMP mod_unload ", release) +
			1;
	elf.e_ident[EI_CLASS] = ELFCLASS64;
	elf.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.e_ident[EI_VERSION] = EV_CURRENT;
	elf.e_shoff = sizeof(elf) + sizeof(names) + info_bytes;
	sections[1] = (Elf64_Shdr){ .sh_name = 1,
				    .sh_type = SHT_PROGBITS,
				    .sh_offset = sizeof(elf) + sizeof(names),
				    .sh_size = info_bytes };
	sections[2] = (Elf64_Shdr){ .sh_name = 10,
				    .sh_type = SHT_STRTAB,
				    .sh_offset = sizeof(elf),
				    .sh_size = sizeof(names) };
	blob = blob_zeros(elf.e_shoff + sizeof(sections));
	memcpy(blob.data, &elf, sizeof(elf));
	memcpy(blob.data + sizeof(elf), names, sizeof(names));
	memcpy(blob.data + sizeof(elf) + sizeof(names), info, info_bytes);
	memcpy(blob.data + elf.e_shoff, sections, sizeof(sections));
	return blob;
}

struct blob blob_bzimage(const char *release)
{
	struct blob blob = blob_zeros(SETUP_BYTES + (size_t)16 * SYSSIZE);
	struct setup_header header = { .setup_sects = 1,
				       .syssize = SYSSIZE,
				       .boot_flag = 0xaa55,
				       .version = 0x20f,
				       .loadflags = LOADED_HIGH,
				       .xloadflags = XLF_KERNEL_64,
				       .kernel_version = 0x100 };

	memcpy(&header.header, "HdrS", 4);
	memcpy(blob.data + HEADER_OFFSET, &header, sizeof(header));
	sprintf((char *)blob.data + 0x300, "%s (someone@somewhere) #1 SMP", release);
	return blob;
}

static struct archive *archive_open(struct blob *blob, const char *filter)
{
	struct archive *archive = archive_write_new();

	assert_non_null(archive);
	*blob = blob_zeros(ARCHIVE_MAX_BYTES);
	if (strcmp(filter, "none") != 0)
		assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	/* No padding behind the end. */
	archive_write_set_bytes_per_block(archive, 0);
	return archive;
}

static void add(struct archive *archive, const char *path, const struct blob *blob)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)blob->bytes);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, blob->data, blob->bytes), blob->bytes);
	archive_entry_free(entry);
}

static struct blob blob_archive(const struct member *members, int (*set_format)(struct archive *),
				const char *filter)
{
	struct blob blob;
	struct archive *archive = archive_open(&blob, filter);

	assert_int_equal(set_format(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, blob.data, ARCHIVE_MAX_BYTES,
						   &blob.bytes),
			 ARCHIVE_OK);
	for (; members->path; members++) {
		add(archive, members->path, &members->blob);
		free(members->blob.data);
	}
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return blob;
}

struct blob blob_packed(struct blob plain, const char *filter)
{
	const struct member members[] = { { "data", plain }, { 0 } };

	return blob_archive(members, archive_write_set_format_raw, filter);
}

struct blob blob_tar(const struct member *members, const char *filter)
{
	return blob_archive(members, archive_write_set_format_gnutar, filter);
}

struct blob blob_ar(const struct member *members)
{
	return blob_archive(members, archive_write_set_format_ar_bsd, "none");
}

struct blob blob_deb(const char *control, const struct member *members, const char *filter)
{
	const struct member controls[] = { { "./control", blob_text(control ? control : "") },
					   { 0 } };
	char name[32];
	struct member all[] = { { "debian-binary", blob_text("2.0\n") },
				{ control ? "control.tar.gz" : "_other",
				  blob_tar(controls, "gzip") },
				{ name, blob_tar(members, filter) },
				{ 0 } };

	snprintf(name, sizeof(name), "data.tar%s",
		 !strcmp(filter, "gzip")   ? ".gz"
		 : !strcmp(filter, "xz")   ? ".xz"
		 : !strcmp(filter, "zstd") ? ".zst"
					   : "");
	return blob_ar(all);
}

char *control_text(const char *name, const char *architecture, const char *more)
{
	static char text[4096];

	snprintf(text, sizeof(text), "Package: %s\nVersion: 1\nArchitecture: %s\n%s", name,
		 architecture, more);
	return text;
}

int folder_make(void **state)
{
	char *folder = strdup("/tmp/fpb-kernel-XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int folder_drop(void **state)
{
	int rc = nftw(*state, drop, 8, FTW_DEPTH | FTW_PHYS);

	while (nr_paths)
		free(paths[--nr_paths]);
	free(*state);
	return rc;
}

const char *path_of(const char *folder, const char *name)
{
	char path[512];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (i = 0; i < nr_paths; i++)
		if (!strcmp(paths[i], path))
			return paths[i];
	assert_true(nr_paths < MAX_PATHS);
	paths[nr_paths] = strdup(path);
	assert_non_null(paths[nr_paths]);
	return paths[nr_paths++];
}

const char *write_blob(const char *folder, const char *name, struct blob blob)
{
	const char *path = path_of(folder, name);
	char above[512];
	char *slash;
	FILE *file;

	snprintf(above, sizeof(above), "%s", path);
	for (slash = above + strlen(folder); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		mkdir(above, 0755);
		*slash = '/';
	}
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(blob.data, 1, blob.bytes, file), blob.bytes);
	assert_int_equal(fclose(file), 0);
	free(blob.data);
	return path;
}
