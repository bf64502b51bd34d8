// SPDX-License-Identifier: MIT
/* test_lab_kernel_errors.c - what is no kernel is refused with its name and the remedy. */
#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/kernel.h"
#include "tests/unit/kernel_fixture.h"

#define MODULES "lib/modules/" RELEASE "/"
#define KVM	MODULES "kernel/arch/x86/kvm/kvm.ko"
#define KVM_AMD MODULES "kernel/arch/x86/kvm/kvm-amd.ko"
#define BUILTIN MODULES "modules.builtin"
#define VMLINUZ "boot/vmlinuz-" RELEASE

static void refuses(const char *operand, const char *modules_dir, int code, const char *text,
		    const char *more)
{
	struct lab_kernel kernel;
	struct fpb_err err = { 0 };

	assert_int_equal(lab_kernel_load(operand, modules_dir, &kernel, &err), code);
	if (!strstr(err.text, text) || !strstr(err.text, more))
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", err.text, text, more);
	assert_int_equal(err.code, code);
	assert_null(kernel.origin);
	/* Without a record of the failure as well. */
	assert_int_equal(lab_kernel_load(operand, modules_dir, &kernel, NULL), code);
}

static const char *deb(const char *folder, const char *control, const struct member *members)
{
	return write_blob(folder, "x.deb", blob_deb(control, members, "gzip"));
}

static const char *control(const char *more)
{
	return control_text("linux-image-" RELEASE, "amd64", more);
}

#define KERNEL_MEMBER                                                                              \
	{                                                                                          \
		VMLINUZ, blob_bzimage(RELEASE)                                                     \
	}

/* One package each. */
static void packages(void **state)
{
	struct {
		const char *control; /* copied, since control_text() has one buffer */
		struct member members[4];
		int code;
		const char *text, *more;
	} cases[] = {
		{ strdup(control_text("linux-image-arm64", "arm64", "")),
		  { KERNEL_MEMBER },
		  -EINVAL,
		  "arm64",
		  "expected amd64" },
		{ strdup(control_text("linux-image-" RELEASE "-dbg", "amd64", "")),
		  { KERNEL_MEMBER },
		  -ENODATA,
		  "linux-image-" RELEASE "-dbg holds debug symbols",
		  "without the ending" },
		{ strdup("Source: linux\n"), { KERNEL_MEMBER }, -EINVAL, "lacks Package", "" },
		{ strdup(control_text("linux-image-amd64", "amd64",
				      "Depends: linux-image-6.1.0-56-amd64 (= 6.1.192-2),\n"
				      " linux-base-6.1.0-56 | other, kmod\nSection: kernel\n")),
		  { { "usr/share/doc/linux-image-amd64/copyright", blob_text("-") } },
		  -ENODATA,
		  "metapackage for linux-image-6.1.0-56-amd64, linux-base-6.1.0-56:",
		  "give the .deb" },
		{ strdup(control_text("hello", "amd64", "")),
		  { { "usr/bin/hello", blob_text("-") } },
		  -ENODATA,
		  "no kernel in it",
		  "give a linux-image package" },
		{ strdup(control_text("linux-modules-" RELEASE, "amd64",
				      "Depends: linux-base-" RELEASE "\n")),
		  { { KVM, blob_module("", RELEASE) } },
		  -ENODATA,
		  "modules of " RELEASE ", but no kernel",
		  "linux-binary-" RELEASE },
		{ strdup(control("")),
		  { KERNEL_MEMBER },
		  -ENODATA,
		  "without its modules: join by a comma",
		  "linux-modules-" RELEASE },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { BUILTIN, blob_text("kernel/fs/ext4.ko\n") } },
		  -ENODATA,
		  "no KVM in it",
		  "CONFIG_KVM" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { MODULES "kernel/fs/ext4.ko", blob_module("", RELEASE) } },
		  -ENODATA,
		  "modules.builtin (which is not there)",
		  "CONFIG_KVM" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM, blob_module("", RELEASE) } },
		  -ENODATA,
		  "neither kvm-amd nor kvm-intel",
		  "CONFIG_KVM_AMD" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_module("kvm", RELEASE) } },
		  -ENODATA,
		  "kvm_amd depends on module kvm,",
		  "" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_module("unheard-of", RELEASE) } },
		  -ENODATA,
		  "kvm_amd depends on module unheard_of,",
		  "" },
		{ strdup(control("")),
		  { KERNEL_MEMBER,
		    { KVM, blob_module("irqbypass", RELEASE) },
		    { MODULES "irqbypass.ko", blob_module("kvm", RELEASE) } },
		  -ENODATA,
		  "neither kvm-amd",
		  "" },
		{ strdup(control("")),
		  { KERNEL_MEMBER,
		    { KVM_AMD, blob_module("ccp", RELEASE) },
		    { MODULES "ccp.ko", blob_module("kvm-amd", RELEASE) } },
		  -EINVAL,
		  "kvm_amd depends, in a circle",
		  "" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_module("", "6.1.0-8-test") } },
		  -EINVAL,
		  "kvm-amd.ko: built for kernel 6.1.0-8-test,",
		  "expected " RELEASE },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_module("", "6.1.0-9") } },
		  -EINVAL,
		  "built for kernel 6.1.0-9,",
		  "expected " RELEASE },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_module("", NULL) } },
		  -EINVAL,
		  "no vermagic",
		  "" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_text("\177ELF") } },
		  -EINVAL,
		  "not a module for x86-64",
		  KVM_AMD },
		{ strdup(control("")),
		  { KERNEL_MEMBER,
		    { KVM_AMD, blob_module("", RELEASE) },
		    { MODULES "updates/kvm-amd.ko", blob_module("", RELEASE) } },
		  -EINVAL,
		  "module kvm_amd twice",
		  "updates/kvm-amd.ko" },
		{ strdup(control("")),
		  { { VMLINUZ, blob_text("\177ELF") } },
		  -EINVAL,
		  "an ELF file, as vmlinux is",
		  "arch/x86/boot/bzImage" },
		{ strdup(control("")),
		  { KERNEL_MEMBER, { KVM_AMD, blob_zeros(300 << 10) } },
		  -EINVAL,
		  "not a module",
		  "" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refuses(deb(*state, cases[i].control, cases[i].members), NULL, cases[i].code,
			cases[i].text, cases[i].more);
		free((void *)(uintptr_t)cases[i].control);
	}
}

