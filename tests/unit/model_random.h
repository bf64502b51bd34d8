/* SPDX-License-Identifier: MIT */
/* model_random.h - workloads, costs and designs at random, for properties that hold of all. */
#ifndef TESTS_UNIT_MODEL_RANDOM_H
#define TESTS_UNIT_MODEL_RANDOM_H

#include <stdint.h>

#include "bench/model/compare.h"

/* Start from any state but 0: the same state, the same numbers. */
struct model_random {
	uint64_t state;
};

double random_unit(struct model_random *random); /* 0 <= x < 1 */
/* Often 0, otherwise spread evenly over the orders of magnitude up to `most`. */
double random_rate(struct model_random *random, double most);
size_t random_below(struct model_random *random, size_t nr);

/* One that fpb_workload_check() accepts. */
void random_workload(struct model_random *random, struct fpb_workload *out);

/* Measured ones, some of them counted in instructions; intervals of any width, some of none. */
void random_costs(struct model_random *random, struct fpb_costs *out);

/* One within the intervals of `costs`, of no width. */
void random_within(struct model_random *random, const struct fpb_costs *costs,
		   struct fpb_costs *out);

/* All combinations of choices without contradiction; returns how many there are. */
#define MODEL_MAX_DESIGNS 256
size_t all_designs(struct fpb_xfd_design out[MODEL_MAX_DESIGNS]);

#endif
