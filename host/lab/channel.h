/* SPDX-License-Identifier: MIT */
/*
 * channel.h - frames out of bytes that arrive in pieces. The sender is a guest: nothing is trusted.
 */
#ifndef HOST_LAB_CHANNEL_H
#define HOST_LAB_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/linux/frame.h"
#include "host/err.h"

struct lab_channel {
	uint8_t *buffer;
	size_t bytes; /* received and not yet dropped */
	size_t capacity;
	size_t taken;	 /* of these, the frame given out last: dropped by the next take */
	uint64_t offset; /* of buffer[0] in the stream, for messages */
};

struct lab_frame {
	enum frame_type type;
	const uint8_t *payload; /* in the channel's buffer, until it is fed or asked again */
	size_t bytes;
};

/* -ENOMEM only: of this machine, or two frames of the greatest length wait to be taken. */
int lab_channel_feed(struct lab_channel *channel, const void *data, size_t bytes,
		     struct fpb_err *err) FPB_MUST_CHECK;

/*
 * The next whole frame: 1, or 0 when more bytes must come first. -EBADMSG: wrong magic, unknown
 * type, too long, wrong checksum; err names the offset and what was read. After that the channel
 * is of no further use.
 */
int lab_channel_take(struct lab_channel *channel, struct lab_frame *frame, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * How many bytes are missing from the frame, or the header, that has begun; 0 when none has, or
 * when it is whole. Of a stream that lab_channel_take() has not refused.
 */
size_t lab_channel_missing(const struct lab_channel *channel);

void lab_channel_clear(struct lab_channel *channel);

#endif
