/* SPDX-License-Identifier: MIT */
/*
 * bochs_files.h - what Bochs boots from: its configuration, a CD with kernel, initramfs and GRUB,
 * and the one command its debugger waits for. All of them go into the boot's own folder.
 */
#ifndef HOST_LAB_BOCHS_FILES_H
#define HOST_LAB_BOCHS_FILES_H

#include "host/lab/bochs_emulator.h"
#include "host/lab/engine.h"

#define BOCHS_FILE_CONFIG   "bochsrc"
#define BOCHS_FILE_COMMANDS "debugger.rc"
#define BOCHS_FILE_CD	    "cd.iso"
#define BOCHS_CPU_MODEL	    "corei7_icelake_u"

/*
 * The text of the configuration, to be freed. machine->cpu_model is MODEL[,+feature|,-feature]..,
 * NULL for BOCHS_CPU_MODEL. -EINVAL: a model that is none, or a path that its syntax cannot hold.
 */
char *bochs_config(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		   struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Writes them all. The CD is made by grub-mkrescue: -ENOENT without it (names the packages);
 * -EIO with the last line it printed.
 */
int bochs_files_make(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		     const char *command_line, struct fpb_err *err) FPB_MUST_CHECK;

#endif
