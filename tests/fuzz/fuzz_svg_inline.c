// SPDX-License-Identifier: MIT
/*
 * fuzz_svg_inline.c - whatever is taken for a figure: what is left of it is well-formed, acts in no
 * way and loads nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/html/svg_inline.h"
#include "bench/report/html/svg_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The code of it; *text is for free(). */
static int inlined(const char *svg, char **text)
{
	size_t bytes;
	FILE *out = open_memstream(text, &bytes);
	int ret;

	if (!out)
		abort();
	ret = fpb_svg_inline(svg, "p", "a figure", out);
	if (fclose(out))
		abort();
	return ret;
}

static void check_attribute(struct fpb_svg_span name, struct fpb_svg_span value)
{
	if (name.length >= 2 && !strncasecmp(name.at, "on", 2))
		abort();
	if (fpb_svg_is(name, "style") || fpb_svg_is(name, "class") || fpb_svg_is(name, "src"))
		abort();
	if ((fpb_svg_is(name, "href") || fpb_svg_is(name, "xlink:href")) &&
	    (value.length < 4 || memcmp(value.at, "#p-", 3) != 0))
		abort();
	if (memmem(value.at, value.length, "url(", 4) &&
	    (value.length < 9 || memcmp(value.at, "url(#p-", 7) != 0))
		abort();
}

static void check(const char *text)
{
	static const char *const forbidden[] = { "script", "style", "foreignObject", "image", "a" };
	struct fpb_svg_token token;

	do {
		if (fpb_svg_next(&text, &token))
			abort();
		if (token.kind != FPB_SVG_OPEN)
			continue;
		for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
			if (fpb_svg_is(token.span, forbidden[i]))
				abort();
		}
		for (size_t i = 0; i < token.nr_attributes; i++)
			check_attribute(token.name[i], token.value[i]);
	} while (token.kind != FPB_SVG_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *svg = malloc(size + 1), *text, *again;

	if (!svg)
		abort();
	memcpy(svg, data, size);
	svg[size] = '\0';
	if (!inlined(svg, &text)) {
		check(text);
		if (inlined(text, &again))
			abort();
		free(again);
	}
	free(text);
	free(svg);
	return 0;
}
