/* SPDX-License-Identifier: MIT */
/*
 * explanation.h - where the instructions of one row go in one or two kernel builds, and what
 * differs between the two, function by function; written as text, Markdown, JSON or folded stacks.
 */
#ifndef BENCH_ATTRIBUTION_EXPLANATION_H
#define BENCH_ATTRIBUTION_EXPLANATION_H

#include <stdio.h>

#include "bench/attribution/attribution.h"
#include "bench/attribution/stacks.h"

#define FPB_EXPLANATION_KERNELS 2

/* In the tables, for the instructions that belong to no function of the kernel. */
#define FPB_NESTED_GUEST "[nested guest]"
#define FPB_USER_SPACE	 "[user space]"

struct fpb_explained_kernel {
	char *label;			    /* what tells it from the other */
	size_t nr_boots;		    /* all of them alike */
	size_t nr_operations, nr_disturbed; /* of all boots */
	struct fpb_attribution attribution; /* of the first boot */
	struct fpb_stacks stacks;
	double counted; /* the row's value by the lab in the same boot: without the harness's loop */
};

/* A function that takes another number of instructions, or is in one of the two only. */
struct fpb_function_difference {
	const char *name, *module; /* borrowed */
	uint64_t a, b;
};

struct fpb_explanation {
	char *row; /* NAME@SUBSTRATE */
	struct fpb_explained_kernel kernel[FPB_EXPLANATION_KERNELS];
	size_t nr_kernels;
	/* With two kernels: largest first. The sum of b - a is that of the totals. */
	struct fpb_function_difference *difference;
	size_t nr_differences;
};

/*
 * The lab takes the loop of the harness off, up to this many instructions an operation; it is among
 * the nested guest's or user space's here. Besides them the two may differ by 1 %.
 */
#define FPB_LOOP_MAX_INSN 16
bool fpb_explanation_adds_up(const struct fpb_explained_kernel *kernel);

/* Fills the differences. 0 or -ENOMEM. */
int fpb_explanation_compare(struct fpb_explanation *explanation)
	__attribute__((warn_unused_result));
void fpb_explanation_clear(struct fpb_explanation *explanation);

/* 0, -ENOMEM or -EIO. */
int fpb_explain_text(const struct fpb_explanation *explanation, FILE *out)
	__attribute__((warn_unused_result));
int fpb_explain_markdown(const struct fpb_explanation *explanation, FILE *out)
	__attribute__((warn_unused_result));
int fpb_explain_json(const struct fpb_explanation *explanation, FILE *out)
	__attribute__((warn_unused_result));
/* Lines "a;b;c N" for flame graphs; of two kernels "a;b;c A B", as difffolded.pl writes them. */
int fpb_explain_folded(const struct fpb_explanation *explanation, FILE *out)
	__attribute__((warn_unused_result));

#endif
