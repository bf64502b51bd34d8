/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - one kernel build, read from whatever the user names: what the lab boots.
 *
 * An operand is a .deb; several joined by commas (newer Debian splits a kernel into linux-binary,
 * linux-modules and linux-base packages); a bzImage with a modules directory; or a kernel build
 * tree. Nothing is taken from this machine's own kernel.
 */
#ifndef HOST_LAB_KERNEL_H
#define HOST_LAB_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "host/err.h"

/* Whose nested virtualisation needs a module; both for kvm.ko itself. */
#define LAB_NEEDED_BY_AMD   (1u << 0)
#define LAB_NEEDED_BY_INTEL (1u << 1)

struct lab_module {
	char *name;	/* as modprobe spells it, with underscores: "kvm_amd" */
	uint8_t *image; /* the ELF file, no longer compressed */
	size_t bytes;
	uint32_t needed_by;
};

struct lab_kernel {
	char *origin;  /* the operand */
	char *release; /* `uname -r`, from the bzImage's header: "6.1.0-50-cloud-amd64" */
	char *version; /* the whole string there, with builder and date */
	uint8_t *vmlinuz;
	size_t vmlinuz_bytes;
	/* kvm and what it depends on, each after its own needs; none where KVM is built in. */
	struct lab_module *module;
	size_t nr_modules;
};

/*
 * modules_dir: of a bzImage operand, the lib/modules/RELEASE directory, the one above, or what
 * INSTALL_MOD_PATH was; not looked at with other operands. Modules may be .ko, .ko.xz, .ko.zst or
 * .ko.gz; their order follows the `depends` of their .modinfo, since a package ships no modules.dep.
 * KVM counts as built in where modules.builtin says so, or where a vendor's module, being there,
 * depends on no kvm.
 *
 * Errors, each with one message that names file, what was expected and the remedy: -ENODATA (no
 * kernel, no modules or no KVM in it; debug symbols; a metapackage: names what it depends on),
 * -EINVAL (not a kernel, another architecture, damaged, modules of another release, twice the same
 * module), -ENOENT and others of opening and reading the files, -ENOMEM. *kernel is empty then.
 */
int lab_kernel_load(const char *operand, const char *modules_dir, struct lab_kernel *kernel,
		    struct fpb_err *err) FPB_MUST_CHECK;
void lab_kernel_clear(struct lab_kernel *kernel);

#endif
