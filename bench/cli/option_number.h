/* SPDX-License-Identifier: MIT */
/* option_number.h - a number on the command line. */
#ifndef BENCH_CLI_OPTION_NUMBER_H
#define BENCH_CLI_OPTION_NUMBER_H

#include <argp.h>
#include <stdint.h>

/* From min to max, decimal or 0x; anything else is a usage error that ends the process. */
uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		       uint64_t max);

#endif