static void not_a_whole_package(void **state)
{
	const struct member members[] = { KERNEL_MEMBER, { 0 } };
	const struct member ends_early[] = { { "debian-binary", blob_text("2.0\n") }, { 0 } };
	const struct member no_tar[] = { { "debian-binary", blob_text("2.0\n") },
					 { "control.tar.gz", blob_text("not a tar") },
					 { 0 } };

	refuses(write_blob(*state, "a.deb", blob_deb(NULL, members, "xz")), NULL, -EINVAL,
		"a.deb: no control file before data.tar.xz", "not a Debian package");
	refuses(write_blob(*state, "b.deb", blob_ar(ends_early)), NULL, -EINVAL,
		"b.deb: truncated: it ends before its data.tar", "fetch it again");
	refuses(write_blob(*state, "c.deb", blob_ar(no_tar)), NULL, -EINVAL,
		"c.deb: control.tar.gz: damaged or truncated", "fetch it again");
}

/* The header of a tar member that goes on for terabytes. */
static struct blob endless_tar(const char *name)
{
	struct blob blob = blob_zeros(512);
	unsigned int sum = 0;
	char *header = (char *)blob.data;
	size_t i;

	snprintf(header, 100, "%s", name);
	snprintf(header + 100, 8, "0000644");
	snprintf(header + 108, 8, "0000000");
	snprintf(header + 116, 8, "0000000");
	snprintf(header + 124, 12, "77777777777");
	snprintf(header + 136, 12, "00000000000");
	memset(header + 148, ' ', 8);
	header[156] = '0';
	snprintf(header + 257, 6, "ustar");
	memset(header + 263, '0', 2);
	for (i = 0; i < 512; i++)
		sum += blob.data[i];
	snprintf(header + 148, 8, "%06o", sum);
	return blob;
}

