/* SPDX-License-Identifier: MIT */
/*
 * debate.h - what was claimed about guest FPU state on the kernel's lists, and what a report says.
 *
 * A claim is answered by figures, each made from one row or from two that differ in one thing. All
 * figures but evidence also stand in the report's `derived`. Pure: a report in, figures out.
 */
#ifndef BENCH_REPORT_DEBATE_H
#define BENCH_REPORT_DEBATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/report/report.h"

enum fpb_figure_kind {
	FPB_FIGURE_VALUE,      /* row */
	FPB_FIGURE_DIFFERENCE, /* row - base, run by run */
	FPB_FIGURE_RATIO,      /* row / base, run by run; its unit is "ratio" */
	FPB_FIGURE_EVIDENCE,   /* what the row read back: no figure of `derived` */
};

struct fpb_figure {
	const char *name; /* lower case, no other figure has it; ended by NULL in a claim */
	enum fpb_figure_kind kind;
	const char *row;  /* NAME@SUBSTRATE, as all rows here */
	const char *base; /* of differences and ratios, on the same substrate */
	/*
	 * Without this row the figure would not mean what the claim says: a guest can be shown AMX
	 * only where there is AMX. Or NULL.
	 */
	const char *given;
	unsigned per;	 /* divides a difference: bytes of state; 0: nothing does */
	const char *key; /* of the evidence */
	/* What the evidence's numbers mean, from 0 on, ended by NULL; NULL: they are bits. */
	const char *const *words;
};

#define FPB_CLAIM_FIGURES 12

struct fpb_claim {
	const char *text;   /* one line */
	const char *origin; /* who said so, where: what docs/claims.md cites */
	struct fpb_figure figures[FPB_CLAIM_FIGURES];
};

/* Ended by a NULL text. */
extern const struct fpb_claim fpb_claims[];

/* Why there is no figure: what the report says of a row. All borrowed, "" where it says nothing. */
struct fpb_obstacle {
	const char *row;
	const char *reason; /* of a skip; "failed"; "" */
	const char *text;
};

struct fpb_answer {
	bool is_asked; /* the row and its base are in the report, be it as skips or failures */
	bool is_found;
	size_t nr_runs;		      /* that have all of it */
	double value, low, high;      /* median, lowest and highest over these runs */
	const char *unit;	      /* borrowed from the report, or constant */
	struct fpb_obstacle obstacle; /* where it is asked and not found */
};

/* 0 or -ENOMEM. The answer borrows from both. */
int fpb_figure_find(const struct fpb_report *report, const struct fpb_figure *figure,
		    struct fpb_answer *answer) __attribute__((warn_unused_result));

/* Whether one of the claims' figures has this name. */
bool fpb_debate_has(const char *name);

/*
 * Makes the claims' figures in report->derived anew from the observations; others that stand there
 * stay, before them. 0 or -ENOMEM.
 */
int fpb_debate_derive(struct fpb_report *report) __attribute__((warn_unused_result));

/*
 * The section "debate" of a table: each claim, then its figures, or why there are none. What was not
 * asked, since a filter left rows of it out, has no line. 0 or -ENOMEM.
 */
int fpb_debate_print(const struct fpb_report *report, FILE *out)
	__attribute__((warn_unused_result));

/* The claims and how each figure is made, as Markdown: docs/claims.md has it. */
void fpb_debate_print_markdown(FILE *out);

#endif
