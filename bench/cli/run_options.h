/* SPDX-License-Identifier: MIT */
/* run_options.h - the command line of `run`. */
#ifndef BENCH_CLI_RUN_OPTIONS_H
#define BENCH_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/core/inject.h"
#include "bench/core/plan.h"
#include "bench/core/progress.h"

struct run_options {
	const char *filter; /* NULL: everything */
	const struct fpb_profile *profile;
	unsigned int runs; /* 0: the profile's */
	int cpu;	   /* -1: pick one */
	bool has_seed;
	uint64_t seed; /* below 2^63: JSON integers are signed */
	const char *inject_text;
	struct fpb_inject inject;
	bool allows_hazards;
	const char *out; /* NULL: results/<host>/<kernel build>/<UTC>/report.json */
	enum fpb_progress_style progress;
};

/* Ends the process with exit code 2 and one message on a usage error. */
void run_options_parse(int argc, char **argv, struct run_options *options);

#endif
