/* SPDX-License-Identifier: MIT */
/*
 * text.h - strings that come from elsewhere: a report of unknown origin, a kernel's command line.
 *
 * They may hold invalid UTF-8, which JSON cannot carry, or control characters, which a terminal
 * would obey. Everything printed for a person passes through here.
 */
#ifndef BENCH_REPORT_TEXT_H
#define BENCH_REPORT_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* Bytes of the well-formed UTF-8 sequence at text (1 to 4), 0 if there is none. RFC 3629. */
size_t fpb_utf8_sequence(const char *text);

/* Columns when every code point takes one. */
size_t fpb_text_columns(const char *text);

/*
 * Writes text into buf, at most size - 1 bytes and always terminated, with control characters,
 * direction overrides and invalid bytes as \n, \x1b or \u202e. Never cuts a sequence in two.
 * Returns the bytes written.
 */
size_t fpb_text_printable(const char *text, char *buf, size_t size);

/* The same in memory of its own; NULL when memory is short. */
char *fpb_text_printable_dup(const char *text) __attribute__((malloc));

/*
 * Shortens printable text in place to at most `columns` (>= 8) by "..." in its middle: the
 * ends of row names, not their beginnings, tell rows apart.
 */
void fpb_text_elide(char *text, size_t columns);

/* JSON string, invalid bytes replaced by U+FFFD. NULL when memory is short or text is NULL. */
json_t *fpb_text_to_json(const char *text);

#endif
