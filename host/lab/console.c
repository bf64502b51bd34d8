// SPDX-License-Identifier: MIT
#include "host/lab/console.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A boot's log has some 30 KB; of a longer one, the end. */
#define MAX_BYTES (4u << 20)

struct line {
	const char *text; /* not terminated */
	size_t bytes;
};

/* As the kernel prints them (kernel/panic.c, arch/x86/kernel/{dumpstack,traps}.c, mm/fault.c). */
static const char *const complaints[] = {
	"Kernel panic - not syncing", "BUG: ",	      "kernel BUG at ", "Oops: ",
	"general protection fault",   "traps: PANIC", "PANIC: ",
};

/* The end of the file; -1 where it cannot be read. */
static int read_end(const char *path, char **data, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0, want;
	struct stat st;
	ssize_t got;
	char *buf;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st)) {
		close(fd);
		return -1;
	}
	want = st.st_size < MAX_BYTES ? (size_t)st.st_size : MAX_BYTES;
	buf = malloc(want + 1);
	while (buf && used < want) {
		got = pread(fd, buf + used, want - used, st.st_size - (off_t)(want - used));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	*data = buf;
	*bytes = used;
	return buf ? 0 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/* The next line with something on it, without blanks at its ends. */
static bool next_line(struct line *rest, struct line *line)
{
	while (rest->bytes) {
		const char *end = memchr(rest->text, '\n', rest->bytes);
		size_t bytes = end ? (size_t)(end - rest->text) : rest->bytes;

		*line = (struct line){ rest->text, bytes };
		rest->text += end ? bytes + 1 : bytes;
		rest->bytes -= end ? bytes + 1 : bytes;
		while (line->bytes && is_blank(line->text[line->bytes - 1]))
			line->bytes--;
		while (line->bytes && is_blank(line->text[0])) {
			line->text++;
			line->bytes--;
		}
		if (line->bytes)
			return true;
	}
	return false;
}

/* As a word of its own: "DEBUG: " is no "BUG: ". */
static bool has_word(const struct line *line, const char *word)
{
	const char *const end = line->text + line->bytes;
	const char *at = line->text;

	while ((at = memmem(at, (size_t)(end - at), word, strlen(word)))) {
		if (at == line->text || !isalnum((unsigned char)at[-1]))
			return true;
		at++;
	}
	return false;
}

static bool is_complaint(const struct line *line)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		if (has_word(line, complaints[i]))
			return true;
	}
	return false;
}

/* A rule drawn around a message says nothing. */
static bool has_words(const struct line *line)
{
	for (size_t i = 0; i < line->bytes; i++) {
		if (isalnum((unsigned char)line->text[i]))
			return true;
	}
	return false;
}

char *console_harmless(const void *data, size_t bytes)
{
	const size_t kept = bytes < CONSOLE_LINE_BYTES ? bytes : CONSOLE_LINE_BYTES;
	const unsigned char *from = data;
	char *text;
	size_t i;

	text = malloc(kept + sizeof("..."));
	if (!text)
		return NULL;
	for (i = 0; i < kept; i++) {
		if (from[i] >= ' ' && from[i] < 0x7f)
			text[i] = (char)from[i];
		else if (from[i] == '\t')
			text[i] = ' ';
		else
			text[i] = '?';
	}
	snprintf(text + kept, sizeof("..."), "%s", bytes > kept ? "..." : "");
	return text;
}

/* Of the lines that fit, the first or the last. */
static char *find_line(const char *path, bool (*fits)(const struct line *line), bool want_last)
{
	struct line rest, line, found = { 0 };
	char *data, *text;

	if (read_end(path, &data, &rest.bytes))
		return NULL;
	rest.text = data;
	while (next_line(&rest, &line)) {
		if (!fits(&line))
			continue;
		found = line;
		if (!want_last)
			break;
	}
	text = found.text ? console_harmless(found.text, found.bytes) : NULL;
	free(data);
	return text;
}

char *console_complaint(const char *path)
{
	return find_line(path, is_complaint, false);
}

char *console_last_line(const char *path)
{
	return find_line(path, has_words, true);
}

static unsigned int count_lines(struct line rest)
{
	unsigned int nr = 0;
	struct line line;

	while (next_line(&rest, &line))
		nr++;
	return nr;
}

char *console_tail(const char *path, unsigned int nr_lines)
{
	char *data, *one, *text = NULL;
	struct line rest, line;
	unsigned int skip, nr;
	size_t bytes = 0;
	FILE *out;

	if (read_end(path, &data, &rest.bytes))
		return NULL;
	rest.text = data;
	nr = count_lines(rest);
	skip = nr > nr_lines ? nr - nr_lines : 0;
	out = nr ? open_memstream(&text, &bytes) : NULL;
	while (out && next_line(&rest, &line)) {
		if (skip) {
			skip--;
			continue;
		}
		one = console_harmless(line.text, line.bytes);
		fprintf(out, "\n  %s", one ? one : "");
		free(one);
	}
	if (out)
		fclose(out);
	free(data);
	return text;
}
