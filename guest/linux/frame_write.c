// SPDX-License-Identifier: MIT
#include "guest/linux/frame_write.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <zlib.h>

int frame_write(struct frame_sink *sink, enum frame_type type, const void *payload, size_t bytes)
{
	struct frame_header header = {
		.magic = htole32(FRAME_MAGIC),
		.type = htole32(type),
		.bytes = htole32((uint32_t)bytes),
		.crc32 = htole32((uint32_t)crc32_z(0, payload, bytes)),
	};

	if (bytes > FRAME_MAX_BYTES)
		return -EMSGSIZE;
	sink->write(sink, &header, sizeof(header));
	sink->write(sink, payload, bytes);
	return 0;
}

void frame_print(struct frame_sink *sink, enum frame_type type, const char *format, ...)
{
	char text[FRAME_TEXT_BYTES + 1];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length < 0)
		length = 0;
	if (length > FRAME_TEXT_BYTES)
		length = FRAME_TEXT_BYTES;
	(void)frame_write(sink, type, text, (size_t)length);
}
