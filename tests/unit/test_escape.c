// SPDX-License-Identifier: MIT
/* test_escape.c - what a report may hold, inside of other people's formats. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/escape.h"

/* What `print` writes; for the caller to free. */
static char *printed(int (*print)(FILE *out, const char *text), const char *text)
{
	char *written = NULL;
	size_t bytes;
	FILE *out = open_memstream(&written, &bytes);

	assert_non_null(out);
	assert_int_equal(print(out, text), 0);
	assert_int_equal(fclose(out), 0);
	return written;
}

static void check(int (*print)(FILE *out, const char *text), const char *text, const char *expected)
{
	char *written = printed(print, text);

	assert_string_equal(written, expected);
	free(written);
}

static int as_property(FILE *out, const char *text)
{
	return fpb_print_github(out, text, true);
}

static int as_message(FILE *out, const char *text)
{
	return fpb_print_github(out, text, false);
}

static void xml(void **state)
{
	(void)state;
	check(fpb_print_xml, "exit/pio@host", "exit/pio@host");
	check(fpb_print_xml, "<a b='1' c=\"2\">&amp;",
	      "&lt;a b=&apos;1&apos; c=&quot;2&quot;&gt;"
	      "&amp;amp;");
	/* Control characters, and the two of Unicode that XML has no place for. */
	check(fpb_print_xml, "\x1b[2J\n\t\x01", "\\x1b[2J\\n\\t\\x01");
	check(fpb_print_xml, "a\xef\xbf\xbe\xef\xbf\xbfz", "a\xef\xbf\xbd\xef\xbf\xbdz");
	check(fpb_print_xml, "\xef\xbf\xbd \xef\xbf", "\xef\xbf\xbd \\xef\\xbf");
	check(fpb_print_xml, "\xff\xc3\xa9", "\\xff\xc3\xa9");
}

static void code_span(void **state)
{
	(void)state;
	check(fpb_print_code_span, "exit/pio@host", "`exit/pio@host`");
	check(fpb_print_code_span, "a|b`<c>\n@you", "`a\\|b'<c>\\n@you`");
	check(fpb_print_code_span, "", "` `");
}

static void github(void **state)
{
	(void)state;
	check(as_message, "2 %: a,b\r\n::error::x", "2 %25: a,b\\x0d\\n::error::x");
	check(as_property, "2 %: a,b", "2 %25%3A a%2Cb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml),
		cmocka_unit_test(code_span),
		cmocka_unit_test(github),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
