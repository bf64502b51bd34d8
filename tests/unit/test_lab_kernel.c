// SPDX-License-Identifier: MIT
/* test_lab_kernel.c - every form in which a kernel is given, and the order of its modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/lab/kernel.h"
#include "tests/unit/kernel_fixture.h"

#define AMD   LAB_NEEDED_BY_AMD
#define INTEL LAB_NEEDED_BY_INTEL
#define BOTH  (AMD | INTEL)

#define MODULES_DIR "root/lib/modules/" RELEASE
#define MODULES	    "./lib/modules/" RELEASE "/"
#define KVM_DIR	    MODULES "kernel/arch/x86/kvm/"

struct expected {
	const char *name;
	uint32_t needed_by;
};

static void load(struct lab_kernel *kernel, const char *operand, const char *modules_dir)
{
	struct fpb_err err = { 0 };
	int rc = lab_kernel_load(operand, modules_dir, kernel, &err);

	if (rc)
		print_error("%s\n", err.text);
	assert_int_equal(rc, 0);
	assert_string_equal(kernel->origin, operand);
	assert_string_equal(kernel->release, RELEASE);
	assert_string_equal(kernel->version, RELEASE " (someone@somewhere) #1 SMP");
	assert_memory_equal(kernel->vmlinuz + 0x202, "HdrS", 4);
	assert_true(kernel->vmlinuz_bytes > 1024);
}

static void modules_are(const struct lab_kernel *kernel, const struct expected *expected)
{
	size_t i;

	for (i = 0; expected[i].name; i++) {
		assert_true(i < kernel->nr_modules);
		assert_string_equal(kernel->module[i].name, expected[i].name);
		assert_int_equal(kernel->module[i].needed_by, expected[i].needed_by);
		assert_memory_equal(kernel->module[i].image, "\177ELF", 4);
	}
	assert_int_equal(kernel->nr_modules, i);
}

static void loads_as(const char *operand, const char *modules_dir, const struct expected *expected)
{
	struct lab_kernel kernel;

	load(&kernel, operand, modules_dir);
	modules_are(&kernel, expected);
	lab_kernel_clear(&kernel);
	assert_null(kernel.module);
}

static const char *image_control(void)
{
	return control_text("linux-image-" RELEASE, "amd64",
			    "Depends: kmod, linux-base (>= 4.3~)\n");
}

/* As Debian's generic kernels are. */
static const struct expected generic[] = { { "irqbypass", BOTH },  { "kvm", BOTH },
					   { "ccp", AMD },	   { "kvm_amd", AMD },
					   { "kvm_intel", INTEL }, { 0 } };

static const char *write_generic(const char *folder, const char *filter, const char *module_filter,
				 const char *suffix)
{
	static const struct {
		const char *path, *depends;
	} modules[] = {
		{ KVM_DIR "kvm-amd.ko", "ccp,kvm" },
		{ KVM_DIR "kvm-intel.ko", "kvm" },
		{ KVM_DIR "kvm.ko", "irqbypass" },
		{ MODULES "kernel/drivers/crypto/ccp/ccp.ko", "" },
		{ MODULES "kernel/fs/other.ko", "not-to-be-read" },
		{ MODULES "kernel/virt/lib/irqbypass.ko", "" },
	};
	struct member members[sizeof(modules) / sizeof(modules[0]) + 2] = {
		{ "./boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) }
	};
	char paths[sizeof(modules) / sizeof(modules[0])][128];
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s%s", modules[i].path, suffix);
		members[i + 1].path = paths[i];
		members[i + 1].blob =
			blob_packed(blob_module(modules[i].depends, RELEASE), module_filter);
	}
	return write_blob(folder, "kernel.deb", blob_deb(image_control(), members, filter));
}

