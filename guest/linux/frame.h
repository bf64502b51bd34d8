/* SPDX-License-Identifier: MIT */
/*
 * frame.h - what leaves the lab's machine through its second serial port: frames, one after the
 * other. Included by both ends: guest/linux/init.c writes them, host/lab/channel.c reads them and
 * trusts nothing in them.
 *
 * The first is HELLO, the last END. All integers little-endian, no padding.
 */
#ifndef GUEST_LINUX_FRAME_H
#define GUEST_LINUX_FRAME_H

#include <stdint.h>

#define FRAME_MAGIC	      0x4d524642u /* "BFRM" in memory */
#define FRAME_VERSION	      3u
#define FRAME_PORT	      0x2f8 /* COM2, a 16550 */
#define FRAME_MAX_BYTES	      (64u << 20)
#define FRAME_STATE_MAX_BYTES (1u << 20)

enum frame_type {
	FRAME_HELLO = 1, /* payload: decimal FRAME_VERSION, space, `uname -r` */
	FRAME_PHASE,	 /* text: what init does next; for progress and for messages about hangs */
	FRAME_REPORT,	 /* the program's report.json */
	FRAME_FAILURE,	 /* text: what failed, in one line */
	FRAME_STATE,	 /* at most one: xstate saved by the program, host/vmm/carried.h */
	FRAME_SYMBOLS,	 /* symbols.h; only where the image asks for them */
	FRAME_END,	 /* decimal: the program's exit status, or 255 when it could not run */
};

struct frame_header {
	uint32_t magic;
	uint32_t type;
	uint32_t bytes; /* of the payload that follows, at most FRAME_MAX_BYTES */
	uint32_t crc32; /* of the payload, as zlib's crc32() */
};
_Static_assert(sizeof(struct frame_header) == 16, "frame header");

#endif
