// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host/machine/kernel_notes.h"

#define NT_VERSION  1u
#define NT_BUILD_ID 3u

struct notes {
	uint8_t bytes[512];
	size_t used;
};

static void put(struct notes *notes, const void *bytes, size_t count)
{
	assert_true(notes->used + count <= sizeof(notes->bytes));
	memcpy(notes->bytes + notes->used, bytes, count);
	notes->used += count;
}

static void pad(struct notes *notes)
{
	while (notes->used % 4)
		notes->bytes[notes->used++] = 0;
}

static void add_note(struct notes *notes, const char *name, uint32_t type, const void *desc,
		     uint32_t bytes)
{
	uint32_t head[3] = { (uint32_t)strlen(name) + 1, bytes, type };

	put(notes, head, sizeof(head));
	put(notes, name, head[0]);
	pad(notes);
	put(notes, desc, bytes);
	pad(notes);
}

/* On the heap and of the exact size, so that AddressSanitizer sees a byte too far. */
static int find(const struct notes *notes, char *hex)
{
	uint8_t *exact = malloc(notes->used + !notes->used);
	int code;

	assert_non_null(exact);
	memcpy(exact, notes->bytes, notes->used);
	code = kernel_notes_build_id(exact, notes->used, hex);
	free(exact);
	return code;
}

static void finds_the_build_id_among_others(void **state)
{
	static const uint8_t id[] = { 0x0a, 0xff, 0x00, 0x42, 0x10 };
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	struct notes notes = { .used = 0 };

	(void)state;
	add_note(&notes, "Xen", NT_BUILD_ID, "no", 3);
	add_note(&notes, "GNU", NT_VERSION, "four", 4);
	add_note(&notes, "Linux", 0x101, "6.12", 5);
	add_note(&notes, "GNU", NT_BUILD_ID, id, sizeof(id));
	add_note(&notes, "Xen", 6, "after", 6);
	assert_int_equal(find(&notes, hex), 0);
	assert_string_equal(hex, "0aff004210");
}

static void an_id_at_the_very_end_needs_no_padding(void **state)
{
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	struct notes notes = { .used = 0 };

	(void)state;
	add_note(&notes, "GNU", NT_BUILD_ID, "\x01\x02\x03\x04\x05", 5);
	notes.used -= 3;
	assert_int_equal(find(&notes, hex), 0);
	assert_string_equal(hex, "0102030405");
}

static void says_what_is_missing(void **state)
{
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	static const uint8_t zeros[KERNEL_BUILD_ID_MAX_BYTES + 1];
	struct notes notes = { .used = 0 };

	(void)state;
	assert_int_equal(find(&notes, hex), -ENODATA);
	add_note(&notes, "Xen", NT_BUILD_ID, "no", 3);
	assert_int_equal(find(&notes, hex), -ENODATA);
	add_note(&notes, "GNU", NT_BUILD_ID, "", 0);
	assert_int_equal(find(&notes, hex), -ENODATA);
	notes.used = 0;
	add_note(&notes, "GNU", NT_BUILD_ID, zeros, sizeof(zeros));
	assert_int_equal(find(&notes, hex), -EFBIG);
	notes.used = 0;
	add_note(&notes, "GNU", NT_BUILD_ID, zeros, sizeof(zeros) - 1);
	assert_int_equal(find(&notes, hex), 0);
	assert_int_equal(strlen(hex), 2 * KERNEL_BUILD_ID_MAX_BYTES);
}

static void every_truncation_is_survived(void **state)
{
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	struct notes notes = { .used = 0 };
	size_t whole;
	int code;

	(void)state;
	add_note(&notes, "Xen", 6, "linux", 6);
	add_note(&notes, "GNU", NT_BUILD_ID, "\x01\x02\x03\x04", 4);
	whole = notes.used;
	for (notes.used = 0; notes.used < whole; notes.used++) {
		code = find(&notes, hex);
		assert_true(code == -ENODATA || code == -EBADMSG);
		assert_string_equal(hex, "");
	}
}

static void lengths_of_32_bits_do_not_wrap(void **state)
{
	static const uint32_t lengths[] = { 0xffffffff, 0xfffffffd, 0x80000000 };
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct notes notes = { .used = 0 };
		uint32_t name_first[4] = { lengths[i], 4, NT_BUILD_ID, 0 };
		uint32_t desc_first[4] = { 4, lengths[i], NT_BUILD_ID, 0 };

		put(&notes, name_first, sizeof(name_first));
		assert_int_equal(find(&notes, hex), -EBADMSG);
		notes.used = 0;
		put(&notes, desc_first, sizeof(desc_first));
		assert_int_equal(find(&notes, hex), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_build_id_among_others),
		cmocka_unit_test(an_id_at_the_very_end_needs_no_padding),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(lengths_of_32_bits_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
