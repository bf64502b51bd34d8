// SPDX-License-Identifier: MIT
#include "bench/core/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/core/monotonic.h"

#define PLAIN_INTERVAL_MS    5000
#define TERMINAL_INTERVAL_MS 100
#define CLEAR_LINE	     "\r\033[K"

int fpb_progress_parse(const char *word, enum fpb_progress_style *style)
{
	static const struct {
		const char *word;
		enum fpb_progress_style style;
	} words[] = {
		{ "auto", FPB_PROGRESS_AUTO },
		{ "plain", FPB_PROGRESS_PLAIN },
		{ "none", FPB_PROGRESS_NONE },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) == 0) {
			*style = words[i].style;
			return 0;
		}
	}
	return -1;
}

void fpb_progress_start(struct fpb_progress *progress, enum fpb_progress_style style, size_t nr)
{
	if (style == FPB_PROGRESS_AUTO)
		style = isatty(STDERR_FILENO) ? FPB_PROGRESS_TERMINAL : FPB_PROGRESS_PLAIN;
	*progress = (struct fpb_progress){ .style = style, .nr = nr, .start_ms = monotonic_ms() };
	progress->last_ms = progress->start_ms;
}

int64_t fpb_progress_left_s(int64_t elapsed_ms, size_t done, size_t nr)
{
	if (done == 0)
		return -1;
	return (elapsed_ms * (int64_t)(nr - done) / (int64_t)done + 999) / 1000;
}

void fpb_progress_show(struct fpb_progress *progress, size_t done, const char *what)
{
	const bool is_terminal = progress->style == FPB_PROGRESS_TERMINAL;
	const int64_t now = monotonic_ms();
	int64_t left_s;

	if (progress->style == FPB_PROGRESS_NONE ||
	    now - progress->last_ms < (is_terminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS))
		return;
	progress->last_ms = now;
	left_s = fpb_progress_left_s(now - progress->start_ms, done, progress->nr);
	fprintf(stderr, "%s%zu of %zu, %.60s", is_terminal ? CLEAR_LINE : "", done, progress->nr,
		what);
	if (left_s >= 0)
		fprintf(stderr, ", %lld:%02lld left", (long long)left_s / 60,
			(long long)left_s % 60);
	if (!is_terminal)
		fputc('\n', stderr);
	fflush(stderr);
	progress->has_line = is_terminal;
}

void fpb_progress_end(struct fpb_progress *progress)
{
	if (progress->has_line)
		fputs(CLEAR_LINE, stderr);
	progress->has_line = false;
}
