/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - the symbols that a guest sent (guest/linux/symbols.h), unpacked: lines of
 * /proc/kallsyms. The sender is a guest: nothing is trusted.
 */
#ifndef HOST_LAB_SYMBOLS_H
#define HOST_LAB_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "host/err.h"

/* A distribution's kernel has 3 MB of them. */
#define LAB_SYMBOLS_MAX_BYTES (32u << 20)

/* *text to be freed, a NUL behind its bytes. -EBADMSG: not packed so, or too many. */
int lab_symbols_unpack(const uint8_t *packed, size_t packed_bytes, char **text, size_t *bytes,
		       struct fpb_err *err) FPB_MUST_CHECK;

#endif
