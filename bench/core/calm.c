// SPDX-License-Identifier: MIT
#include "bench/core/calm.h"

#include "bench/stats/summary.h"
#include "guest/x86/calm.h"

/* Contention was seen to cost 5 % and more, most of it 20 %; the canary itself varies by 3 %. */
#define LIMIT_FACTOR 1.1
/* A run takes seconds. On a machine that is never calm it may take this much longer, no more. */
#define WAIT_MS	     3000u
#define WAIT_MS_EACH 100u
#define SETTLE_MS    100u

void fpb_calm_start(struct fpb_calm *calm, uint64_t tsc_khz)
{
	*calm = (struct fpb_calm){
		.wait_ticks = WAIT_MS * tsc_khz,
		.wait_ticks_each = WAIT_MS_EACH * tsc_khz,
	};
}

void fpb_calm_settle(struct fpb_calm *calm, uint64_t tsc_khz, bool has_rdtscp)
{
	const uint64_t begin = tsc_begin();

	for (uint64_t ms = 0; ms < SETTLE_MS; ms++) {
		fpb_calm_learn(calm, canary_ticks(has_rdtscp));
		while (tsc_begin() - begin < (ms + 1) * tsc_khz)
			;
	}
}

void fpb_calm_learn(struct fpb_calm *calm, uint64_t canary_ticks)
{
	calm->seen[calm->nr_seen++ % FPB_CALM_HISTORY] = canary_ticks;
}

uint64_t fpb_calm_limit(const struct fpb_calm *calm)
{
	const size_t nr = calm->nr_seen < FPB_CALM_HISTORY ? calm->nr_seen : FPB_CALM_HISTORY;
	double sorted[FPB_CALM_HISTORY];

	if (nr == 0)
		return 0;
	for (size_t i = 0; i < nr; i++)
		sorted[i] = (double)calm->seen[i];
	fpb_sort(sorted, nr);
	return (uint64_t)(LIMIT_FACTOR * fpb_quantile_sorted(sorted, nr, 0.25));
}

struct abi_calm fpb_calm_lend(const struct fpb_calm *calm)
{
	return (struct abi_calm){
		.limit_ticks = fpb_calm_limit(calm),
		.wait_ticks = calm->wait_ticks < calm->wait_ticks_each ? calm->wait_ticks
								       : calm->wait_ticks_each,
		.nr_left = FPB_MAX_RETAKEN,
	};
}

void fpb_calm_return(struct fpb_calm *calm, const struct abi_calm *lent,
		     const struct abi_calm *left)
{
	calm->wait_ticks -= lent->wait_ticks - left->wait_ticks;
}

uint32_t fpb_calm_accept(struct abi_calm *ours, const struct abi_calm *theirs, uint32_t nr_batches)
{
	const uint32_t nr_disturbed = theirs->nr_disturbed - ours->nr_disturbed;
	uint32_t nr_again = 0;

	if (theirs->wait_ticks < ours->wait_ticks)
		ours->wait_ticks = theirs->wait_ticks;
	if (theirs->nr_left < ours->nr_left) {
		nr_again = ours->nr_left - theirs->nr_left;
		ours->nr_left = theirs->nr_left;
	}
	ours->nr_disturbed += nr_disturbed < nr_batches ? nr_disturbed : nr_batches;
	return nr_again;
}
