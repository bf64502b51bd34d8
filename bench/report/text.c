// SPDX-License-Identifier: MIT
/* text.c - strings that come from elsewhere, made safe. */
#include "bench/report/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest form fpb_text_printable() gives one input byte: "\x1b" for 1, "\u202e" for 3. */
#define MAX_GROWTH 4

size_t fpb_utf8_sequence(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	/* Overlong forms, surrogates and what lies above U+10FFFF show in the second byte. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

static uint32_t decode(const char *text, size_t length)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = (unsigned char)text[0] & lead_bits[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	return point;
}

/* C0, DEL, C1, line separators, and the marks that reorder or hide what stands around them. */
static int is_unprintable(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/* The printable form of one sequence; returns its length, sets *taken to the bytes read. */
static size_t print_one(const char *text, char out[16], size_t *taken)
{
	size_t length = fpb_utf8_sequence(text);
	uint32_t point;

	*taken = length ? length : 1;
	if (!length)
		return (size_t)snprintf(out, 16, "\\x%02x", (unsigned char)text[0]);
	point = decode(text, length);
	if (!is_unprintable(point)) {
		memcpy(out, text, length);
		return length;
	}
	if (point == '\n' || point == '\t') {
		out[0] = '\\';
		out[1] = point == '\n' ? 'n' : 't';
		return 2;
	}
	return (size_t)snprintf(out, 16, point < 0x100 ? "\\x%02x" : "\\u%04x", point);
}

size_t fpb_text_printable(const char *text, char *buf, size_t size)
{
	size_t used = 0, taken;

	if (!size)
		return 0;
	for (; *text; text += taken) {
		char one[16];
		size_t length = print_one(text, one, &taken);

		if (length >= size - used)
			break;
		memcpy(buf + used, one, length);
		used += length;
	}
	buf[used] = '\0';
	return used;
}

char *fpb_text_printable_dup(const char *text)
{
	size_t size = strlen(text) * MAX_GROWTH + 1;
	char *buf = malloc(size);

	if (buf)
		fpb_text_printable(text, buf, size);
	return buf;
}

/* Works on ill-formed text too: each byte that continues no sequence counts. */
size_t fpb_text_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

static char *skip_columns(char *text, size_t columns)
{
	for (; *text && columns; columns--)
		text += fpb_utf8_sequence(text) ? fpb_utf8_sequence(text) : 1;
	return text;
}

void fpb_text_elide(char *text, size_t columns)
{
	size_t have = fpb_text_columns(text);
	size_t head = (columns - 3) / 3;
	char *cut, *tail;

	if (have <= columns)
		return;
	cut = skip_columns(text, head);
	tail = skip_columns(cut, have - (columns - 3));
	/* At least four columns go: the dots fit. */
	memset(cut, '.', 3);
	memmove(cut + 3, tail, strlen(tail) + 1);
}

static json_t *repaired(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t used = 0, length;
	char *copy = malloc(strlen(text) * 3 + 1);
	json_t *json;

	if (!copy)
		return NULL;
	for (; *text; text += length ? length : 1) {
		length = fpb_utf8_sequence(text);
		memcpy(copy + used, length ? text : replacement, length ? length : 3);
		used += length ? length : 3;
	}
	copy[used] = '\0';
	json = json_string(copy);
	free(copy);
	return json;
}

json_t *fpb_text_to_json(const char *text)
{
	json_t *json = json_string(text);

	return json || !text ? json : repaired(text);
}