static void package_in_every_compression(void **state)
{
	static const struct {
		const char *filter, *module_filter, *suffix;
	} kinds[] = {
		{ "xz", "none", "" },
		{ "zstd", "xz", ".xz" },
		{ "gzip", "zstd", ".zst" },
		{ "none", "gzip", ".gz" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		loads_as(write_generic(*state, kinds[i].filter, kinds[i].module_filter,
				       kinds[i].suffix),
			 NULL, generic);
}

static void images_are_unpacked(void **state)
{
	struct blob plain = blob_module("irqbypass", RELEASE);
	struct lab_kernel kernel;

	load(&kernel, write_generic(*state, "xz", "xz", ".xz"), NULL);
	assert_string_equal(kernel.module[1].name, "kvm");
	assert_int_equal(kernel.module[1].bytes, plain.bytes);
	assert_memory_equal(kernel.module[1].image, plain.data, plain.bytes);
	free(plain.data);
	lab_kernel_clear(&kernel);
}

static void package_name_with_comma(void **state)
{
	const char *folder = *state;
	const char *path = path_of(folder, "a,b.deb");

	assert_int_equal(rename(write_generic(folder, "none", "none", ""), path), 0);
	loads_as(path, NULL, generic);
}

/* Newer Debian: the kernel below usr/lib/modules, each part in its own package, in any order. */
static void split_packages(void **state)
{
	static const struct expected expected[] = { { "kvm", BOTH }, { "kvm_amd", AMD }, { 0 } };
	const struct member binary[] = {
		{ "usr/lib/modules/" RELEASE "/vmlinuz", blob_bzimage(RELEASE) }, { 0 }
	};
	const struct member modules[] = {
		{ "usr/lib/modules/" RELEASE "/kernel/arch/x86/kvm/kvm.ko.xz",
		  blob_packed(blob_module("", RELEASE), "xz") },
		{ "usr/lib/modules/" RELEASE "/kernel/arch/x86/kvm/kvm-amd.ko.xz",
		  blob_packed(blob_module("kvm", RELEASE), "xz") },
		{ 0 }
	};
	const struct member base[] = { { "usr/lib/modules/" RELEASE "/config", blob_text("#\n") },
				       { 0 } };
	const char *paths[] = {
		write_blob(*state, "base.deb",
			   blob_deb(control_text("linux-base-" RELEASE, "all", ""), base, "xz")),
		write_blob(*state, "modules.deb",
			   blob_deb(control_text("linux-modules-" RELEASE, "amd64",
						 "Depends: linux-base-" RELEASE "\n"),
				    modules, "xz")),
		write_blob(*state, "binary.deb",
			   blob_deb(control_text("linux-binary-" RELEASE, "amd64", ""), binary,
				    "xz")),
	};
	char operand[2048];

	snprintf(operand, sizeof(operand), "%s,%s,%s", paths[0], paths[1], paths[2]);
	loads_as(operand, NULL, expected);
	snprintf(operand, sizeof(operand), "%s,%s", paths[2], paths[1]);
	loads_as(operand, NULL, expected);
}

/* Needs that no hint tells beforehand take more than one reading. */
static void needs_of_needs(void **state)
{
	static const struct expected expected[] = { { "deep", INTEL },
						    { "deeper_x", INTEL },
						    { "ccp", INTEL },
						    { "kvm_intel", INTEL },
						    { 0 } };
	const struct member members[] = {
		{ "boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) },
		{ KVM_DIR "kvm-intel.ko", blob_module("ccp", RELEASE) },
		{ MODULES "extra/ccp.ko", blob_module("deeper-x,deep", RELEASE) },
		{ MODULES "extra/deeper-x.ko", blob_module("deep", RELEASE) },
		{ MODULES "extra/deep.ko", blob_module(NULL, RELEASE) },
		{ 0 }
	};

	loads_as(write_blob(*state, "deep.deb", blob_deb(image_control(), members, "zstd")), NULL,
		 expected);
}

static void vmlinuz_in_two_places(void **state)
{
	static const struct expected expected[] = { { 0 } };
	/* Both places at once, as where one package serves old and new boot loaders. */
	const struct member members[] = {
		{ "./boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) },
		{ "./usr/lib/modules/" RELEASE "/vmlinuz", blob_bzimage(RELEASE) },
		{ "./usr/lib/modules/" RELEASE "/modules.builtin",
		  blob_text("kernel/arch/x86/kvm/kvm.ko\nkernel/arch/x86/kvm/kvm-intel.ko\n") },
		{ 0 }
	};

	loads_as(write_blob(*state, "both.deb", blob_deb(image_control(), members, "gzip")), NULL,
		 expected);
}

static void vendor_module_of_builtin_kvm(void **state)
{
	static const struct expected expected[] = { { "kvm_amd", AMD }, { 0 } };
	const struct member members[] = { { "boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) },
					  { MODULES "modules.builtin",
					    blob_text("kernel/arch/x86/kvm/kvm.ko\n") },
					  { KVM_DIR "kvm-amd.ko", blob_module("", RELEASE) },
					  { 0 } };

	loads_as(write_blob(*state, "mixed.deb", blob_deb(image_control(), members, "xz")), NULL,
		 expected);
}

static void need_of_both_vendors(void **state)
{
	static const struct expected expected[] = {
		{ "irqbypass", BOTH }, { "kvm_amd", AMD }, { "kvm_intel", INTEL }, { 0 }
	};
	const struct member members[] = {
		{ "boot/vmlinuz-" RELEASE, blob_bzimage(RELEASE) },
		{ KVM_DIR "kvm-amd.ko", blob_module("irqbypass", RELEASE) },
		{ KVM_DIR "kvm-intel.ko", blob_module("irqbypass", RELEASE) },
		{ MODULES "kernel/virt/lib/irqbypass.ko", blob_module("", RELEASE) },
		{ 0 }
	};

	loads_as(write_blob(*state, "shared.deb", blob_deb(image_control(), members, "xz")), NULL,
		 expected);
}

static void bzimage_with_modules(void **state)
{
	static const char *const dirs[] = { "root", "root/lib/modules", MODULES_DIR };
	static const struct expected expected[] = { { "kvm", BOTH }, { "kvm_amd", AMD }, { 0 } };
	const char *image = write_blob(*state, "bzImage", blob_bzimage(RELEASE));
	size_t i;

	/* Not of this kernel, hence not to be looked at. */
	write_blob(*state, "root/lib/modules/5.0/kernel/kvm.ko", blob_module("", "5.0"));
	write_blob(*state, "root/lib/modules/" RELEASE "/vmlinuz", blob_text("not this one"));
	write_blob(*state, "root/lib/modules/" RELEASE "/kernel/kvm.ko.zst",
		   blob_packed(blob_module("", RELEASE), "zstd"));
	write_blob(*state, "root/lib/modules/" RELEASE "/kernel/kvm-amd.ko",
		   blob_module("kvm", RELEASE));
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		loads_as(image, path_of(*state, dirs[i]), expected);
}

static void build_tree(void **state)
{
	static const struct expected expected[] = {
		{ "irqbypass", BOTH }, { "kvm", BOTH }, { "kvm_intel", INTEL }, { 0 }
	};
	static const char *const orders[] = {
		"arch/x86/kvm/kvm.o\narch/x86/kvm/kvm-intel.o\nvirt/lib/irqbypass.o\n",
		"arch/x86/kvm/kvm.ko\narch/x86/kvm/kvm-intel.ko\nvirt/lib/irqbypass.ko\n",
		"kernel/virt/lib/irqbypass.ko\nkernel/arch/x86/kvm/kvm.ko\nkernel/arch/x86/kvm/kvm-intel.ko",
	};
	const char *folder = *state;
	size_t i;

	write_blob(folder, "arch/x86/boot/bzImage", blob_bzimage(RELEASE));
	write_blob(folder, "include/config/kernel.release", blob_text(RELEASE "\n"));
	write_blob(folder, "arch/x86/kvm/kvm.ko", blob_module("irqbypass", RELEASE));
	write_blob(folder, "arch/x86/kvm/kvm-intel.ko", blob_module("kvm", RELEASE));
	write_blob(folder, "virt/lib/irqbypass.ko", blob_module("", RELEASE));
	/* Left from an earlier configuration and from packaging: not in modules.order. */
	write_blob(folder, "arch/x86/kvm/kvm-amd.ko", blob_module("kvm", "6.1.0-8-test"));
	write_blob(folder, "debian/kvm.ko", blob_module("irqbypass", RELEASE));
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		write_blob(folder, "modules.order", blob_text(orders[i]));
		loads_as(folder, NULL, expected);
	}
}

static void build_tree_with_kvm_built_in(void **state)
{
	static const struct expected expected[] = { { 0 } };

	write_blob(*state, "arch/x86/boot/bzImage", blob_bzimage(RELEASE));
	write_blob(*state, "modules.builtin",
		   blob_text("kernel/arch/x86/kvm/kvm.ko\nkernel/arch/x86/kvm/kvm-amd.ko\n"));
	loads_as(*state, NULL, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(package_in_every_compression, folder_make,
						folder_drop),
		cmocka_unit_test_setup_teardown(images_are_unpacked, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(package_name_with_comma, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(split_packages, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(needs_of_needs, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(vmlinuz_in_two_places, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(vendor_module_of_builtin_kvm, folder_make,
						folder_drop),
		cmocka_unit_test_setup_teardown(need_of_both_vendors, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(bzimage_with_modules, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(build_tree, folder_make, folder_drop),
		cmocka_unit_test_setup_teardown(build_tree_with_kvm_built_in, folder_make,
						folder_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
