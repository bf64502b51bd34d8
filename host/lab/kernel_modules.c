// SPDX-License-Identifier: MIT
#include "host/lab/kernel_modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/kernel_modinfo.h"

enum { ROOT_KVM, ROOT_KVM_AMD, ROOT_KVM_INTEL, NR_ROOTS };

static const struct {
	const char *name;
	uint32_t needed_by;
} roots[NR_ROOTS] = {
	[ROOT_KVM] = { "kvm", LAB_NEEDED_BY_AMD | LAB_NEEDED_BY_INTEL },
	[ROOT_KVM_AMD] = { "kvm_amd", LAB_NEEDED_BY_AMD },
	[ROOT_KVM_INTEL] = { "kvm_intel", LAB_NEEDED_BY_INTEL },
};

/*
 * What these depend on in Debian's kernels. Only a hint, which spares reading a package of some
 * hundred megabytes again; .modinfo decides.
 */
static const char *const likely[] = { "irqbypass", "ccp" };

int kernel_modules_seek(struct kernel_parts *parts, struct fpb_err *err)
{
	struct kernel_part *part;
	size_t i;
	int rc = 0;

	for (i = 0; i < NR_ROOTS && !rc; i++) {
		rc = kernel_parts_want(parts, roots[i].name, &part, err);
		if (!rc)
			part->needed_for = "KVM";
	}
	for (i = 0; i < sizeof(likely) / sizeof(likely[0]) && !rc; i++)
		rc = kernel_parts_want(parts, likely[i], &part, err);
	return rc;
}

/* Takes the next name off the list: "ccp,kvm-x" -> "kvm_x" last. False: none is left. */
static bool next_name(const char **list, char name[KERNEL_MODULE_NAME_SIZE])
{
	size_t length, i;

	*list += strspn(*list, ", ");
	length = strcspn(*list, ", ");
	if (!length)
		return false;
	for (i = 0; i < length && i + 1 < KERNEL_MODULE_NAME_SIZE; i++)
		name[i] = (char)((*list)[i] == '-' ? '_' : (*list)[i]);
	name[i] = '\0';
	*list += length;
	return true;
}

static int look_into(struct kernel_part *part, const char *release, struct fpb_err *err)
{
	struct kernel_modinfo info;
	size_t length;
	int rc = kernel_file_unpack(&part->file, err);

	if (!rc)
		rc = kernel_modinfo_read(&part->file, &info, err);
	if (rc)
		return rc;
	length = strcspn(info.vermagic, " ");
	if (length != strlen(release) || strncmp(info.vermagic, release, length) != 0)
		return FPB_FAIL(
			err, -EINVAL,
			"%s: built for kernel %.*s, expected %s: give the modules of the same "
			"build",
			part->file.path, (int)length, info.vermagic, release);
	part->depends = info.depends;
	return 0;
}

static int not_there(const struct kernel_parts *parts, const char *needed_for, const char *name,
		     struct fpb_err *err)
{
	return FPB_FAIL(err, -ENODATA,
			"%s: %s depends on module %s, which is not there: give all packages or "
			"modules of this build",
			parts->origin, needed_for, name);
}

static int expand(struct kernel_parts *parts, struct kernel_part *part, const char *release,
		  struct fpb_err *err)
{
	char name[KERNEL_MODULE_NAME_SIZE];
	struct kernel_part *need;
	const char *list;
	int rc;

	if (part->depends || !part->file.path)
		return 0;
	rc = look_into(part, release, err);
	if (rc)
		return rc;
	for (list = part->depends; next_name(&list, name);) {
		rc = kernel_parts_want(parts, name, &need, err);
		if (rc)
			return rc;
		if (!need->file.path && need->is_sought)
			return not_there(parts, part->name, name, err);
		if (!need->needed_for)
			need->needed_for = part->name;
		rc = expand(parts, need, release, err);
		if (rc)
			return rc;
	}
	return 0;
}

int kernel_modules_expand(struct kernel_parts *parts, const char *release, bool *is_complete,
			  struct fpb_err *err)
{
	const size_t nr_sought = parts->nr_modules;
	struct kernel_part *part;
	size_t i;
	int rc;

