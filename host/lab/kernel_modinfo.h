/* SPDX-License-Identifier: MIT */
/* kernel_modinfo.h - the .modinfo section of a module: strings "key=value", each with its NUL. */
#ifndef HOST_LAB_KERNEL_MODINFO_H
#define HOST_LAB_KERNEL_MODINFO_H

#include "host/err.h"
#include "host/lab/kernel_file.h"

struct kernel_modinfo {
	const char *depends;  /* "ccp,kvm", names as file names spell them; "" without */
	const char *vermagic; /* "6.1.0-50-cloud-amd64 SMP preempt mod_unload modversions " */
};

/* Pointers into the module, which is no longer compressed. -EINVAL: no whole x86-64 module. */
int kernel_modinfo_read(const struct kernel_file *module, struct kernel_modinfo *info,
			struct fpb_err *err) FPB_MUST_CHECK;

#endif
