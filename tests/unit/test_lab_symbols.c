// SPDX-License-Identifier: MIT
/* test_lab_symbols.c - symbols out of a guest, unpacked, or refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "host/lab/symbols.h"

static uint8_t *pack(const void *data, size_t bytes, size_t *packed_bytes)
{
	uLongf length = compressBound(bytes);
	uint8_t *packed = malloc(length);

	assert_non_null(packed);
	assert_int_equal(compress(packed, &length, data, bytes), Z_OK);
	*packed_bytes = length;
	return packed;
}

static void expect_refused(const uint8_t *packed, size_t packed_bytes)
{
	struct fpb_err err = { 0 };
	char *text = NULL;
	size_t bytes;

	assert_int_equal(lab_symbols_unpack(packed, packed_bytes, &text, &bytes, &err), -EBADMSG);
	assert_null(text);
	assert_non_null(strstr(err.text, "no zlib stream"));
}

static void test_unpacks(void **state)
{
	static const char lines[] = "ffffffff81000000 T _text\nffffffffc0000000 t f\t[kvm]\n";
	struct fpb_err err = { 0 };
	size_t packed_bytes, bytes;
	uint8_t *packed = pack(lines, sizeof(lines) - 1, &packed_bytes);
	char *text;

	(void)state;
	assert_int_equal(lab_symbols_unpack(packed, packed_bytes, &text, &bytes, &err), 0);
	assert_int_equal(bytes, sizeof(lines) - 1);
	assert_string_equal(text, lines);
	free(text);
	free(packed);
	packed = pack("", 0, &packed_bytes);
	assert_int_equal(lab_symbols_unpack(packed, packed_bytes, &text, &bytes, &err), 0);
	assert_int_equal(bytes, 0);
	assert_string_equal(text, "");
	free(text);
	free(packed);
}

static void test_refuses(void **state)
{
	size_t packed_bytes;
	uint8_t *packed = pack("abcdefgh", 8, &packed_bytes), *bomb;
	char *zeros = calloc(1, LAB_SYMBOLS_MAX_BYTES + 1);

	(void)state;
	/* Cut anywhere, and damaged anywhere. */
	for (size_t i = 0; i < packed_bytes; i++)
		expect_refused(packed, i);
	packed[packed_bytes - 1] ^= 1;
	expect_refused(packed, packed_bytes);
	free(packed);
	/* Small, and too much. */
	assert_non_null(zeros);
	bomb = pack(zeros, LAB_SYMBOLS_MAX_BYTES + 1, &packed_bytes);
	assert_true(packed_bytes < 100000);
	expect_refused(bomb, packed_bytes);
	free(bomb);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpacks),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
