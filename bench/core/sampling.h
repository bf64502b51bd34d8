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
#include "bench/core/measure.h"

struct fpb_sampling {
	/*
	 * A row alone, or two of which batches run in turns: ABI_NR_COPIES of one, as many of the
	 * other, of the other again, of the first again (ABBA), and so on.
	 */
	struct fpb_sampling_part {
		struct fpb_executor *ex;
		uint64_t *ticks;     /* out: nr_batches raw readings */
		struct fpb_err *err; /* out: who fails ends the sampling of all */
		uint32_t done;
	} part[FPB_MAX_TWINS];
	unsigned int nr_parts;
	uint64_t iterations; /* per batch */
	uint32_t nr_batches; /* of each */
	uint64_t tsc_khz;

	double cpu_time_ns; /* out: CPU time per operation of all, as Google Benchmark measured it */
	unsigned int nr_turns;
	uint32_t nr_left; /* batches run in the last turn and not yet told to the library */
	bool has_failed;
};

/* Where it does not succeed an err of the parts has a code. */
void fpb_sampling_run(struct fpb_sampling *sampling);

#endif
