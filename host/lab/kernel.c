// SPDX-License-Identifier: MIT
#include "host/lab/kernel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/kernel_bzimage.h"
#include "host/lab/kernel_folder.h"
#include "host/lab/kernel_modules.h"
#include "host/lab/kernel_package.h"
#include "host/lab/kernel_parts.h"

enum operand_kind { OPERAND_PACKAGES, OPERAND_TREE, OPERAND_IMAGE };

struct operand {
	enum operand_kind kind;
	const char *text;
	const char *modules_dir;
};

static int read_packages(const char *operand, struct kernel_parts *parts, struct fpb_err *err)
{
	char *list, *path, *rest = NULL;
	int rc = 0;

	/* A file whose name has a comma is a file. */
	if (!access(operand, F_OK))
		return kernel_package_read(operand, parts, err);
	list = strdup(operand);
	if (!list)
		return FPB_FAIL(err, -ENOMEM, "%s", operand);
	for (path = strtok_r(list, ",", &rest); path && !rc; path = strtok_r(NULL, ",", &rest)) {
		if (access(path, F_OK))
			rc = FPB_FAIL(err, -errno, "%s", path);
		else if (!kernel_package_is(path))
			rc = FPB_FAIL(err, -EINVAL,
				      "%s: not a .deb: only packages are joined by commas", path);
		else
			rc = kernel_package_read(path, parts, err);
	}
	free(list);
	return rc;
}

static int find_kind(struct operand *operand, struct fpb_err *err)
{
	struct stat st;

	if (stat(operand->text, &st)) {
		if (errno != ENOENT || !strchr(operand->text, ','))
			return FPB_FAIL(err, -errno, "%s", operand->text);
		operand->kind = OPERAND_PACKAGES;
	} else if (S_ISDIR(st.st_mode)) {
		operand->kind = OPERAND_TREE;
	} else if (kernel_package_is(operand->text)) {
		operand->kind = OPERAND_PACKAGES;
	} else {
		operand->kind = OPERAND_IMAGE;
	}
	return 0;
}

static int check_image(const struct operand *operand, const struct kernel_parts *parts,
		       struct lab_kernel *kernel, struct fpb_err *err)
{
	int rc;

	/* Checked by the first reading. */
	if (kernel->release)
		return 0;
	rc = kernel_bzimage_check(&parts->vmlinuz, &kernel->release, &kernel->version, err);
	if (!rc && operand->kind == OPERAND_TREE)
		rc = kernel_tree_check_release(operand->text, kernel->release, err);
	return rc;
}

static int no_kernel(const struct kernel_parts *parts, struct fpb_err *err)
{
	if (parts->has_modules && parts->release_dir)
		return FPB_FAIL(err, -ENODATA,
				"%s: the modules of %s, but no kernel: join by a comma the package "
				"that holds vmlinuz (linux-binary-%s or linux-image-%s)",
				parts->origin, parts->release_dir, parts->release_dir,
				parts->release_dir);
	if (parts->depends_on)
		return FPB_FAIL(
			err, -ENODATA,
			"%s: no kernel in it: a metapackage for %s: give the .deb of that, several "
			"joined by commas",
			parts->origin, parts->depends_on);
	return FPB_FAIL(err, -ENODATA,
			"%s: no kernel in it (boot/vmlinuz-RELEASE or "
			"usr/lib/modules/RELEASE/vmlinuz): give a linux-image package",
			parts->origin);
}

static int no_modules(const struct operand *operand, const struct lab_kernel *kernel,
		      struct fpb_err *err)
{
	if (operand->kind == OPERAND_PACKAGES)
		return FPB_FAIL(
			err, -ENODATA,
			"%s: the kernel %s without its modules: join by a comma the package "
			"that holds them (linux-modules-%s)",
			operand->text, kernel->release, kernel->release);
	return FPB_FAIL(err, -ENODATA,
			"%s: no modules and no modules.builtin of %s in %s: run `make modules`, or "
			"name their folder",
			operand->text, kernel->release,
			operand->kind == OPERAND_TREE ? operand->text : operand->modules_dir);
}

/* One reading: fills what `parts` lacks, and tells kernel->release. */
static int read_operand(const struct operand *operand, struct kernel_parts *parts,
			struct lab_kernel *kernel, struct fpb_err *err)
{
	int rc = 0;

	switch (operand->kind) {
	case OPERAND_PACKAGES:
		rc = read_packages(operand->text, parts, err);
		break;
	case OPERAND_TREE:
		rc = kernel_tree_read(operand->text, parts, err);
		break;
	case OPERAND_IMAGE:
		if (!parts->vmlinuz.path)
			rc = kernel_file_read(&parts->vmlinuz, operand->text,
					      KERNEL_VMLINUZ_MAX_BYTES, err);
		break;
	}
	if (!rc && !parts->vmlinuz.path)
		rc = no_kernel(parts, err);
	if (!rc)
		rc = check_image(operand, parts, kernel, err);
	if (rc || operand->kind != OPERAND_IMAGE)
		return rc;
	if (!operand->modules_dir)
		return FPB_FAIL(err, -ENODATA,
				"%s: kernel %s, but where its modules are is not known: give "
				"--modules lib/modules/%s, or the build tree",
				operand->text, kernel->release, kernel->release);
	return kernel_folder_read(operand->modules_dir, kernel->release, parts, err);
}

static int load(const struct operand *operand, struct kernel_parts *parts,
		struct lab_kernel *kernel, struct fpb_err *err)
{
	bool is_complete = false;
	int rc = kernel_modules_seek(parts, err);

	while (!rc && !is_complete) {
		rc = read_operand(operand, parts, kernel, err);
		if (!rc)
			rc = kernel_modules_expand(parts, kernel->release, &is_complete, err);
	}
	if (!rc && !parts->has_modules && !parts->builtin.path)
		rc = no_modules(operand, kernel, err);
	if (!rc)
		rc = kernel_modules_order(parts, kernel, err);
	if (rc)
		return rc;
	kernel->vmlinuz = parts->vmlinuz.data;
	kernel->vmlinuz_bytes = parts->vmlinuz.bytes;
	parts->vmlinuz.data = NULL;
	return 0;
}

int lab_kernel_load(const char *operand, const char *modules_dir, struct lab_kernel *kernel,
		    struct fpb_err *err)
{
	struct operand given = { .text = operand, .modules_dir = modules_dir };
	struct kernel_parts parts = { .origin = operand };
	int rc;

	*kernel = (struct lab_kernel){ .origin = strdup(operand) };
	if (!kernel->origin)
		return FPB_FAIL(err, -ENOMEM, "%s", operand);
	rc = find_kind(&given, err);
	if (!rc)
		rc = load(&given, &parts, kernel, err);
	kernel_parts_clear(&parts);
	if (rc)
		lab_kernel_clear(kernel);
	return rc;
}

void lab_kernel_clear(struct lab_kernel *kernel)
{
	size_t i;

	for (i = 0; i < kernel->nr_modules; i++) {
		free(kernel->module[i].name);
		free(kernel->module[i].image);
	}
	free(kernel->module);
	free(kernel->vmlinuz);
	free(kernel->version);
	free(kernel->release);
	free(kernel->origin);
	*kernel = (struct lab_kernel){ 0 };
}
