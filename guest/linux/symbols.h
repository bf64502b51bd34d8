/* SPDX-License-Identifier: MIT */
/* symbols.h - the names of the running kernel's functions, its modules' included. */
#ifndef GUEST_LINUX_SYMBOLS_H
#define GUEST_LINUX_SYMBOLS_H

#include "guest/linux/frame_write.h"

/*
 * Sends a FRAME_SYMBOLS: the lines of /proc/kallsyms that are about code (types t, T, w, W), as
 * they are, packed by zlib's compress(). 0, or -1 after a FRAME_FAILURE.
 */
int symbols_send(struct frame_sink *sink);

#endif
