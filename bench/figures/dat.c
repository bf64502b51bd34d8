// SPDX-License-Identifier: MIT
#include "bench/figures/dat.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/text.h"

/* More than there are in any line. */
#define MAX_COLUMNS 200

/* Of a caption's line, as width_of(): 3.25 inches in 6 points. */
#define CAPTION_WIDTH 39000

void fpb_dat_block(struct fpb_dat *dat, const char *name)
{
	/* Two empty lines part blocks; the comment before the first row is the name. */
	fprintf(dat->out, "%s# %s\n", dat->nr_blocks ? "\n\n" : "", name);
	dat->nr_blocks++;
	dat->nr_columns = 0;
}

static void begin_column(struct fpb_dat *dat)
{
	if (dat->nr_columns++)
		fputc('\t', dat->out);
}

void fpb_dat_number(struct fpb_dat *dat, double value)
{
	begin_column(dat);
	if (isnan(value))
		fputs("NaN", dat->out);
	else
		fprintf(dat->out, "%.15g", value);
}

/*
 * gnuplot reads a column in quotes to the next quote, then undoes backslashes. It takes all octal
 * digits behind one, however many, so that those which follow a quote are escaped as well.
 */
static void print_quoted(FILE *out, const char *text)
{
	bool is_octal = false;

	fputc('"', out);
	for (; *text; text++) {
		is_octal = *text == '"' || (is_octal && *text >= '0' && *text <= '7');
		if (is_octal)
			fprintf(out, "\\%03o", (unsigned char)*text);
		else if (*text == '\\')
			fputs("\\\\", out);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

void fpb_dat_text(struct fpb_dat *dat, const char *text, size_t columns)
{
	char *printable = fpb_text_printable_dup(text);

	begin_column(dat);
	if (!printable) {
		dat->ret = -ENOMEM;
		return;
	}
	fpb_text_elide(printable, columns);
	/* It takes two quotes with nothing between them for the beginning of a text. */
	print_quoted(dat->out, printable[0] ? printable : " ");
	free(printable);
}

void fpb_dat_end_row(struct fpb_dat *dat)
{
	fputc('\n', dat->out);
	dat->nr_columns = 0;
}

void fpb_dat_texts(struct fpb_dat *dat)
{
	fpb_dat_block(dat, "texts");
}

void fpb_dat_key(struct fpb_dat *dat, const char *key, const char *text)
{
	fpb_dat_text(dat, key, MAX_COLUMNS);
	fpb_dat_text(dat, text, MAX_COLUMNS);
	fpb_dat_end_row(dat);
}

/* Thousandths of the font's size: of DejaVu Sans, which is wider than what else it may be drawn in. */
static unsigned width_of(const char *glyph)
{
	if ((unsigned char)*glyph >= 0x80 || strchr("mwMW@%", *glyph))
		return 1000;
	if (strchr("#&^+=<>~", *glyph) || (*glyph >= 'A' && *glyph <= 'Z'))
		return 800;
	if (strchr(" .,:;!|'`ijl()[]/-tfr\"\\", *glyph))
		return 400;
	return 640;
}

/* Where a line of `text` ends: at its last blank that fits, or in mid-word. */
static size_t line_bytes(const char *text)
{
	unsigned width = 0;
	size_t end = 0, i;

	for (i = 0; text[i]; i += fpb_utf8_sequence(text + i)) {
		width += width_of(text + i);
		if (width > CAPTION_WIDTH)
			return end ? end : i;
		if (text[i] == ' ')
			end = i;
	}
	return i;
}

static void print_lines(struct fpb_dat *dat, char *text)
{
	while (*text) {
		const size_t bytes = line_bytes(text);
		const char kept = text[bytes];

		text[bytes] = '\0';
		fpb_dat_text(dat, "caption", MAX_COLUMNS);
		fpb_dat_text(dat, text, MAX_COLUMNS);
		fpb_dat_end_row(dat);
		text[bytes] = kept;
		text += bytes + (kept == ' ');
	}
}

void fpb_dat_caption(struct fpb_dat *dat, const char *fmt, ...)
{
	char *text = NULL, *printable = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		printable = fpb_text_printable_dup(text);
	if (printable)
		print_lines(dat, printable);
	else
		dat->ret = -ENOMEM;
	free(text);
	free(printable);
}
