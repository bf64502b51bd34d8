/* SPDX-License-Identifier: MIT */
/* option.h - values that options of several subcommands take. Anything else is a usage error, which
 * ends the process. */
#ifndef BENCH_CLI_OPTION_H
#define BENCH_CLI_OPTION_H

#include <argp.h>
#include <stdint.h>

#include "bench/core/inject.h"
#include "bench/core/progress.h"

/* From min to max, decimal or 0x. */
uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		       uint64_t max);
/* --inject N or P%. */
void option_inject(struct argp_state *state, const char *text, struct fpb_inject *inject);
/* For options that may be repeated: *list is NULL, or ended by one, and for free(). 0 or ENOMEM. */
error_t option_append(const char ***list, const char *text);
/* At ARGP_KEY_ARGS: all operands, in the order given; borrowed from argv. */
void option_operands(struct argp_state *state, char ***operands, size_t *nr);
/* --progress auto, plain or none. */
void option_progress(struct argp_state *state, const char *text, enum fpb_progress_style *style);

#endif
