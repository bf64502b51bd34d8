/* SPDX-License-Identifier: MIT */
/*
 * measure.h - one row, one run: warm-up, calibration, overhead, samples, proof -> observation.
 *
 * docs/methodology.md says why each step is there.
 */
#ifndef BENCH_CORE_MEASURE_H
#define BENCH_CORE_MEASURE_H

#include "bench/core/calm.h"
#include "bench/core/capabilities.h"
#include "bench/core/inject.h"
#include "bench/report/report.h"

#define FPB_MIN_BATCHES 32 /* at least 30, and a multiple of ABI_NR_COPIES */

/* A row and its twin. */
#define FPB_MAX_TWINS 2

/*
 * Where the TSC counts instructions a batch is as exact as one operation. Few of them, so that the
 * timer's interrupts, a fixed number of instructions apart, fall into few batches.
 */
#define FPB_EXACT_OPERATIONS 16u

struct fpb_measure_request {
	const struct fpb_row *row;
	const struct fpb_row *twin; /* a guest row like `row` to be measured with it, or NULL */
	unsigned int run;
	uint32_t nr_batches; /* a multiple of ABI_NR_COPIES, at most ABI_MAX_BATCHES */
	struct fpb_inject inject;
	uint64_t tsc_khz;
	int cpu;	       /* this thread's, for the disturbance record; -1 unknown */
	struct fpb_calm *calm; /* of this process; NULL: disturbed batches are only counted */
};

/* What came of a row: an observation, or, where err has a code, why there is none. */
struct fpb_measured {
	struct fpb_observation obs; /* to be cleared by the caller in any case */
	struct fpb_err err;
};

/*
 * In the calling process, on its CPU: request->row into measured[0] and, if there is one, its twin
 * into measured[1]. Twins have batches of the same length, a few of one between a few of the other
 * (ABBA), the flag "interleaved", and each its own evidence. Where one of them fails the other is
 * measured alone. Errors: -errno of what failed, -EBADE when the evidence contradicts the row,
 * -ERANGE when --inject asks for more than the sled holds.
 */
void fpb_measure_twins(const struct fpb_measure_request *request,
		       const struct fpb_capabilities *caps,
		       struct fpb_measured measured[FPB_MAX_TWINS]);

/* request->row alone. Fills *obs, to be cleared by the caller in any case. */
int fpb_measure(const struct fpb_measure_request *request, const struct fpb_capabilities *caps,
		struct fpb_observation *obs, struct fpb_err *err) FPB_MUST_CHECK;

#endif
