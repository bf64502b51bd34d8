// SPDX-License-Identifier: MIT
#include "bench/report/html/svg_inline.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bench/report/escape.h"
#include "bench/report/html/svg_scan.h"

#define MAX_DEPTH 64

static const char *const elements[] = {
	"svg",	   "g",		  "defs",	    "path",	"rect", "circle",
	"ellipse", "line",	  "polygon",	    "polyline", "use",	"text",
	"tspan",   "clipPath",	  "pattern",	    "symbol",	"mask", "filter",
	"feFlood", "feComposite", "linearGradient", "stop",
};

static const char *const attributes[] = {
	"alignment-baseline",
	"baseline-shift",
	"clip-path",
	"clip-rule",
	"clipPathUnits",
	"color",
	"cx",
	"cy",
	"d",
	"dominant-baseline",
	"dx",
	"dy",
	"fill",
	"fill-opacity",
	"fill-rule",
	"filter",
	"filterUnits",
	"flood-color",
	"flood-opacity",
	"font-family",
	"font-size",
	"font-style",
	"font-weight",
	"gradientUnits",
	"height",
	"in",
	"in2",
	"letter-spacing",
	"mask",
	"offset",
	"opacity",
	"operator",
	"patternTransform",
	"patternUnits",
	"points",
	"preserveAspectRatio",
	"r",
	"result",
	"rx",
	"ry",
	"shape-rendering",
	"stop-color",
	"stop-opacity",
	"stroke",
	"stroke-dasharray",
	"stroke-dashoffset",
	"stroke-linecap",
	"stroke-linejoin",
	"stroke-miterlimit",
	"stroke-opacity",
	"stroke-width",
	"text-anchor",
	"text-decoration",
	"transform",
	"viewBox",
	"visibility",
	"width",
	"x",
	"x1",
	"x2",
	"xml:space",
	"y",
	"y1",
	"y2",
};

struct inliner {
	FILE *out;
	const char *prefix, *label;
	struct fpb_svg_span open[MAX_DEPTH];
	size_t depth;
	size_t dropped; /* depth of the element that is dropped with all inside; 0: none */
	bool is_done;	/* the root is closed */
};

static bool is_among(struct fpb_svg_span name, const char *const *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (fpb_svg_is(name, list[i]))
			return true;
	}
	return false;
}

static bool is_element(struct fpb_svg_span name)
{
	return is_among(name, elements, sizeof(elements) / sizeof(*elements));
}

static bool is_attribute(struct fpb_svg_span name)
{
	return is_among(name, attributes, sizeof(attributes) / sizeof(*attributes));
}

/* The length of "&amp;", "&#65;", "&#x41;" at the start of the span; 0: the & means itself. */
static size_t reference_length(struct fpb_svg_span span)
{
	static const char *const names[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
	size_t length = 2;
	bool is_hex;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (span.length >= strlen(names[i]) && !memcmp(span.at, names[i], strlen(names[i])))
			return strlen(names[i]);
	}
	if (span.length < 4 || span.at[1] != '#')
		return 0;
	is_hex = span.at[2] == 'x';
	for (length += is_hex; length < span.length && span.at[length] != ';'; length++) {
		const unsigned char c = (unsigned char)span.at[length];

		if (is_hex ? !isxdigit(c) : !isdigit(c))
			return 0;
	}
	return length < span.length && length > 2 + (size_t)is_hex ? length + 1 : 0;
}

/* As text, or between double quotes. */
static void put_escaped(FILE *out, struct fpb_svg_span span)
{
	for (size_t i = 0; i < span.length; i++) {
		const struct fpb_svg_span rest = { span.at + i, span.length - i };
		const size_t length = span.at[i] == '&' ? reference_length(rest) : 0;

		if (length) {
			fwrite(rest.at, 1, length, out);
			i += length - 1;
			continue;
		}
		switch (span.at[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(span.at[i], out);
		}
	}
}

static bool is_id(struct fpb_svg_span span)
{
	for (size_t i = 0; i < span.length; i++) {
		if (!isalnum((unsigned char)span.at[i]) && !strchr("_-.", span.at[i]))
			return false;
	}
	return span.length > 0;
}

static struct fpb_svg_span inside(struct fpb_svg_span span, size_t before, size_t after)
{
	return (struct fpb_svg_span){ span.at + before, span.length - before - after };
}

/* The id in "url(#id)"; none: of length 0. */
static struct fpb_svg_span id_of_url(struct fpb_svg_span value)
{
	if (value.length < 7 || memcmp(value.at, "url(#", 5) != 0 ||
	    value.at[value.length - 1] != ')')
		return inside(value, value.length, 0);
	return inside(value, 5, 1);
}

/* Whether a browser could find something to load in it; other spellings of "url" count too. */
static bool has_url(struct fpb_svg_span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] == '\\' || value.at[i] == '&' ||
		    (i + 3 <= value.length && !strncasecmp(value.at + i, "url", 3)))
			return true;
	}
	return false;
}

/* One attribute that may be written; `value` may hold nothing that is loaded. */
static void put_attribute(struct inliner *inliner, struct fpb_svg_span name,
			  struct fpb_svg_span value)
{
	const struct fpb_svg_span id = id_of_url(value);

