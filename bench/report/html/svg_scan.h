/* SPDX-License-Identifier: MIT */
/*
 * svg_scan.h - the tokens of an XML text: tags with their attributes, and what stands between.
 *
 * Enough of XML for what gnuplot writes: no document type with declarations of its own, no entities
 * but the five of XML and characters by number. Tokens point into the text, which ends in '\0'.
 */
#ifndef BENCH_REPORT_HTML_SVG_SCAN_H
#define BENCH_REPORT_HTML_SVG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define FPB_SVG_MAX_ATTRIBUTES 32

struct fpb_svg_span {
	const char *at;
	size_t length;
};

enum fpb_svg_kind { FPB_SVG_TEXT, FPB_SVG_OPEN, FPB_SVG_CLOSE, FPB_SVG_END };

struct fpb_svg_token {
	enum fpb_svg_kind kind;
	struct fpb_svg_span span; /* the text; of tags the name */
	bool is_empty;		  /* <name/> */
	struct fpb_svg_span name[FPB_SVG_MAX_ATTRIBUTES], value[FPB_SVG_MAX_ATTRIBUTES];
	size_t nr_attributes;
};

/* The token at *text, which moves behind it; comments and declarations are passed over. 0 or -EINVAL. */
int fpb_svg_next(const char **text, struct fpb_svg_token *token)
	__attribute__((warn_unused_result));

bool fpb_svg_is(struct fpb_svg_span span, const char *word);

#endif
