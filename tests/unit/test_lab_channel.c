// SPDX-License-Identifier: MIT
/* Frames from a guest: whole, in pieces, and damaged in each of their fields. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "host/lab/channel.h"

#define STREAM_BYTES 65536

struct stream {
	uint8_t data[STREAM_BYTES];
	size_t bytes;
};

static void put(struct stream *stream, uint32_t type, const void *payload, size_t bytes)
{
	const struct frame_header header = {
		.magic = FRAME_MAGIC,
		.type = type,
		.bytes = (uint32_t)bytes,
		.crc32 = (uint32_t)crc32(0, payload, (uInt)bytes),
	};

	assert_true(stream->bytes + sizeof(header) + bytes <= STREAM_BYTES);
	memcpy(stream->data + stream->bytes, &header, sizeof(header));
	if (bytes)
		memcpy(stream->data + stream->bytes + sizeof(header), payload, bytes);
	stream->bytes += sizeof(header) + bytes;
}

static uint8_t report[20000];

/* Every type, an empty payload, and one longer than the channel's first buffer. */
static void put_boot(struct stream *stream)
{
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)(i * 7);
	stream->bytes = 0;
	put(stream, FRAME_HELLO, "1 6.1.0", 7);
	put(stream, FRAME_PHASE, "", 0);
	put(stream, FRAME_FAILURE, "none", 4);
	put(stream, FRAME_REPORT, report, sizeof(report));
	put(stream, FRAME_END, "0", 1);
}

static void expect_frame(struct lab_channel *channel, enum frame_type type, const void *payload,
			 size_t bytes)
{
	struct fpb_err err = { 0 };
	struct lab_frame frame;

	assert_int_equal(lab_channel_take(channel, &frame, &err), 1);
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.bytes, bytes);
	assert_memory_equal(frame.payload, payload, bytes);
	assert_int_equal(err.code, 0);
}

static void expect_boot_frame(struct lab_channel *channel, unsigned int i)
{
	static const struct {
		enum frame_type type;
		const void *payload;
		size_t bytes;
	} frames[] = {
		{ FRAME_HELLO, "1 6.1.0", 7 }, { FRAME_PHASE, "", 0 },
		{ FRAME_FAILURE, "none", 4 },  { FRAME_REPORT, report, sizeof(report) },
		{ FRAME_END, "0", 1 },
	};

	assert_true(i < 5);
	expect_frame(channel, frames[i].type, frames[i].payload, frames[i].bytes);
}

static void expect_no_frame(struct lab_channel *channel)
{
	struct fpb_err err = { 0 };
	struct lab_frame frame;

	assert_int_equal(lab_channel_take(channel, &frame, &err), 0);
	assert_int_equal(err.code, 0);
}

/* A copy on the heap, of just these bytes: a sanitizer sees what is read beyond. */
static void feed(struct lab_channel *channel, const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes);

	assert_non_null(copy);
	memcpy(copy, data, bytes);
	assert_int_equal(lab_channel_feed(channel, copy, bytes, NULL), 0);
	free(copy);
}

static void test_whole(void **state)
{
	struct lab_channel channel = { 0 };
	struct stream stream;

	(void)state;
	put_boot(&stream);
	feed(&channel, stream.data, stream.bytes);
	for (unsigned int i = 0; i < 5; i++)
		expect_boot_frame(&channel, i);
	expect_no_frame(&channel);
	assert_int_equal(lab_channel_missing(&channel), 0);
	lab_channel_clear(&channel);
	lab_channel_clear(&channel);
}

static void expect_in_pieces(const struct stream *stream, size_t (*piece)(void))
{
	struct lab_channel channel = { 0 };
	unsigned int nr = 0;
	size_t at = 0;

	while (at < stream->bytes) {
		size_t bytes = piece();
		struct lab_frame frame;

		if (bytes > stream->bytes - at)
			bytes = stream->bytes - at;
		feed(&channel, stream->data + at, bytes);
		at += bytes;
		/* Asking twice must not lose what is there. */
		if (lab_channel_missing(&channel)) {
			while (nr < 5 && lab_channel_take(&channel, &frame, NULL) == 1)
				nr++;
		}
	}
	while (nr < 5)
		expect_boot_frame(&channel, nr++);
	expect_no_frame(&channel);
	lab_channel_clear(&channel);
}

static size_t one_byte(void)
{
	return 1;
}

static size_t some_bytes(void)
{
	return 1 + (size_t)rand() % 700;
}

static void test_pieces(void **state)
{
	struct stream stream;

	(void)state;
	put_boot(&stream);
	expect_in_pieces(&stream, one_byte);
	srand(1);
	for (unsigned int i = 0; i < 100; i++)
		expect_in_pieces(&stream, some_bytes);
}

static void test_byte_by_byte(void **state)
{
	struct lab_channel channel = { 0 };
	unsigned int nr = 0, nr_zero = 0;
	struct stream stream;

	(void)state;
	put_boot(&stream);
	for (size_t i = 0; i < stream.bytes; i++) {
		size_t missing;

		feed(&channel, stream.data + i, 1);
		missing = lab_channel_missing(&channel);
		if (missing) {
			expect_no_frame(&channel);
			continue;
		}
		/* Zero missing from a header alone: its payload is empty, or is still unknown. */
		nr_zero++;
		expect_boot_frame(&channel, nr++);
	}
	assert_int_equal(nr, 5);
	assert_int_equal(nr_zero, 5);
	lab_channel_clear(&channel);
}

