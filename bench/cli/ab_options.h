/* SPDX-License-Identifier: MIT */
/* ab_options.h - the command line of `ab`. */
#ifndef BENCH_CLI_AB_OPTIONS_H
#define BENCH_CLI_AB_OPTIONS_H

#include "bench/cli/gating.h"
#include "bench/cli/run_options.h"

enum { AB_A, AB_B, AB_NR_VARIANTS };

struct ab_options {
	const char *command[AB_NR_VARIANTS]; /* of --a and --b, borrowed from argv */
	unsigned int pairs;		     /* 0: what the number of rows asks for */
	struct run_options run;		     /* inject: of B; out: the folder, NULL: results/.. */
	struct gate_options gate;	     /* same filter as in run */
};

/* Ends the process with exit code 2 and one message on a usage error. */
void ab_options_parse(int argc, char **argv, struct ab_options *options);
void ab_options_clear(struct ab_options *options);

#endif
