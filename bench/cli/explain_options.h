/* SPDX-License-Identifier: MIT */
/* explain_options.h - the command line of `explain`. */
#ifndef BENCH_CLI_EXPLAIN_OPTIONS_H
#define BENCH_CLI_EXPLAIN_OPTIONS_H

#include "bench/cli/explain_row.h"

typedef int explain_writer_fn(const struct fpb_explanation *explanation, FILE *out);

struct explain_options {
	struct explain_request request; /* borrowed from argv */
	explain_writer_fn *write;
};

/* Ends the process with exit code 2 and one message on a usage error. */
void explain_options_parse(int argc, char **argv, struct explain_options *options);

#endif
