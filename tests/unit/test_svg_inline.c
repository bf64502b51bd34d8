// SPDX-License-Identifier: MIT
/* test_svg_inline.c - what is left of a figure inside of a page: all that draws, nothing that acts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/html/svg_inline.h"

static int inlined(const char *svg, char **text)
{
	size_t bytes;
	FILE *out = open_memstream(text, &bytes);
	int ret;

	assert_non_null(out);
	ret = fpb_svg_inline(svg, "p", "a \"label\" & <more>", out);
	assert_int_equal(fclose(out), 0);
	return ret;
}

#define ROOT "<svg role=\"img\" aria-label=\"a &quot;label&quot; &amp; &lt;more&gt;\""

/* What comes of the insides of a root element. */
static void check(const char *inside, const char *expected)
{
	char *svg, *whole, *text;

	assert_true(asprintf(&svg, "<svg>%s</svg>", inside) > 0);
	assert_true(asprintf(&whole, ROOT ">%s</svg>", expected) > 0);
	assert_int_equal(inlined(svg, &text), 0);
	assert_string_equal(text, whole);
	free(svg);
	free(whole);
	free(text);
}

static void check_refused(const char *svg)
{
	char *text;

	if (inlined(svg, &text) != -EINVAL)
		fail_msg("not refused: %s", svg);
	free(text);
}

static void what_draws_is_kept(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(inlined("<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<!-- by a program -->\n"
				 "<svg \n width=\"600\" viewBox='0 0 600 400'\n"
				 " xmlns=\"http://www.w3.org/2000/svg\"\n>\n"
				 "<path d='M0,1 L2,3' stroke = 'rgb(1,2,3)'/></svg>\n",
				 &text),
			 0);
	assert_string_equal(text, ROOT " width=\"600\" viewBox=\"0 0 600 400\">\n"
				       "<path d=\"M0,1 L2,3\" stroke=\"rgb(1,2,3)\"/></svg>");
	free(text);
	check("<g fill=\"none\"><text x='1'><tspan font-family=\"Arial\">-1.5</tspan></text></g>",
	      "<g fill=\"none\"><text x=\"1\"><tspan font-family=\"Arial\">-1.5</tspan></text></g>");
}

/* All figures of a page share one space of ids. */
static void ids_get_a_prefix(void **state)
{
	(void)state;
	check("<path id='gpPt0' d='M0,0'/><use xlink:href='#gpPt0'/><use href='#gpPt0'/>",
	      "<path id=\"p-gpPt0\" d=\"M0,0\"/><use href=\"#p-gpPt0\"/><use href=\"#p-gpPt0\"/>");
	check("<g filter=\"url(#box)\" clip-path='url(#c)'/>",
	      "<g filter=\"url(#p-box)\" clip-path=\"url(#p-c)\"/>");
	check("<g style='fill:url(#a)'/>", "<g fill=\"url(#p-a)\"/>");
	check("<g id='a b'/><g id='a\"b'/><g id=''/>", "<g/><g/><g/>");
}

static void what_acts_is_dropped(void **state)
{
	(void)state;
	check("<script>alert(1)</script><g/>", "<g/>");
	check("<script/><g/>", "<g/>");
	check("<g onclick='alert(1)' onload=\"x\" fill='red'/>", "<g fill=\"red\"/>");
	check("<foreignObject><g><text>html</text></g></foreignObject><g/>", "<g/>");
	check("<style>* { display: none }</style><image href='a.png'/>", "");
	check("<a xlink:href='javascript:alert(1)'><text>x</text></a>", "");
	check("<animate attributeName='href'/><set/><iframe src='x'></iframe>", "");
	check("<SCRIPT>x</SCRIPT><Svg/><svg:script>x</svg:script>", "");
	/* A hint under the mouse that says "gnuplot_plot_1" helps nobody. */
	check("<title>Gnuplot</title><desc>by</desc><g><title>x</title></g>", "<g></g>");
	check("<g class='x' style='position:fixed'/>", "<g/>");
}

