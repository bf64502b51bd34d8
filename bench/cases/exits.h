/* SPDX-License-Identifier: MIT */
/* exits.h - judging exits that KVM finishes itself. HOST_FN. */
#ifndef BENCH_CASES_EXITS_H
#define BENCH_CASES_EXITS_H

#include "bench/bench.h"

/* Batches of the sample, those that were done again included. */
static inline uint64_t exits_nr_batches(const struct fpb_sample *sample)
{
	return sample->operations / sample->run->iterations;
}

/* One exit per operation, `per_batch` besides in every batch, and no return to user space. */
static inline void exits_stay_in_kernel(const struct fpb_sample *sample, struct fpb_proof *proof,
					uint64_t per_batch)
{
	fpb_expect_exits(proof, sample,
			 sample->operations + per_batch * exits_nr_batches(sample) +
				 sample->nr_doorbells);
	if (sample->has_stats)
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
}

#endif
