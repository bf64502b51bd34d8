/* SPDX-License-Identifier: MIT */
/* run_options.h - what to measure and how: the command lines of `run` and `noise`; parts of `ab`'s. */
#ifndef BENCH_CLI_RUN_OPTIONS_H
#define BENCH_CLI_RUN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/core/inject.h"
#include "bench/core/plan.h"
#include "bench/core/progress.h"

#define RUN_OPTIONS_MAX_RUNS 10000

struct run_options {
	const char *filter; /* NULL: everything */
	const struct fpb_profile *profile;
	unsigned int runs;
	int cpu; /* TOPOLOGY_ANY_CPU: pick one */
	bool has_seed;
	uint64_t seed; /* below 2^63: JSON integers are signed */
	const char *inject_text;
	struct fpb_inject inject;
	bool allows_hazards;
	const char *out;    /* NULL: results/<host>/<kernel build>/<UTC>/report.json */
	const char *resume; /* the report of the run to go on with; NULL: a new one */
	enum fpb_progress_style progress;
};

/* Options of argp; the letters 'f' and 'o' besides. */
enum run_option_key {
	RUN_KEY_PROFILE = 256,
	RUN_KEY_RUNS,
	RUN_KEY_CPU,
	RUN_KEY_SEED,
	RUN_KEY_INJECT,
	RUN_KEY_HAZARDS,
	RUN_KEY_PROGRESS,
	RUN_KEY_RESUME
};

/* For the parsers of others that have some of these options: takes one, ARGP_ERR_UNKNOWN for what
 * is no option of run. */
error_t run_options_take(int key, char *arg, struct argp_state *state, struct run_options *options);
/* What holds before anything is given, and for what has not been given. */
void run_options_begin(struct run_options *options);
void run_options_end(struct run_options *options);

/*
 * Both end the process with exit code 2 and one message on a usage error. With --resume what was
 * not given is left unset (profile and inject_text NULL, runs 0, TOPOLOGY_ANY_CPU): the journal
 * says it.
 */
void run_options_parse(int argc, char **argv, struct run_options *options);
void noise_options_parse(int argc, char **argv, struct run_options *options);

#endif
