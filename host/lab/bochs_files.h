/* SPDX-License-Identifier: MIT */
/*
 * bochs_files.h - what Bochs boots from: its configuration, a CD with kernel, initramfs and GRUB,
 * and the one command its debugger waits for. All of them go into the boot's own folder.
 */
#ifndef HOST_LAB_BOCHS_FILES_H
#define HOST_LAB_BOCHS_FILES_H

#include "host/lab/bochs_config.h"

#define BOCHS_FILE_CONFIG   "bochsrc"
#define BOCHS_FILE_COMMANDS "debugger.rc"

/* Are grub-mkimage and xorriso there to make the CD? -ENOENT: no (names the packages). */
int bochs_files_check(struct fpb_err *err) FPB_MUST_CHECK;

/* Writes them all. As bochs_files_check(); -EIO with the last line that these printed. */
int bochs_files_make(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		     const char *command_line, struct fpb_err *err) FPB_MUST_CHECK;

#endif