	if (has_url(value) && !is_id(id))
		return;
	fprintf(inliner->out, " %.*s=\"", (int)name.length, name.at);
	if (is_id(id))
		fprintf(inliner->out, "url(#%s-%.*s)", inliner->prefix, (int)id.length, id.at);
	else
		put_escaped(inliner->out, value);
	fputc('"', inliner->out);
}

static struct fpb_svg_span trim(struct fpb_svg_span span)
{
	while (span.length && isspace((unsigned char)span.at[0]))
		span = inside(span, 1, 0);
	while (span.length && isspace((unsigned char)span.at[span.length - 1]))
		span = inside(span, 0, 1);
	return span;
}

/* "fill:none; stroke:black" as attributes, those that the element has besides excepted. */
static void put_style(struct inliner *inliner, const struct fpb_svg_token *token,
		      struct fpb_svg_span style)
{
	while (style.length) {
		const char *end = memchr(style.at, ';', style.length);
		const size_t length = end ? (size_t)(end - style.at) : style.length;
		const char *colon = memchr(style.at, ':', length);
		bool is_there = false;

		if (colon) {
			const size_t at = (size_t)(colon - style.at);
			const struct fpb_svg_span name =
				trim((struct fpb_svg_span){ style.at, at });
			const struct fpb_svg_span value =
				trim((struct fpb_svg_span){ colon + 1, length - at - 1 });

			for (size_t i = 0; i < token->nr_attributes; i++)
				is_there = is_there ||
					   (name.length == token->name[i].length &&
					    !memcmp(name.at, token->name[i].at, name.length));
			if (!is_there && is_attribute(name))
				put_attribute(inliner, name, value);
		}
		style = inside(style, length + (end != NULL), 0);
	}
}

static void put_attributes(struct inliner *inliner, const struct fpb_svg_token *token)
{
	for (size_t i = 0; i < token->nr_attributes; i++) {
		const struct fpb_svg_span name = token->name[i], value = token->value[i];

		if (fpb_svg_is(name, "id") && is_id(value))
			fprintf(inliner->out, " id=\"%s-%.*s\"", inliner->prefix, (int)value.length,
				value.at);
		else if ((fpb_svg_is(name, "xlink:href") || fpb_svg_is(name, "href")) &&
			 value.length && value.at[0] == '#' && is_id(inside(value, 1, 0)))
			fprintf(inliner->out, " href=\"#%s-%.*s\"", inliner->prefix,
				(int)value.length - 1, value.at + 1);
		else if (fpb_svg_is(name, "style"))
			put_style(inliner, token, value);
		else if (is_attribute(name))
			put_attribute(inliner, name, value);
	}
}

static int put_label(struct inliner *inliner)
{
	int ret;

	fputs(" role=\"img\" aria-label=\"", inliner->out);
	ret = fpb_print_xml(inliner->out, inliner->label);
	fputc('"', inliner->out);
	return ret;
}

static int open_element(struct inliner *inliner, const struct fpb_svg_token *token)
{
	const bool is_root = !inliner->depth;
	int ret = 0;

	if (inliner->is_done || inliner->depth == MAX_DEPTH ||
	    (is_root && (token->is_empty || !fpb_svg_is(token->span, "svg"))))
		return -EINVAL;
	if (!inliner->dropped && is_element(token->span)) {
		fprintf(inliner->out, "<%.*s", (int)token->span.length, token->span.at);
		if (is_root)
			ret = put_label(inliner);
		put_attributes(inliner, token);
		fputs(token->is_empty ? "/>" : ">", inliner->out);
	} else if (!inliner->dropped && !token->is_empty) {
		inliner->dropped = inliner->depth + 1;
	}
	if (!token->is_empty)
		inliner->open[inliner->depth++] = token->span;
	return ret;
}

static int close_element(struct inliner *inliner, struct fpb_svg_span name)
{
	const struct fpb_svg_span *open = inliner->open;

	if (!inliner->depth || open[inliner->depth - 1].length != name.length ||
	    memcmp(open[inliner->depth - 1].at, name.at, name.length) != 0)
		return -EINVAL;
	if (!inliner->dropped)
		fprintf(inliner->out, "</%.*s>", (int)name.length, name.at);
	if (inliner->dropped == inliner->depth)
		inliner->dropped = 0;
	inliner->is_done = !--inliner->depth;
	return 0;
}

static int put_token(struct inliner *inliner, const struct fpb_svg_token *token)
{
	switch (token->kind) {
	case FPB_SVG_OPEN:
		return open_element(inliner, token);
	case FPB_SVG_CLOSE:
		return close_element(inliner, token->span);
	case FPB_SVG_TEXT:
	case FPB_SVG_END:
	default:
		if (inliner->depth && !inliner->dropped)
			put_escaped(inliner->out, token->span);
		return 0;
	}
}

int fpb_svg_inline(const char *svg, const char *prefix, const char *label, FILE *out)
{
	struct inliner inliner = { .out = out, .prefix = prefix, .label = label };
	struct fpb_svg_token token;
	int ret;

	do {
		ret = fpb_svg_next(&svg, &token);
		if (!ret && token.kind != FPB_SVG_END)
			ret = put_token(&inliner, &token);
	} while (!ret && token.kind != FPB_SVG_END);
	return ret ? ret : inliner.is_done ? 0 : -EINVAL;
}