static void too_large(void **state)
{
	const struct member controls[] = {
		{ "./control", blob_text(control_text("linux-image-" RELEASE, "amd64", "")) }, { 0 }
	};
	const struct member endless[] = { { "debian-binary", blob_text("2.0\n") },
					  { "control.tar.gz", blob_tar(controls, "gzip") },
					  { "data.tar", endless_tar("./usr/share/doc/x") },
					  { 0 } };
	const struct member members[] = { KERNEL_MEMBER,
					  { KVM_AMD, blob_zeros(((size_t)64 << 20) + 1) },
					  { 0 } };
	const struct member bomb[] = { KERNEL_MEMBER,
				       { KVM_AMD ".gz",
					 blob_packed(blob_zeros(((size_t)64 << 20) + 1), "gzip") },
				       { 0 } };
	const char *image = write_blob(*state, "bzImage", blob_bzimage(RELEASE));

	refuses(write_blob(*state, "endless.deb", blob_ar(endless)), NULL, -EINVAL,
		"data.tar: unpacks to more than 4 GiB", "");
	refuses(deb(*state, control(""), members), NULL, -EINVAL, "kvm-amd.ko: larger than 64 MiB",
		"");
	refuses(deb(*state, control(""), bomb), NULL, -EINVAL, "kvm-amd.ko.gz: larger than 64 MiB",
		"");
	assert_int_equal(truncate(image, (off_t)257 << 20), 0);
	refuses(image, NULL, -EINVAL, "bzImage: larger than 256 MiB", "");
}

static void too_many_modules(void **state)
{
	char name[32], depends[32];
	const char *image = write_blob(*state, "bzImage", blob_bzimage(RELEASE));
	int i;

	write_blob(*state, "lib/kvm-amd.ko", blob_module("m0", RELEASE));
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "lib/m%d.ko", i);
		snprintf(depends, sizeof(depends), "m%d", i + 1);
		write_blob(*state, name, blob_module(depends, RELEASE));
	}
	refuses(image, path_of(*state, "lib"), -EINVAL, "more than 64 modules", "");
}

static void operands(void **state)
{
	const char *folder = *state;
	const char *image = write_blob(folder, "bzImage", blob_bzimage(RELEASE));
	char joined[2048];

	refuses(path_of(folder, "absent"), NULL, -ENOENT, "absent", "");
	refuses(path_of(folder, "a.deb,b.deb"), NULL, -ENOENT, "a.deb", "");
	snprintf(joined, sizeof(joined), "%s,%s", image, image);
	refuses(joined, NULL, -EINVAL, "bzImage: not a .deb", "only packages are joined");
	refuses("/dev/null", NULL, -EINVAL, "not a regular file", "");
	refuses(image, NULL, -ENODATA, "give --modules lib/modules/" RELEASE, "");
	refuses(image, path_of(folder, "absent"), -ENOENT, "expected lib/modules/" RELEASE, "");
	assert_int_equal(mkdir(path_of(folder, "empty"), 0755), 0);
	refuses(image, path_of(folder, "empty"), -ENODATA, "no modules and no modules.builtin",
		"empty");
}

static void build_trees(void **state)
{
	const char *folder = *state;

	refuses(folder, NULL, -ENODATA, "without arch/x86/boot/bzImage", "make bzImage modules");
	write_blob(folder, "arch/x86/boot/bzImage", blob_bzimage(RELEASE));
	refuses(folder, NULL, -ENODATA, "no modules and no modules.builtin", "make modules");
	write_blob(folder, "include/config/kernel.release", blob_text("6.1.0-other\n"));
	refuses(folder, NULL, -EINVAL, "kernel.release: 6.1.0-other, but",
		"bzImage is " RELEASE ": run");
	write_blob(folder, "include/config/kernel.release", blob_text(RELEASE "\n"));
	write_blob(folder, "modules.order", blob_text("arch/x86/kvm/kvm-amd.o\n"));
	refuses(folder, NULL, -ENOENT, "arch/x86/kvm/kvm-amd.ko", "");
}

