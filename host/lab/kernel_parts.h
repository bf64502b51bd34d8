/* SPDX-License-Identifier: MIT */
/*
 * kernel_parts.h - what is sought in an operand and what was found there.
 *
 * An operand is read as often as it takes: which modules are needed shows only in those that are
 * there already.
 */
#ifndef HOST_LAB_KERNEL_PARTS_H
#define HOST_LAB_KERNEL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/err.h"
#include "host/lab/kernel_file.h"

#define KERNEL_MAX_MODULES	64 /* kvm needs about five */
#define KERNEL_MODULE_NAME_SIZE 64 /* MODULE_NAME_LEN of the kernel is less */

struct kernel_part {
	char *name; /* with underscores */
	struct kernel_file file;
	const char *needed_for; /* the first module that depends on it; NULL: no one so far */
	const char *depends;	/* of its .modinfo, inside file.data; NULL: not looked at yet */
	uint32_t needed_by;
	bool is_sought;	 /* the operand was read once with this part in the list */
	bool is_visited; /* on the way from a root to the part at hand */
	bool is_listed;
};

struct kernel_parts {
	const char *origin; /* the operand */
	struct kernel_file vmlinuz;
	struct kernel_file builtin;		       /* modules.builtin */
	struct kernel_part module[KERNEL_MAX_MODULES]; /* kvm, kvm_amd and kvm_intel first */
	size_t nr_modules;
	bool has_modules;  /* any at all, of whatever name */
	char *release_dir; /* REL of the first lib/modules/REL met in a package, or NULL */
	char *depends_on;  /* the kernel packages that the packages depend on, "a, b", or NULL */
};

void kernel_parts_clear(struct kernel_parts *parts);

/* *part: the one of this name, new or not. -EINVAL: too many; -ENOMEM. */
int kernel_parts_want(struct kernel_parts *parts, const char *name, struct kernel_part **part,
		      struct fpb_err *err) FPB_MUST_CHECK;

/*
 * kernel/arch/x86/kvm/kvm-amd.ko.xz -> kvm_amd, whatever the directory; false: not a module's file
 * name.
 */
bool kernel_module_name(const char *path, char name[KERNEL_MODULE_NAME_SIZE]);

/*
 * Where the file `relative` to lib/modules/REL belongs; `path` is its name in messages. *file is
 * NULL if it is not wanted or there already. -EINVAL: another file of the same module is there.
 */
int kernel_parts_place(struct kernel_parts *parts, const char *relative, const char *path,
		       struct kernel_file **file, size_t *max_bytes, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
