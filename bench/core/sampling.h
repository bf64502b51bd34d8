/* SPDX-License-Identifier: MIT */
/*
 * sampling.h - the batches that count, driven by Google Benchmark at the iteration count that our
 * calibration fixed.
 *
 * The library owns the loop and the CPU clock; its manual time gets the TSC ticks of each batch.
 * Names, filter and report stay ours.
 */
#ifndef BENCH_CORE_SAMPLING_H
#define BENCH_CORE_SAMPLING_H

#include "bench/core/executor.h"

struct fpb_sampling {
	struct fpb_executor *ex;
	uint64_t iterations; /* per batch */
	uint32_t nr_batches;
	uint64_t tsc_khz;
	uint64_t *ticks; /* out: nr_batches raw readings */

	double cpu_time_ns; /* out: CPU time per operation, as Google Benchmark measured it */
	uint32_t done;
	struct fpb_err *err;
	int ret;
};

int fpb_sampling_run(struct fpb_sampling *sampling, struct fpb_err *err) FPB_MUST_CHECK;

#endif