/* What one change of the header leads to. */
static void bzimages(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
		size_t bytes;
		const char *text;
	} cases[] = {
		{ 0x1fe, 0, 2, "neither a .deb nor a bzImage" },
		{ 0x202, 0, 4, "neither a .deb nor a bzImage" },
		{ 0x206, 0x20b, 2, "boot protocol 2.11, expected 2.12" },
		{ 0x211, 0, 1, "a zImage (loadflags 0x00)" },
		{ 0x236, 0, 2, "a 32-bit kernel (xloadflags 0x0000)" },
		{ 0x1f4, 5, 4, "truncated: 1088 bytes, its header says 1104" },
		{ 0x1f4, UINT32_MAX, 4, "truncated" },
		{ 0x1f1, 0, 1, "truncated" },
		{ 0x20e, 0x200, 2, "points outside" },
		{ 0x20e, 0xffff, 2, "points outside" },
		{ 0x300, ' ', 1, "no release" },
		{ 0x304, '/', 1, "no release" },
		{ 0x304, 0x80, 1, "no release" },
	};
	struct blob blob;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		blob = blob_bzimage(RELEASE);
		memcpy(blob.data + cases[i].offset, &cases[i].value, cases[i].bytes);
		refuses(write_blob(*state, "bzImage", blob), *state, -EINVAL, cases[i].text,
			"bzImage");
	}
	refuses(write_blob(*state, "bzImage", blob_zeros(600)), *state, -EINVAL,
		"neither a .deb nor a bzImage: 600 bytes", "truncated?");
	/* kernel_version without an end. */
	blob = blob_bzimage(RELEASE);
	memset(blob.data + 0x300, 'x', blob.bytes - 0x300);
	refuses(write_blob(*state, "bzImage", blob), *state, -EINVAL, "points outside", "");
}

/* What one change of the module's ELF headers leads to. */
static void modules(void **state)
{
	static const struct {
		size_t offset;
		uint64_t value;
		size_t bytes;
		const char *text;
	} cases[] = {
		{ EI_CLASS, ELFCLASS32, 1, "not a module" },
		{ EI_DATA, ELFDATA2MSB, 1, "not a module" },
		{ offsetof(Elf64_Ehdr, e_type), ET_EXEC, 2, "not a module" },
		{ offsetof(Elf64_Ehdr, e_machine), EM_AARCH64, 2, "not a module" },
		{ offsetof(Elf64_Ehdr, e_shentsize), 8, 2, "not a module" },
		{ offsetof(Elf64_Ehdr, e_shoff), UINT64_MAX, 8, "no whole .modinfo" },
		{ offsetof(Elf64_Ehdr, e_shoff), 1 << 20, 8, "no whole .modinfo" },
		{ offsetof(Elf64_Ehdr, e_shnum), 0, 2, "no whole .modinfo" },
		{ offsetof(Elf64_Ehdr, e_shstrndx), 3, 2, "no whole .modinfo" },
		/* The name of .modinfo. */
		{ sizeof(Elf64_Ehdr) + 3, 'x', 1, "no whole .modinfo" },
	};
	const char *image = write_blob(*state, "bzImage", blob_bzimage(RELEASE));
	struct blob blob;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		blob = blob_module("", RELEASE);
		memcpy(blob.data + cases[i].offset, &cases[i].value, cases[i].bytes);
		write_blob(*state, "lib/kvm-amd.ko", blob);
		refuses(image, path_of(*state, "lib"), -EINVAL, cases[i].text, "lib/kvm-amd.ko");
	}
	/* .modinfo reaches past the end of the file, then ends without a NUL. */
	for (i = 0; i < 2; i++) {
		Elf64_Ehdr elf;
		Elf64_Shdr section;

		blob = blob_module("", RELEASE);
		memcpy(&elf, blob.data, sizeof(elf));
		memcpy(&section, blob.data + elf.e_shoff + sizeof(section), sizeof(section));
		section.sh_size = i ? section.sh_size - 1 : UINT64_MAX;
		memcpy(blob.data + elf.e_shoff + sizeof(section), &section, sizeof(section));
		write_blob(*state, "lib/kvm-amd.ko", blob);
		refuses(image, path_of(*state, "lib"), -EINVAL, "no whole .modinfo", "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packages, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(not_a_whole_package, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(too_large, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(too_many_modules, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(operands, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(build_trees, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(bzimages, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(modules, folder_make, folder_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
