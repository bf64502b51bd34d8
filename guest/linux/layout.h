/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the files in the lab's initramfs that its maker (host/lab/image.c), its init and the
 * program inside agree on.
 */
#ifndef GUEST_LINUX_LAYOUT_H
#define GUEST_LINUX_LAYOUT_H

#define LAYOUT_INIT	 "/init"
#define LAYOUT_PROGRAM	 "/lab/program"
#define LAYOUT_ARGUMENTS "/lab/arguments" /* without argv[0], each ended by a NUL */
#define LAYOUT_LIBRARIES "/lab/libraries" /* LD_LIBRARY_PATH of the program, without a newline */
#define LAYOUT_MODULES	 "/lab/modules"
/* Lines "FILE NEEDED_BY" in load order; FILE lies in LAYOUT_MODULES, NEEDED_BY is decimal. */
#define LAYOUT_MODULE_LIST "/lab/modules/list"
/* Where it is there, init sends the kernel's symbols after the report (symbols.h). */
#define LAYOUT_WANTS_SYMBOLS "/lab/wants-symbols"
/* What the program must leave; its arguments say so. */
#define LAYOUT_REPORT "/lab/report.json"

/*
 * xstate from kernel to kernel (host/vmm/carried.h). Where LAYOUT_SAVE is, arguments of the program
 * as in LAYOUT_ARGUMENTS, it is run with these first and leaves LAYOUT_STATE. Where LAYOUT_CARRIED
 * is, a state of another kernel's, the program's environment names it by LAYOUT_CARRIED_VARIABLE.
 */
#define LAYOUT_SAVE		"/lab/save"
#define LAYOUT_STATE		"/lab/state"
#define LAYOUT_CARRIED		"/lab/carried"
#define LAYOUT_CARRIED_VARIABLE "FPSTATE_BENCH_CARRIED"

/* NEEDED_BY: the processors whose virtualisation needs the module. */
#define LAYOUT_NEEDED_BY_AMD   (1u << 0)
#define LAYOUT_NEEDED_BY_INTEL (1u << 1)

#endif
