// SPDX-License-Identifier: MIT
#include "bench/figures/builds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/report/text.h"

/* Of a label that stands upright: its line. */
#define LABEL_LINE_IN 0.13
#define LABEL_COLUMNS 22
/* A label of the last build may reach as far beyond the axis. */
#define BEYOND_IN 0.2
/* With more of them the caption names the first and the last. */
#define MOST_IN_CAPTION 10

/* Where the ending begins that all labels share: at a "-" or "+", or at the end of the label. */
static size_t common_ending(const struct fpb_plot_set *set)
{
	const char *first = set->build[0].label;
	const size_t length = strlen(first);
	size_t shared = length;

	for (size_t i = 1; i < set->nr; i++) {
		const char *label = set->build[i].label;
		const size_t bytes = strlen(label);
		size_t same = 0;

		while (same < shared && same < bytes &&
		       first[length - same - 1] == label[bytes - same - 1])
			same++;
		shared = same;
	}
	/* Not at the beginning: something has to be left of every label. */
	for (size_t i = length - shared; i < length; i++) {
		if (i && (first[i] == '-' || first[i] == '+'))
			return length - i;
	}
	return 0;
}

/* No label is but the ending. */
static size_t ending_bytes(const struct fpb_plot_set *set)
{
	const size_t bytes = set->nr > 1 ? common_ending(set) : 0;

	for (size_t i = 0; i < set->nr; i++) {
		if (strlen(set->build[i].label) <= bytes)
			return 0;
	}
	return bytes;
}

int fpb_builds_print(const struct fpb_plot_set *set, struct fpb_dat *dat)
{
	const size_t bytes = ending_bytes(set);
	const double slot_in = FPB_BUILDS_WIDTH_IN / (double)set->nr;
	const size_t every = (size_t)(LABEL_LINE_IN / slot_in) + 1;

	fpb_dat_block(dat, "builds");
	for (size_t i = 0; i < set->nr; i++) {
		const char *label = set->build[i].label;
		char *shown = strndup(label, strlen(label) - bytes);

		if (!shown)
			return -ENOMEM;
		fpb_dat_number(dat, (double)(i + 1));
		fpb_dat_text(dat, i % every ? "" : shown, LABEL_COLUMNS);
		fpb_dat_end_row(dat);
		free(shown);
	}
	return 0;
}

void fpb_builds_caption(const struct fpb_plot_set *set, struct fpb_dat *dat)
{
	const size_t bytes = ending_bytes(set);
	const char *label = set->build[0].label;

	if (set->nr > MOST_IN_CAPTION)
		fpb_dat_caption(dat, "%zu builds in the order given, of which the first and last:",
				set->nr);
	for (size_t i = 0; i < set->nr; i++) {
		if (set->nr <= MOST_IN_CAPTION || !i || i + 1 == set->nr)
			fpb_plot_caption_build(set, dat, i);
	}
	if (bytes)
		fpb_dat_caption(dat, "Labels without the ending of all, %.60s",
				label + strlen(label) - bytes);
	fpb_plot_caption_machine(set, dat, 0);
}

bool fpb_builds_place(double *right, size_t at, size_t columns, size_t nr, double *middle)
{
	const double slot_in = FPB_BUILDS_WIDTH_IN / (double)nr;
	const double end = (double)nr + 0.5 + BEYOND_IN / slot_in;
	const double width = FPB_DIGIT_IN * (double)columns / slot_in;
	double left = (double)at + (width < 1 ? 1 - width / 2 : 0.5);

	if (left + width > end)
		left = end - width;
	if (left < *right)
		return false;
	*right = left + width;
	*middle = left + width / 2;
	return true;
}
