/* SPDX-License-Identifier: MIT */
/*
 * console.h - what a log has to say to a person. A guest wrote it: nothing in it is trusted.
 *
 * Strings returned are printable ASCII, to be freed; NULL: no memory, or there is no such text.
 */
#ifndef HOST_LAB_CONSOLE_H
#define HOST_LAB_CONSOLE_H

#include <stddef.h>

#define CONSOLE_LINE_BYTES 480

/* One line out of any bytes: what is not printable becomes '?', what is too long ends in "...". */
char *console_harmless(const void *data, size_t bytes);

/* The first line by which a kernel says that it is broken: panic, oops, BUG. */
char *console_complaint(const char *path);

/* The last line with a word on it. */
char *console_last_line(const char *path);

/* The last lines, each with a line feed and two spaces before it. */
char *console_tail(const char *path, unsigned int nr_lines);

#endif
