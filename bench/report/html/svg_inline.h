/* SPDX-License-Identifier: MIT */
/*
 * svg_inline.h - a figure as gnuplot wrote it, made fit to stand inside of an HTML page.
 *
 * Elements and attributes that draw are kept, all others are dropped: scripts, handlers of events,
 * styles of a whole page, anything that would be loaded, titles (a browser shows them as hints). A
 * `style` becomes attributes, since the page's policy forbids inline styles. Ids and references to
 * them get a prefix, since all figures of a page share its ids; other references are dropped.
 */
#ifndef BENCH_REPORT_HTML_SVG_INLINE_H
#define BENCH_REPORT_HTML_SVG_INLINE_H

#include <stdio.h>

/*
 * Writes <svg>..</svg>, an image to readers of screens that is called `label`. `prefix` is letters,
 * digits and dashes. 0; -EINVAL: no well-formed SVG, what was written is for nobody; -ENOMEM.
 */
int fpb_svg_inline(const char *svg, const char *prefix, const char *label, FILE *out)
	__attribute__((warn_unused_result));

#endif