static void expect_refused(const struct stream *stream, unsigned int nr_good, const char *word,
			   const char *other)
{
	struct lab_channel channel = { 0 };
	struct fpb_err err = { 0 };
	struct lab_frame frame;

	feed(&channel, stream->data, stream->bytes);
	for (unsigned int i = 0; i < nr_good; i++)
		expect_boot_frame(&channel, i);
	assert_int_equal(lab_channel_take(&channel, &frame, &err), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	if (!strstr(err.text, word) || !strstr(err.text, other))
		fail_msg("'%s' mentions not both '%s' and '%s'", err.text, word, other);
	lab_channel_clear(&channel);
}

static void set_field(struct stream *stream, size_t frame, size_t offset, uint32_t value)
{
	memcpy(stream->data + frame + offset, &value, sizeof(value));
}

static void test_damaged_fields(void **state)
{
	/* The second frame begins after HELLO with its 7 bytes. */
	const size_t second = sizeof(struct frame_header) + 7;
	struct stream stream;

	(void)state;
	put_boot(&stream);
	set_field(&stream, second, offsetof(struct frame_header, magic), 0x12345678);
	expect_refused(&stream, 1, "byte 23", "0x12345678");

	put_boot(&stream);
	set_field(&stream, second, offsetof(struct frame_header, type), 0);
	expect_refused(&stream, 1, "type", "read 0");

	put_boot(&stream);
	set_field(&stream, second, offsetof(struct frame_header, type), FRAME_END + 1);
	expect_refused(&stream, 1, "type", "read 8");

	put_boot(&stream);
	set_field(&stream, second, offsetof(struct frame_header, bytes), FRAME_MAX_BYTES + 1);
	expect_refused(&stream, 1, "67108864", "67108865");

	put_boot(&stream);
	set_field(&stream, second, offsetof(struct frame_header, bytes), UINT32_MAX);
	expect_refused(&stream, 1, "67108864", "4294967295");

	put_boot(&stream);
	set_field(&stream, 0, offsetof(struct frame_header, crc32), 0xabad1dea);
	expect_refused(&stream, 0, "checksum", "0xabad1dea");

	/* A byte lost: what follows is not where a frame begins. */
	put_boot(&stream);
	memmove(stream.data + second, stream.data + second + 1, stream.bytes - second - 1);
	stream.bytes--;
	expect_refused(&stream, 1, "magic", "byte 23");
}

/* Any single bit, anywhere: found, or more bytes are waited for; never a wrong frame. */
static void test_any_bit(void **state)
{
	struct stream good, bad;

	(void)state;
	good.bytes = 0;
	put(&good, FRAME_HELLO, "1 6.1.0", 7);
	for (size_t bit = 0; bit < good.bytes * 8; bit++) {
		struct lab_channel channel = { 0 };
		struct lab_frame frame;
		int ret;

		bad = good;
		bad.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		feed(&channel, bad.data, bad.bytes);
		ret = lab_channel_take(&channel, &frame, NULL);
		/* The type alone has no checksum; boot.c knows which may come first. */
		if (bit / 32 == offsetof(struct frame_header, type) / 4 && ret == 1)
			assert_int_not_equal(frame.type, FRAME_HELLO);
		else if (ret != -EBADMSG)
			assert_true(ret == 0 && lab_channel_missing(&channel));
		lab_channel_clear(&channel);
	}
}

static void test_missing(void **state)
{
	struct lab_channel channel = { 0 };
	struct stream stream = { .bytes = 0 };

	(void)state;
	put(&stream, FRAME_PHASE, "abcdef", 6);
	feed(&channel, stream.data, 5);
	expect_no_frame(&channel);
	assert_int_equal(lab_channel_missing(&channel), sizeof(struct frame_header) - 5);
	feed(&channel, stream.data + 5, sizeof(struct frame_header) - 5 + 2);
	expect_no_frame(&channel);
	assert_int_equal(lab_channel_missing(&channel), 4);
	feed(&channel, stream.data + sizeof(struct frame_header) + 2, 4);
	expect_frame(&channel, FRAME_PHASE, "abcdef", 6);
	expect_no_frame(&channel);
	assert_int_equal(lab_channel_missing(&channel), 0);
	lab_channel_clear(&channel);
}

/* Nobody takes: the channel does not grow for ever. */
static void test_bounded(void **state)
{
	const size_t piece = 8u << 20;
	struct lab_channel channel = { 0 };
	struct fpb_err err = { 0 };
	uint8_t *data = calloc(1, piece);
	unsigned int nr = 0;

	(void)state;
	assert_non_null(data);
	while (nr < 100 && !lab_channel_feed(&channel, data, piece, &err))
		nr++;
	assert_int_equal(nr, 2 * FRAME_MAX_BYTES / piece);
	assert_int_equal(err.code, -ENOMEM);
	lab_channel_clear(&channel);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	     cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_byte_by_byte), cmocka_unit_test(test_damaged_fields),
		cmocka_unit_test(test_any_bit),	     cmocka_unit_test(test_missing),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
