/* SPDX-License-Identifier: MIT */
/*
 * measure_priv.h - a measurement between its steps: measure.c orders them, measure_prepare.c finds
 * out how long a batch is and what it costs besides, measure_result.c judges and writes down.
 */
#ifndef BENCH_CORE_MEASURE_PRIV_H
#define BENCH_CORE_MEASURE_PRIV_H

#include "bench/core/executor.h"
#include "bench/core/measure.h"
#include "host/machine/disturbance.h"

#define PILOT_BATCHES	 8u
#define OVERHEAD_BATCHES 16u

struct measurement {
	const struct fpb_measure_request *request;
	const struct fpb_capabilities *caps;
	struct fpb_observation *obs;
	struct fpb_err *err; /* of this row; a code there means that it has failed */
	struct fpb_executor ex;
	uint64_t iterations;
	double overhead; /* ticks per operation */
	uint64_t control[2 * OVERHEAD_BATCHES];
	uint32_t nr_control;
	uint64_t ticks[ABI_MAX_BATCHES];
	struct disturbance seen; /* while the batches ran */
	double cpu_time_ns;	 /* per operation */
	bool is_interleaved;	 /* batches of its twin ran in between */
};

/* At most ABI_MAX_BATCHES. */
double measure_median(const uint64_t *ticks, uint32_t nr);
/* Median ticks of a batch of `iterations` over nr <= OVERHEAD_BATCHES, all layout copies in turn. */
int measure_pilot(struct measurement *m, enum abi_command what, uint64_t iterations, uint32_t nr,
		  double *ticks, struct fpb_err *err) FPB_MUST_CHECK;
/* Whether ticks are instructions, and exact. */
bool measure_is_exact(const struct measurement *m);

/* Sets m->iterations. */
int measure_calibrate(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;
/* Sets m->overhead: before the sample, by both, in exact measurements; after it the first again. */
int measure_overhead(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;
int measure_costs(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;
/* --inject. */
int measure_plant(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;

/* Evidence into the observation; -EBADE when it contradicts the row. */
int measure_prove(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;
/* Everything else. */
int measure_fill(struct measurement *m, struct fpb_err *err) FPB_MUST_CHECK;

#endif
