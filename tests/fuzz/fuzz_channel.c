// SPDX-License-Identifier: MIT
/*
 * fuzz_channel.c - the lab's frames: whole or in pieces, the same bytes give the same frames.
 *
 * A checksum is hard to guess: bytes of `crc32` that are all zero stand for the right one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/lab/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	unsigned int nr_frames;
	uint32_t crc; /* over types, lengths and payloads */
	int code;
	size_t missing;
};

static void take_all(struct lab_channel *channel, struct outcome *outcome)
{
	struct fpb_err err = { 0 };
	struct lab_frame frame;
	int ret;

	while ((ret = lab_channel_take(channel, &frame, &err)) > 0) {
		const uint32_t head[2] = { frame.type, (uint32_t)frame.bytes };

		outcome->nr_frames++;
		outcome->crc = (uint32_t)crc32_z(outcome->crc, (const uint8_t *)head, sizeof(head));
		outcome->crc = (uint32_t)crc32_z(outcome->crc, frame.payload, frame.bytes);
	}
	if (ret && !err.text[0])
		abort();
	outcome->code = ret;
}

static bool is_alike(const struct outcome *a, const struct outcome *b)
{
	return a->nr_frames == b->nr_frames && a->crc == b->crc && a->code == b->code &&
	       a->missing == b->missing;
}

static struct outcome receive(const uint8_t *data, size_t size, size_t piece)
{
	struct lab_channel channel = { 0 };
	struct outcome outcome = { 0 };

	for (size_t at = 0; at < size && !outcome.code; at += piece) {
		/* On the heap by itself, so that reading beyond it is found. */
		const size_t bytes = size - at < piece ? size - at : piece;
		uint8_t *copy = malloc(bytes);

		if (!copy)
			abort();
		memcpy(copy, data + at, bytes);
		if (lab_channel_feed(&channel, copy, bytes, NULL))
			abort();
		free(copy);
		take_all(&channel, &outcome);
	}
	if (!outcome.code)
		outcome.missing = lab_channel_missing(&channel);
	lab_channel_clear(&channel);
	return outcome;
}

static void mend_checksums(uint8_t *data, size_t size)
{
	struct frame_header header;

	for (size_t at = 0; size - at >= sizeof(header); at += sizeof(header) + header.bytes) {
		memcpy(&header, data + at, sizeof(header));
		if (header.bytes > size - at - sizeof(header))
			return;
		if (header.crc32)
			continue;
		header.crc32 = (uint32_t)crc32_z(0, data + at + sizeof(header), header.bytes);
		memcpy(data + at, &header, sizeof(header));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *mended = malloc(size + 1);
	struct outcome whole, pieces, bytes;

	if (!mended)
		abort();
	memcpy(mended, data, size);
	mend_checksums(mended, size);
	whole = receive(mended, size, size + 1);
	pieces = receive(mended, size, 7);
	bytes = receive(mended, size, 1);
	if (!is_alike(&whole, &pieces) || !is_alike(&whole, &bytes))
		abort();
	free(mended);
	return 0;
}
