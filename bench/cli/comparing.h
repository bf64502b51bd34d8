/* SPDX-License-Identifier: MIT */
/*
 * comparing.h - what compare, gate and ab share: options, reading, the comparison, printing it.
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
	fpb_exporter *export;
	bool explains;
};

/* Parses the options, no operands; its input is a struct compare_options. */
extern const struct argp compare_argp;
/* What asks for two reports, BASE and NEW, that are there already: these operands, and options. */
extern const struct argp_option compare_report_options[];
error_t compare_options_parse_reports(int key, char *arg, struct argp_state *state,
				      struct compare_options *options);
void compare_options_clear(struct compare_options *options);

/* One that was read and compared. */
struct comparing {
	struct fpb_side base, new, noise;
	struct fpb_pattern filter;
	struct fpb_comparison comparison;
};

/*
 * Reads what is needed besides the two reports: filter and noise floors. EXIT_FINE; else EXIT_USAGE
 * or EXIT_UNFIT, said on standard error. For comparing_destroy() in any case.
 */
enum exit_code comparing_create(struct comparing *c, const struct compare_options *options);

/*
 * Reads options->base and options->new and compares them, once; policy and today may be NULL.
 * EXIT_FINE; EXIT_INCOMPARABLE, when there is a comparison too; EXIT_USAGE or EXIT_UNFIT, when there
 * is none. All but the first have been said on standard error.
 */
enum exit_code comparing_compare(struct comparing *c, const struct compare_options *options,
				 const struct fpb_policy *policy, const char *today);
void comparing_destroy(struct comparing *c);

/* In the format asked for, to standard output. EXIT_FINE or EXIT_UNFIT. */
enum exit_code comparing_print(const struct comparing *c, const struct compare_options *options);

/* EXIT_UNFIT, and said so, if a report is incomplete or has failures; else EXIT_FINE. */
enum exit_code comparing_check(const struct comparing *c, const struct compare_options *options);

/* Says which differences stand in the way, and what allows them. EXIT_INCOMPARABLE. */
enum exit_code comparing_report_refused(const struct fpb_differences *differences, const char *base,
					const char *new);

/*
 * If asked for: the functions behind each exact regression, after the comparison in text and
 * Markdown, on standard error beside the other formats. As explain_regressions().
 */
enum exit_code comparing_explain(const struct comparing *c, const struct compare_options *options);

#endif
