/* SPDX-License-Identifier: MIT */
/* frame_write.h - frames (frame.h) to wherever bytes go. */
#ifndef GUEST_LINUX_FRAME_WRITE_H
#define GUEST_LINUX_FRAME_WRITE_H

#include <stddef.h>

#include "guest/linux/frame.h"

/* Takes all bytes; there is nobody to tell of a failure but the reader, who checks. */
struct frame_sink {
	void (*write)(struct frame_sink *sink, const void *data, size_t bytes);
};

/* Sends nothing and returns -EMSGSIZE for a payload above FRAME_MAX_BYTES. */
int frame_write(struct frame_sink *sink, enum frame_type type, const void *payload, size_t bytes);

/* A payload of text, printf-style; what exceeds FRAME_TEXT_BYTES is cut. */
#define FRAME_TEXT_BYTES 4096
void frame_print(struct frame_sink *sink, enum frame_type type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
