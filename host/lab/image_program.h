/* SPDX-License-Identifier: MIT */
/* image_program.h - this very program, with all it needs to start, as files of an initramfs. */
#ifndef HOST_LAB_IMAGE_PROGRAM_H
#define HOST_LAB_IMAGE_PROGRAM_H

#include "host/lab/image_cpio.h"

/*
 * Adds LAYOUT_PROGRAM, its ELF interpreter at the path the program names, the shared objects it is
 * linked with, directly or through others, each in the directory it was loaded from (links in
 * that resolved), and LAYOUT_LIBRARIES with these directories. What was loaded otherwise, by
 * dlopen() or LD_PRELOAD, stays out: the image would depend on when it is made.
 */
int lab_program_add(struct lab_cpio *cpio, struct fpb_err *err) FPB_MUST_CHECK;

#endif
