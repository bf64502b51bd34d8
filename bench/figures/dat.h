/* SPDX-License-Identifier: MIT */
/*
 * dat.h - a data file of gnuplot: blocks of rows, columns separated by tabs, texts in quotes.
 *
 * A script reads a block by its name (`index 'rows'`), numbers by column(k), texts by strcol(k) and
 * nothing else, and draws them `noenhanced`: then a text is shown as it stands, whatever it holds.
 * gnuplot undoes the escapes of a quoted column, so that quotes and backslashes arrive too; control
 * characters arrive as \n, \x1b (text.h). Texts are cut in their middle to the columns given.
 *
 * Functions never fail at once: dat->ret keeps the first error, 0 or -ENOMEM. A failed stream is for
 * its owner to notice.
 */
#ifndef BENCH_FIGURES_DAT_H
#define BENCH_FIGURES_DAT_H

#include <stdio.h>

struct fpb_dat {
	FILE *out; /* with .ret = 0, all there is to initialise */
	int ret;
	unsigned nr_blocks, nr_columns; /* so far; of this row */
};

/* Columns of a legend's label, and of names of rows that stand beside a figure. */
#define FPB_DAT_LABEL_COLUMNS 38
#define FPB_DAT_NAME_COLUMNS  40

/* Begins a block; `name` is a word of ours. A block needs a row: gnuplot takes an empty one amiss. */
void fpb_dat_block(struct fpb_dat *dat, const char *name);
void fpb_dat_number(struct fpb_dat *dat, double value); /* NaN where there is none */
void fpb_dat_text(struct fpb_dat *dat, const char *text, size_t columns);
void fpb_dat_end_row(struct fpb_dat *dat);

/*
 * The block "texts": rows of a key of ours and a text. plots/style.gp draws the lines of the caption,
 * which are wrapped here, and makes of the keys unit and label1 .. label8 the variables text_unit,
 * text_label1 .. for the script.
 */
void fpb_dat_texts(struct fpb_dat *dat);
void fpb_dat_key(struct fpb_dat *dat, const char *key, const char *text);
void fpb_dat_caption(struct fpb_dat *dat, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
