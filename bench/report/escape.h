/* SPDX-License-Identifier: MIT */
/*
 * escape.h - strings from anybody's report inside of other people's formats.
 *
 * Every function first makes its text printable (text.h), so that what it writes is one line of
 * valid UTF-8, whatever it was given. 0 or -ENOMEM.
 */
#ifndef BENCH_REPORT_ESCAPE_H
#define BENCH_REPORT_ESCAPE_H

#include <stdbool.h>
#include <stdio.h>

/* XML 1.0 text or attribute value, without quotes around it. */
int fpb_print_xml(FILE *out, const char *text) __attribute__((warn_unused_result));

/* A code span of GitHub's Markdown, in which nothing is markup, a mention or a table's bar. */
int fpb_print_code_span(FILE *out, const char *text) __attribute__((warn_unused_result));

/* The message of a GitHub workflow command, or the value of one of its properties. */
int fpb_print_github(FILE *out, const char *text, bool is_property)
	__attribute__((warn_unused_result));

#endif
