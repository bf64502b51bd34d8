// SPDX-License-Identifier: MIT
#include "bench/core/calm.h"

#include "bench/stats/summary.h"
#include "guest/x86/calm.h"

/* Contention was seen to cost 5 % and more, most of it 20 %; the canary itself varies by 3 %. */
#define LIMIT_FACTOR 1.1
/* Of what a process may wait: much of it before it measures anything, to begin in calm. */
#define FIRST_SHARE 0.4
#define SETTLE_MS   100u
/* Of what a process may wait, for the first readings of a session: 15 times SETTLE_MS of 30 s. */
#define UNKNOWN_DIVISOR 20u
#define SLICE_TICKS	(50ull * CALM_STRETCH_TICKS)

void fpb_calm_note(struct fpb_calm_levels *levels, struct fpb_calm_found found)
{
	if (found.is_news)
		levels->nr = 0;
	if (found.ticks)
		levels->ticks[levels->nr++ % FPB_CALM_LEVELS] = found.ticks;
}

static double lower_quartile(const uint64_t *ticks, size_t nr)
{
	double sorted[FPB_CALM_HISTORY];

	for (size_t i = 0; i < nr; i++)
		sorted[i] = (double)ticks[i];
	fpb_sort(sorted, nr);
	return fpb_quantile_sorted(sorted, nr, 0.25);
}

uint64_t fpb_calm_known(const struct fpb_calm_levels *levels)
{
	const size_t nr = levels->nr < FPB_CALM_LEVELS ? levels->nr : FPB_CALM_LEVELS;

	return nr ? (uint64_t)lower_quartile(levels->ticks, nr) : 0;
}

void fpb_calm_start(struct fpb_calm *calm, uint64_t wait_ticks, uint64_t known_ticks)
{
	*calm = (struct fpb_calm){
		.known_ticks = known_ticks,
		.wait_ticks = wait_ticks,
		.wait_ticks_first = (uint64_t)(FIRST_SHARE * (double)wait_ticks),
		.wait_ticks_each = wait_ticks / FPB_WAIT_EACH_DIVISOR,
	};
}

static uint64_t level(const struct fpb_calm *calm)
{
	const size_t nr = calm->nr_seen < FPB_CALM_HISTORY ? calm->nr_seen : FPB_CALM_HISTORY;

	return nr ? (uint64_t)lower_quartile(calm->seen, nr) : 0;
}

/*
 * Whether the canary was seen as quick as the session knows it to be, were it for a moment. On a
 * core that is shared it is, now and then; on one that has become slower, never.
 */
static bool await_calm(struct fpb_calm *calm, bool has_rdtscp)
{
	const uint64_t limit = fpb_calm_limit(calm);
	bool is_quick = canary_ticks(has_rdtscp) <= limit, is_calm = is_quick;
	uint64_t left = calm->wait_ticks_first;

	while (!is_calm && left) {
		const uint64_t slice = left < SLICE_TICKS ? left : SLICE_TICKS;
		struct abi_calm lent = { .limit_ticks = limit, .wait_ticks = slice };

		is_calm = calm_returns(&lent, has_rdtscp);
		is_quick |= is_calm || canary_ticks(has_rdtscp) <= limit;
		left -= slice - lent.wait_ticks;
	}
	calm->wait_ticks -= calm->wait_ticks_first - left;
	return is_quick;
}

static void read_for_a_while(struct fpb_calm *calm, uint64_t tsc_khz, bool has_rdtscp)
{
	const uint64_t begin = tsc_begin();

	for (uint64_t ms = 0; ms < SETTLE_MS; ms++) {
		fpb_calm_learn(calm, canary_ticks(has_rdtscp));
		while (tsc_begin() - begin < (ms + 1) * tsc_khz)
			;
	}
}

struct fpb_calm_found fpb_calm_settle(struct fpb_calm *calm, uint64_t tsc_khz, bool has_rdtscp)
{
	const struct fpb_calm before = *calm;
	const uint64_t unknown_ms = calm->wait_ticks / tsc_khz / UNKNOWN_DIVISOR;
	struct fpb_calm_found found;
	struct fpb_calm latest;

	read_for_a_while(calm, tsc_khz, has_rdtscp);
	latest = *calm;
	for (uint64_t ms = SETTLE_MS; !before.known_ticks && ms < unknown_ms; ms += SETTLE_MS) {
		latest = before;
		read_for_a_while(&latest, tsc_khz, has_rdtscp);
		if (level(&latest) < level(calm))
			*calm = latest;
	}
	found.is_news = !await_calm(calm, has_rdtscp);
	/* So quick, known or just read, it is not any more: the latest readings are what is left. */
	if (found.is_news) {
		latest.wait_ticks = calm->wait_ticks;
		latest.known_ticks = 0;
		*calm = latest;
	}
	found.ticks = level(calm);
	return found;
}

void fpb_calm_learn(struct fpb_calm *calm, uint64_t canary_ticks)
{
	calm->seen[calm->nr_seen++ % FPB_CALM_HISTORY] = canary_ticks;
}

uint64_t fpb_calm_limit(const struct fpb_calm *calm)
{
	const uint64_t own = level(calm);
	const bool knows_less = calm->known_ticks && calm->known_ticks < own;

	return (uint64_t)(LIMIT_FACTOR * (double)(knows_less ? calm->known_ticks : own));
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
