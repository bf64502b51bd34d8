/* SPDX-License-Identifier: MIT */
/*
 * gating.h - one exit code for two reports: what gate and ab share.
 *
 *	gating_create(), gating_judge(), gating_destroy()
 */
#ifndef BENCH_CLI_GATING_H
#define BENCH_CLI_GATING_H

#include "bench/cli/comparing.h"
#include "bench/report/policy.h"

struct gate_options {
	struct compare_options compare; /* its base and new: when gating_judge() is called */
	const char *policy;		/* path, borrowed from argv */
	const char **allow_lost;	/* ended by NULL; NULL: none */
};

/* Parses the options of gate, no operands; its input is a struct gate_options. */
extern const struct argp gate_argp;
void gate_options_clear(struct gate_options *options);

struct gating {
	struct fpb_policy policy;
	struct comparing comparing;
};

/*
 * Reads what is needed besides the reports: policy, filter, noise floors. EXIT_FINE; else EXIT_USAGE
 * or EXIT_UNFIT, said on standard error. For gating_destroy() in any case.
 */
enum exit_code gating_create(struct gating *g, const struct gate_options *options);

/* Reads the two reports, prints their comparison in the format asked for, and gives the verdict. */
enum exit_code gating_judge(struct gating *g, const struct gate_options *options);
void gating_destroy(struct gating *g);

/* EXIT_UNFIT, and said so, of a build whose figures mean nothing; `whose`: a path, say. */
enum exit_code gating_check_build(const struct fpb_suite *suite, const char *whose);

#endif
