/* SPDX-License-Identifier: MIT */
/* draw.h - run values as they might be measured, from a seed. */
#ifndef TESTS_UNIT_DRAW_H
#define TESTS_UNIT_DRAW_H

#include <math.h>
#include <stddef.h>

#include "bench/stats/random.h"

static inline double draw_uniform(uint64_t *state)
{
	return ((double)(random_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box & Muller 1958. */
static inline double draw_normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(draw_uniform(state)));

	return radius * cos(2 * M_PI * draw_uniform(state));
}

/* 1000 times a lognormal factor. */
static inline double draw_run(uint64_t *state, double sigma)
{
	return 1000 * exp(sigma * draw_normal(state));
}

/* The same with one run in eight disturbed, and then far off to one side. */
static inline double draw_heavy_run(uint64_t *state, double sigma)
{
	double run = draw_run(state, sigma);

	return draw_uniform(state) < 0.125 ? run * (1 + 10 * sigma / draw_uniform(state)) : run;
}

#endif
