// SPDX-License-Identifier: MIT
#include "bench/model/perf_line.h"

#include <stdio.h>
#include <string.h>

/* Control sequences: ESC [ parameters, up to a letter. */
static size_t skip_escape(const char *text, size_t length)
{
	size_t i = 1;

	if (i < length && text[i] == '[')
		i++;
	while (i < length && (unsigned char)text[i] < '@')
		i++;
	return i < length ? i + 1 : length;
}

void fpb_perf_split(const char *text, size_t length, struct fpb_perf_line *line)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 1 < sizeof(line->text);) {
		if (text[i] == '\033') {
			i += skip_escape(text + i, length - i);
			continue;
		}
		line->text[used] = text[i++];
		if ((unsigned char)line->text[used] < ' ')
			line->text[used] = ' ';
		used++;
	}
	line->text[used] = '\0';
	line->nr = 0;
	for (char *c = line->text; *c && line->nr < FPB_PERF_WORDS;) {
		while (*c == ' ')
			*c++ = '\0';
		if (!*c)
			break;
		line->word[line->nr++] = c;
		while (*c && *c != ' ')
			c++;
	}
}

bool fpb_perf_starts(const struct fpb_perf_line *line, const char *const *words)
{
	for (unsigned i = 0; words[i]; i++) {
		if (i >= line->nr || strcmp(line->word[i], words[i]) != 0)
			return false;
	}
	return true;
}

bool fpb_perf_is_count(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

/* "12.34%" */
bool fpb_perf_is_percentage(const char *word)
{
	const size_t length = strlen(word);

	return length > 1 && strspn(word, "0123456789.") == length - 1 && word[length - 1] == '%';
}

bool fpb_perf_has_word(const struct fpb_perf_line *line, const char *word)
{
	for (unsigned i = 0; i < line->nr; i++) {
		if (!strcmp(line->word[i], word))
			return true;
	}
	return false;
}

/* "19:16:38.537503" */
bool fpb_perf_is_clock(const char *word, double *seconds_of_day)
{
	unsigned hours, minutes, seconds, micros;
	int end = 0;

	if (sscanf(word, "%2u:%2u:%2u.%6u%n", &hours, &minutes, &seconds, &micros, &end) != 4 ||
	    word[end] || hours > 23 || minutes > 59 || seconds > 60)
		return false;
	*seconds_of_day = hours * 3600.0 + minutes * 60.0 + seconds + micros / 1e6;
	return true;
}
