// SPDX-License-Identifier: MIT
#include "host/lab/kernel_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void kernel_parts_clear(struct kernel_parts *parts)
{
	size_t i;

	kernel_file_clear(&parts->vmlinuz);
	kernel_file_clear(&parts->builtin);
	for (i = 0; i < parts->nr_modules; i++) {
		kernel_file_clear(&parts->module[i].file);
		free(parts->module[i].name);
	}
	free(parts->release_dir);
	free(parts->depends_on);
	*parts = (struct kernel_parts){ 0 };
}

static struct kernel_part *find(struct kernel_parts *parts, const char *name)
{
	size_t i;

	for (i = 0; i < parts->nr_modules; i++)
		if (!strcmp(parts->module[i].name, name))
			return &parts->module[i];
	return NULL;
}

int kernel_parts_want(struct kernel_parts *parts, const char *name, struct kernel_part **part,
		      struct fpb_err *err)
{
	*part = find(parts, name);
	if (*part)
		return 0;
	if (parts->nr_modules == KERNEL_MAX_MODULES)
		return FPB_FAIL(err, -EINVAL, "%s: KVM depends on more than %d modules",
				parts->origin, KERNEL_MAX_MODULES);
	*part = &parts->module[parts->nr_modules];
	(*part)->name = strdup(name);
	if (!(*part)->name)
		return FPB_FAIL(err, -ENOMEM, "a module's name");
	parts->nr_modules++;
	return 0;
}

bool kernel_module_name(const char *path, char name[KERNEL_MODULE_NAME_SIZE])
{
	static const char *const suffixes[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path, *dot;
	size_t length, i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		length = strlen(base);
		if (length <= strlen(suffixes[i]))
			continue;
		length -= strlen(suffixes[i]);
		dot = base + length;
		if (strcmp(dot, suffixes[i]) != 0 || length >= KERNEL_MODULE_NAME_SIZE)
			continue;
		for (i = 0; i < length; i++)
			name[i] = (char)(base[i] == '-' ? '_' : base[i]);
		name[length] = '\0';
		return true;
	}
	return false;
}

/* What is no module: one copy will do, since packages have vmlinuz in two places. */
static struct kernel_file *place_once(struct kernel_file *file)
{
	return file->path ? NULL : file;
}

int kernel_parts_place(struct kernel_parts *parts, const char *relative, const char *path,
		       struct kernel_file **file, size_t *max_bytes, struct fpb_err *err)
{
	char name[KERNEL_MODULE_NAME_SIZE];
	struct kernel_part *part;

	*file = NULL;
	if (!strcmp(relative, "vmlinuz")) {
		*file = place_once(&parts->vmlinuz);
		*max_bytes = KERNEL_VMLINUZ_MAX_BYTES;
	} else if (!strcmp(relative, "modules.builtin")) {
		*file = place_once(&parts->builtin);
		*max_bytes = KERNEL_TEXT_MAX_BYTES;
	} else if (kernel_module_name(relative, name)) {
		parts->has_modules = true;
		part = find(parts, name);
		if (!part)
			return 0;
		if (!part->file.path)
			*file = &part->file;
		else if (strcmp(part->file.path, path) != 0)
			return FPB_FAIL(err, -EINVAL,
					"%s and %s: module %s twice; give one kernel, without "
					"spare modules",
					part->file.path, path, part->name);
		*max_bytes = KERNEL_MODULE_MAX_BYTES;
	}
	return 0;
}
