// SPDX-License-Identifier: MIT
#include "bench/report/escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/text.h"

/* What stands for one character; NULL: itself. */
typedef const char *replacement(char c);

static int print_replaced(FILE *out, const char *text, replacement *replace)
{
	char *printable = fpb_text_printable_dup(text);

	if (!printable)
		return -ENOMEM;
	for (const char *c = printable; *c; c++) {
		const char *instead = replace(*c);

		if (instead)
			fputs(instead, out);
		else
			fputc(*c, out);
	}
	free(printable);
	return 0;
}

static const char *in_xml(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

/* The only two characters of printable UTF-8 that XML 1.0 has no place for: U+FFFE, U+FFFF. */
static void replace_noncharacters(char *text)
{
	for (char *c = text; (c = strstr(c, "\xef\xbf")); c += 2) {
		if ((unsigned char)c[2] >= 0xbe)
			c[2] = '\xbd';
	}
}

int fpb_print_xml(FILE *out, const char *text)
{
	char *copy = strdup(text);
	int ret;

	if (!copy)
		return -ENOMEM;
	replace_noncharacters(copy);
	ret = print_replaced(out, copy, in_xml);
	free(copy);
	return ret;
}

static const char *in_code_span(char c)
{
	switch (c) {
	case '`':
		return "'";
	case '|':
		return "\\|"; /* a table is cut into cells before its code spans are read */
	default:
		return NULL;
	}
}

int fpb_print_code_span(FILE *out, const char *text)
{
	int ret;

	fputc('`', out);
	/* A span of nothing is none. */
	ret = print_replaced(out, *text ? text : " ", in_code_span);
	fputc('`', out);
	return ret;
}

static const char *in_message(char c)
{
	return c == '%' ? "%25" : NULL;
}

static const char *in_property(char c)
{
	return c == ':' ? "%3A" : c == ',' ? "%2C" : in_message(c);
}

int fpb_print_github(FILE *out, const char *text, bool is_property)
{
	return print_replaced(out, text, is_property ? in_property : in_message);
}
