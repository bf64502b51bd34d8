/* SPDX-License-Identifier: MIT */
/*
 * comparing.h - what compare and gate share: options, reading, the comparison, printing it.
 */
#ifndef BENCH_CLI_COMPARING_H
#define BENCH_CLI_COMPARING_H

#include <argp.h>

#include "bench/cli/exit_code.h"
#include "bench/report/compare.h"
#include "bench/report/exports.h"

struct compare_options {
	const char *base, *new; /* paths, borrowed from argv as everything here */
	const char *filter, *noise;
	double delta;		   /* fraction; NaN: not given */
	const char **allowed_keys; /* NULL-terminated */
	size_t nr_allowed_keys;
	fpb_exporter *export;
	bool explains;
};

/* Parses the options of both and the two operands; its input is a struct compare_options. */
extern const struct argp compare_argp;
void compare_options_clear(struct compare_options *options);

/* One that was read and compared. */
struct comparing {
	struct fpb_side base, new, noise;
	struct fpb_pattern filter;
	struct fpb_comparison comparison;
};

/*
 * Reads and compares; policy and today may be NULL. EXIT_FINE; EXIT_INCOMPARABLE, when there is a
 * comparison too; EXIT_USAGE or EXIT_UNFIT, when there is none. All but the first have been said on
 * standard error. For comparing_destroy() in any case.
 */
enum exit_code comparing_create(struct comparing *c, const struct compare_options *options,
				const struct fpb_policy *policy, const char *today);
void comparing_destroy(struct comparing *c);

/* In the format asked for, to standard output. EXIT_FINE or EXIT_UNFIT. */
enum exit_code comparing_print(const struct comparing *c, const struct compare_options *options);

/* EXIT_UNFIT, and said so, if a report is incomplete or has failures; else EXIT_FINE. */
enum exit_code comparing_check(const struct comparing *c, const struct compare_options *options);

/*
 * If asked for: the functions behind each exact regression, after the comparison in text and
 * Markdown, on standard error beside the other formats. As explain_regressions().
 */
enum exit_code comparing_explain(const struct comparing *c, const struct compare_options *options);

#endif
