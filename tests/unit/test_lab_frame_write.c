// SPDX-License-Identifier: MIT
/* test_lab_frame_write.c - the bytes on the wire, by frame.h and nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/linux/frame_write.h"

struct memory {
	struct frame_sink sink;
	unsigned char bytes[8192];
	size_t used;
};

static void take(struct frame_sink *sink, const void *data, size_t bytes)
{
	struct memory *memory = (struct memory *)sink;

	assert_true(bytes <= sizeof(memory->bytes) - memory->used);
	memcpy(memory->bytes + memory->used, data, bytes);
	memory->used += bytes;
}

static struct memory memory;

static int empty(void **state)
{
	(void)state;
	memory = (struct memory){ .sink.write = take };
	return 0;
}

/* The check value that every description of this CRC gives: CRC-32 of "123456789". */
static void test_known_bytes(void **state)
{
	static const unsigned char expected[] = {
		'B',  'F',  'R',  'M',				 /* magic */
		3,    0,    0,	  0,				 /* FRAME_REPORT */
		9,    0,    0,	  0,				 /* bytes */
		0x26, 0x39, 0xf4, 0xcb,				 /* crc32 */
		'1',  '2',  '3',  '4',	'5', '6', '7', '8', '9', /* payload */
	};

	(void)state;
	assert_int_equal(frame_write(&memory.sink, FRAME_REPORT, "123456789", 9), 0);
	assert_int_equal(memory.used, sizeof(expected));
	assert_memory_equal(memory.bytes, expected, sizeof(expected));
}

static void test_empty_payload(void **state)
{
	struct frame_header header;

	(void)state;
	assert_int_equal(frame_write(&memory.sink, FRAME_REPORT, "", 0), 0);
	assert_int_equal(memory.used, sizeof(header));
	memcpy(&header, memory.bytes, sizeof(header));
	assert_int_equal(header.bytes, 0);
	assert_int_equal(header.crc32, 0);
}

static void test_text(void **state)
{
	(void)state;
	frame_print(&memory.sink, FRAME_PHASE, "load %s, %d%%", "kvm", 7);
	assert_int_equal(memory.used, sizeof(struct frame_header) + strlen("load kvm, 7%"));
	assert_int_equal(memory.bytes[4], FRAME_PHASE);
	assert_memory_equal(memory.bytes + sizeof(struct frame_header), "load kvm, 7%", 12);
}

static void test_long_text_is_cut(void **state)
{
	char text[FRAME_TEXT_BYTES + 2];
	struct frame_header header;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	frame_print(&memory.sink, FRAME_FAILURE, "%s", text);
	memcpy(&header, memory.bytes, sizeof(header));
	assert_int_equal(header.bytes, FRAME_TEXT_BYTES);
	assert_int_equal(memory.used, sizeof(header) + FRAME_TEXT_BYTES);
}

static void test_too_long_sends_nothing(void **state)
{
	const size_t bytes = (size_t)FRAME_MAX_BYTES + 1;
	char *payload = calloc(1, bytes);

	(void)state;
	assert_non_null(payload);
	assert_int_equal(frame_write(&memory.sink, FRAME_REPORT, payload, bytes), -EMSGSIZE);
	assert_int_equal(memory.used, 0);
	free(payload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_known_bytes, empty),
		cmocka_unit_test_setup(test_empty_payload, empty),
		cmocka_unit_test_setup(test_text, empty),
		cmocka_unit_test_setup(test_long_text_is_cut, empty),
		cmocka_unit_test_setup(test_too_long_sends_nothing, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
