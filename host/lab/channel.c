// SPDX-License-Identifier: MIT
#include "host/lab/channel.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER_BYTES	   sizeof(struct frame_header)
#define FIRST_CAPACITY	   4096u
#define MAX_CAPACITY_BYTES (2 * (size_t)FRAME_MAX_BYTES)

int lab_channel_feed(struct lab_channel *channel, const void *data, size_t bytes,
		     struct fpb_err *err)
{
	size_t capacity = channel->capacity ? channel->capacity : FIRST_CAPACITY;
	uint8_t *buffer;

	if (!bytes)
		return 0;
	if (bytes > MAX_CAPACITY_BYTES - channel->bytes)
		return FPB_FAIL(err, -ENOMEM, "channel: more than %zu bytes wait to be taken",
				MAX_CAPACITY_BYTES);
	while (capacity < channel->bytes + bytes)
		capacity *= 2;
	if (capacity != channel->capacity) {
		buffer = realloc(channel->buffer, capacity);
		if (!buffer)
			return FPB_FAIL(err, -ENOMEM, "channel: %zu bytes", capacity);
		channel->buffer = buffer;
		channel->capacity = capacity;
	}
	memcpy(channel->buffer + channel->bytes, data, bytes);
	channel->bytes += bytes;
	return 0;
}

/* The frame given out last stays in the buffer until its reader comes back. */
static void drop_taken(struct lab_channel *channel)
{
	if (!channel->taken)
		return;
	channel->bytes -= channel->taken;
	channel->offset += channel->taken;
	memmove(channel->buffer, channel->buffer + channel->taken, channel->bytes);
	channel->taken = 0;
}

static struct frame_header read_header(const uint8_t *from)
{
	struct frame_header header;

	memcpy(&header, from, sizeof(header));
	return (struct frame_header){
		.magic = le32toh(header.magic),
		.type = le32toh(header.type),
		.bytes = le32toh(header.bytes),
		.crc32 = le32toh(header.crc32),
	};
}

static int check_header(const struct lab_channel *channel, const struct frame_header *header,
			struct fpb_err *err)
{
	if (header->magic != FRAME_MAGIC)
		return FPB_FAIL(err, -EBADMSG,
				"channel, byte %" PRIu64 ": expected a frame's magic 0x%08x, "
				"read 0x%08" PRIx32,
				channel->offset, FRAME_MAGIC, header->magic);
	if (header->type < FRAME_HELLO || header->type > FRAME_END)
		return FPB_FAIL(err, -EBADMSG,
				"channel, byte %" PRIu64 ": expected a frame of type %d to %d, "
				"read %" PRIu32,
				channel->offset, FRAME_HELLO, FRAME_END, header->type);
	if (header->bytes > FRAME_MAX_BYTES)
		return FPB_FAIL(err, -EBADMSG,
				"channel, byte %" PRIu64 ": expected a frame of at most %u bytes, "
				"read a length of %" PRIu32,
				channel->offset, FRAME_MAX_BYTES, header->bytes);
	return 0;
}

int lab_channel_take(struct lab_channel *channel, struct lab_frame *frame, struct fpb_err *err)
{
	struct frame_header header;
	uint32_t crc;
	int ret;

	drop_taken(channel);
	if (channel->bytes < HEADER_BYTES)
		return 0;
	header = read_header(channel->buffer);
	ret = check_header(channel, &header, err);
	if (ret)
		return ret;
	if (channel->bytes - HEADER_BYTES < header.bytes)
		return 0;
	*frame = (struct lab_frame){
		.type = (enum frame_type)header.type,
		.payload = channel->buffer + HEADER_BYTES,
		.bytes = header.bytes,
	};
	crc = (uint32_t)crc32_z(crc32_z(0, NULL, 0), frame->payload, frame->bytes);
	if (crc != header.crc32)
		return FPB_FAIL(err, -EBADMSG,
				"channel, byte %" PRIu64 ": a frame of type %" PRIu32
				" and %" PRIu32 " bytes has the checksum 0x%08" PRIx32
				", expected 0x%08" PRIx32,
				channel->offset, header.type, header.bytes, crc, header.crc32);
	channel->taken = HEADER_BYTES + header.bytes;
	return 1;
}

size_t lab_channel_missing(const struct lab_channel *channel)
{
	const size_t bytes = channel->bytes - channel->taken;
	struct frame_header header;

	if (!bytes)
		return 0;
	if (bytes < HEADER_BYTES)
		return HEADER_BYTES - bytes;
	header = read_header(channel->buffer + channel->taken);
	return bytes < HEADER_BYTES + header.bytes ? HEADER_BYTES + header.bytes - bytes : 0;
}

void lab_channel_clear(struct lab_channel *channel)
{
	free(channel->buffer);
	*channel = (struct lab_channel){ 0 };
}
