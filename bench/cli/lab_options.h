/* SPDX-License-Identifier: MIT */
/* lab_options.h - the command line of `lab`. */
#ifndef BENCH_CLI_LAB_OPTIONS_H
#define BENCH_CLI_LAB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/core/progress.h"
#include "host/lab/engine.h"

#define LAB_OPTIONS_MAX_KERNELS 64
#define LAB_OPTIONS_MAX_BOOTS	1000
#define LAB_OPTIONS_MAX_JOBS	64

struct lab_options {
	char **kernels; /* operands, borrowed from argv */
	unsigned int nr_kernels;
	const struct lab_engine *engine;
	const char *emulator;  /* NULL: the engine's own */
	const char *cpu_model; /* likewise */
	const char *modules;   /* for a bzImage operand; NULL: none */
	/* One per kernel instead, each may be NULL; no option of its own. NULL: `modules` for all. */
	const char *const *kernel_modules;
	const char *filter; /* NULL: everything */
	const char *inject; /* checked; "0" for none */
	unsigned int boots;
	bool has_seed;
	uint64_t seed;
	unsigned int jobs;
	bool allows_hazards;
	bool carries_state;
	bool wants_symbols; /* of each kernel; no option of its own */
	const char *out;    /* NULL: results/<host>/lab-<engine>/<UTC> */
	enum fpb_progress_style progress;
};

/* Ends the process with exit code 2 and one message on a usage error. */
void lab_options_parse(int argc, char **argv, struct lab_options *options);

/* Those of the kernel with this index; NULL: none. */
static inline const char *lab_options_modules(const struct lab_options *options, unsigned int index)
{
	return options->kernel_modules ? options->kernel_modules[index] : options->modules;
}

#endif
