/* SPDX-License-Identifier: MIT */
/* kernel_modules.h - kvm, kvm-amd, kvm-intel and what they depend on, in the order of loading. */
#ifndef HOST_LAB_KERNEL_MODULES_H
#define HOST_LAB_KERNEL_MODULES_H

#include "host/lab/kernel.h"
#include "host/lab/kernel_parts.h"

/* Says what the first reading is to look for. */
int kernel_modules_seek(struct kernel_parts *parts, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * After a reading: adds what the modules found depend on. *is_complete: nothing was added, else
 * the operand is to be read again. -EINVAL: no module, or of another release; -ENODATA: a reading
 * has already looked for one of them in vain.
 */
int kernel_modules_expand(struct kernel_parts *parts, const char *release, bool *is_complete,
			  struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Moves the needed ones into `kernel`, each after its own needs. -ENODATA: neither vendor's module,
 * nor any of modules.builtin; -EINVAL: they depend on each other in a circle.
 */
int kernel_modules_order(struct kernel_parts *parts, struct lab_kernel *kernel, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