	for (i = 0; i < nr_sought; i++)
		parts->module[i].is_sought = true;
	for (i = 0; i < nr_sought; i++) {
		part = &parts->module[i];
		if (!part->needed_for)
			continue;
		/* The roots may be built in. */
		if (!part->file.path && i >= NR_ROOTS)
			return not_there(parts, part->needed_for, part->name, err);
		rc = expand(parts, part, release, err);
		if (rc)
			return rc;
	}
	*is_complete = parts->nr_modules == nr_sought;
	return 0;
}

static bool is_builtin(const struct kernel_parts *parts, const char *name)
{
	char found[KERNEL_MODULE_NAME_SIZE], line[4096];
	const char *at = (const char *)parts->builtin.data;
	size_t length;

	for (; at && *at; at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		if (length >= sizeof(line))
			continue;
		memcpy(line, at, length);
		line[length] = '\0';
		if (kernel_module_name(line, found) && !strcmp(found, name))
			return true;
	}
	return false;
}

static bool is_there(const struct kernel_parts *parts, size_t root)
{
	return parts->module[root].file.path || is_builtin(parts, roots[root].name);
}

static int check_roots(const struct kernel_parts *parts, struct fpb_err *err)
{
	if (is_there(parts, ROOT_KVM_AMD) || is_there(parts, ROOT_KVM_INTEL))
		return 0;
	if (is_there(parts, ROOT_KVM))
		return FPB_FAIL(
			err, -ENODATA,
			"%s: kvm is there but neither kvm-amd nor kvm-intel: build with "
			"CONFIG_KVM_AMD or CONFIG_KVM_INTEL, and give the modules of both kinds",
			parts->origin);
	return FPB_FAIL(err, -ENODATA,
			"%s: no KVM in it, neither as modules nor in modules.builtin%s: build with "
			"CONFIG_KVM and CONFIG_KVM_AMD or CONFIG_KVM_INTEL, its modules too (`make "
			"modules`)",
			parts->origin, parts->builtin.path ? "" : " (which is not there)");
}

static void list(struct kernel_part *part, struct lab_kernel *kernel)
{
	kernel->module[kernel->nr_modules++] = (struct lab_module){
		.name = part->name,
		.image = part->file.data,
		.bytes = part->file.bytes,
	};
	part->is_listed = true;
}

/* Depth first, so that what a module needs is listed before it. */
static int visit(struct kernel_parts *parts, struct kernel_part *part, uint32_t needed_by,
		 struct lab_kernel *kernel, struct fpb_err *err)
{
	char name[KERNEL_MODULE_NAME_SIZE];
	struct kernel_part *need;
	const char *at;
	int rc;

	if (part->is_visited)
		return FPB_FAIL(err, -EINVAL, "%s: module %s depends, in a circle, on itself",
				parts->origin, part->name);
	if ((part->needed_by & needed_by) == needed_by)
		return 0;
	part->is_visited = true;
	for (at = part->depends; next_name(&at, name);) {
		rc = kernel_parts_want(parts, name, &need, err);
		if (!rc)
			rc = visit(parts, need, needed_by, kernel, err);
		if (rc)
			return rc;
	}
	part->is_visited = false;
	part->needed_by |= needed_by;
	if (!part->is_listed)
		list(part, kernel);
	return 0;
}

/* From here on the images and names belong to the kernel. */
static void hand_over(struct kernel_parts *parts, struct lab_kernel *kernel)
{
	size_t i, k;

	for (k = 0; k < kernel->nr_modules; k++)
		for (i = 0; i < parts->nr_modules; i++)
			if (parts->module[i].name == kernel->module[k].name) {
				kernel->module[k].needed_by = parts->module[i].needed_by;
				parts->module[i].name = NULL;
				parts->module[i].file.data = NULL;
				break;
			}
}

int kernel_modules_order(struct kernel_parts *parts, struct lab_kernel *kernel, struct fpb_err *err)
{
	size_t i;
	int rc = check_roots(parts, err);

	if (rc)
		return rc;
	kernel->module = calloc(KERNEL_MAX_MODULES, sizeof(*kernel->module));
	if (!kernel->module)
		return FPB_FAIL(err, -ENOMEM, "the list of modules");
	for (i = 0; i < NR_ROOTS && !rc; i++)
		if (parts->module[i].file.path)
			rc = visit(parts, &parts->module[i], roots[i].needed_by, kernel, err);
	if (rc) {
		/* Still the parts' own. */
		kernel->nr_modules = 0;
		return rc;
	}
	hand_over(parts, kernel);
	return 0;
}