static void nothing_is_loaded(void **state)
{
	(void)state;
	check("<use href='other.svg#a'/><use xlink:href='http://x/#a'/><use href='#'/>",
	      "<use/><use/><use/>");
	check("<use href='javascript:alert(1)'/><use href='data:x'/>", "<use/><use/>");
	check("<g fill='url(http://x/)' stroke='url(other#a)' mask='URL(x)'/>", "<g/>");
	check("<g fill='\\75rl(x)' stroke='u&#114;l(x)' filter=' url(#a)'/>", "<g/>");
	check("<g style='fill:url(//x); stroke:black'/>", "<g stroke=\"black\"/>");
	check("<g xml:base='http://x/' xmlns:xlink='x'/>", "<g/>");
}

static void style_becomes_attributes(void **state)
{
	(void)state;
	check("<path style='fill:none; stroke:rgb(0,158,115)' d='M0'/>",
	      "<path fill=\"none\" stroke=\"rgb(0,158,115)\" d=\"M0\"/>");
	check("<g fill='red' style='fill:none;stroke-width: 2 ;;x'/>",
	      "<g fill=\"red\" stroke-width=\"2\"/>");
	check("<g style=''/><g style=':'/><g style='fill'/>", "<g/><g/><g/>");
}

static void text_stays_text(void **state)
{
	(void)state;
	check("<text>a &lt;b&gt; &amp; &quot;c&apos; &#65;&#x41;</text>",
	      "<text>a &lt;b&gt; &amp; &quot;c&apos; &#65;&#x41;</text>");
	check("<text>a & b &nbsp; &lt c &#; &#x; &#6a; &#65 > \"</text>",
	      "<text>a &amp; b &amp;nbsp; &amp;lt c &amp;#; &amp;#x; &amp;#6a; &amp;#65 &gt; "
	      "&quot;</text>");
	check("<g fill='a\"b'/><g fill=\"<b>\"/>", "<g fill=\"a&quot;b\"/><g fill=\"&lt;b&gt;\"/>");
	check("<text>a<!-- <b> -->c</text>", "<text>ac</text>");
}

static void malformed_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"text",
		"<g></g>",
		"<svg/>",
		"<svg>",
		"<svg></g>",
		"<svg><g></svg></g>",
		"<svg></svg><svg></svg>",
		"<svg></svg></svg>",
		"<svg><g",
		"<svg><g fill></g></svg>",
		"<svg><g fill=red/></svg>",
		"<svg><g fill='red/></svg>",
		"<svg><g fill='red' =''/></svg>",
		"<svg></svg foo='1'>",
		"<svg><></svg>",
		"<svg>< g/></svg>",
		"<svg><!-- </svg>",
		"<svg><![CDATA[<script>]]></svg>",
		"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg></svg>",
		"<!ENTITY a 'b'><svg></svg>",
		"<?xml <svg></svg>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_refused(texts[i]);
}

static void depth_and_attributes_are_bounded(void **state)
{
	char *svg = NULL;
	size_t bytes;
	FILE *out = open_memstream(&svg, &bytes);

	(void)state;
	assert_non_null(out);
	for (int i = 0; i < 65; i++)
		fputs("<svg>", out);
	for (int i = 0; i < 65; i++)
		fputs("</svg>", out);
	assert_int_equal(fclose(out), 0);
	check_refused(svg);
	free(svg);
	out = open_memstream(&svg, &bytes);
	assert_non_null(out);
	fputs("<svg", out);
	for (int i = 0; i < 33; i++)
		fprintf(out, " x%d='1'", i);
	fputs("></svg>", out);
	assert_int_equal(fclose(out), 0);
	check_refused(svg);
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_draws_is_kept),
		cmocka_unit_test(ids_get_a_prefix),
		cmocka_unit_test(what_acts_is_dropped),
		cmocka_unit_test(nothing_is_loaded),
		cmocka_unit_test(style_becomes_attributes),
		cmocka_unit_test(text_stays_text),
		cmocka_unit_test(malformed_is_refused),
		cmocka_unit_test(depth_and_attributes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
