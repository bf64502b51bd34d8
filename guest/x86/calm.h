/* SPDX-License-Identifier: MIT */
/*
 * calm.h - was the core ours alone during this batch, and if not, when is it again?
 *
 * A core's other thread may belong to another machine: nothing on this one tells, while everything
 * takes 5 to 50 % longer for some milliseconds. What tells is a piece of work that fills the core,
 * the canary: whoever shares the core slows it down at once. It decides alone; the batch's own time
 * must not, or dear batches would be done again until they are cheap.
 *
 * Integer registers only. The same code in host and guest; a guest that is interpreted must not
 * use it (limit 0), there the canary costs milliseconds.
 */
#ifndef GUEST_X86_CALM_H
#define GUEST_X86_CALM_H

#include "bench/abi.h"
#include "guest/x86/tsc.h"

/* How long the canary must stay below its limit before a disturbance counts as over. */
#define CALM_STRETCH_TICKS 2000000u
/* A longer time between two readings was somebody else's: of it nothing is known. */
#define CALM_GAP_TICKS (CALM_STRETCH_TICKS / 4)
#define CANARY_LOOPS   1000u /* of eight independent additions: about 2000 core cycles */

static inline uint64_t canary_once(bool has_rdtscp)
{
	uint64_t left = CANARY_LOOPS;
	const uint64_t t0 = tsc_begin();

	__asm__ volatile(".p2align 6\n"
			 "1:\n\t"
			 "add $1, %%eax\n\t"
			 "add $1, %%ecx\n\t"
			 "add $1, %%edx\n\t"
			 "add $1, %%esi\n\t"
			 "add $1, %%r8d\n\t"
			 "add $1, %%r9d\n\t"
			 "add $1, %%r10d\n\t"
			 "add $1, %%r11d\n\t"
			 "dec %0\n\t"
			 "jnz 1b"
			 : "+r"(left)
			 :
			 : "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc");
	return tsc_end(has_rdtscp) - t0;
}

/* Ticks of the canary: the shorter of two, since an interrupt is no other thread. */
static inline uint64_t canary_ticks(bool has_rdtscp)
{
	const uint64_t first = canary_once(has_rdtscp);
	const uint64_t second = canary_once(has_rdtscp);

	return first < second ? first : second;
}

/* Whether calm comes back, for a stretch, before the time allowed for waiting is spent. */
static inline bool calm_returns(struct abi_calm *calm, bool has_rdtscp)
{
	const uint64_t begin = tsc_begin();
	uint64_t now = begin, since = begin;

	while (now - since < CALM_STRETCH_TICKS && now - begin < calm->wait_ticks) {
		const bool is_slow = canary_ticks(has_rdtscp) > calm->limit_ticks;
		const uint64_t last = now;

		now = tsc_begin();
		if (is_slow || now - last > CALM_GAP_TICKS)
			since = now;
	}
	calm->wait_ticks -= now - begin < calm->wait_ticks ? now - begin : calm->wait_ticks;
	return now - since >= CALM_STRETCH_TICKS;
}

/*
 * To be called after each batch. True: it was disturbed and is to be done again, now that calm has
 * come back. Where it does not, or no repetition is left, the batch is kept and counted in
 * nr_disturbed. was_preempted: what the caller knows besides.
 */
static inline bool calm_wants_again(struct abi_calm *calm, bool was_preempted, bool has_rdtscp)
{
	const bool is_slow = calm->limit_ticks && canary_ticks(has_rdtscp) > calm->limit_ticks;

	if (!is_slow && !was_preempted)
		return false;
	if (calm->nr_left == 0 || (is_slow && !calm_returns(calm, has_rdtscp))) {
		calm->nr_disturbed++;
		return false;
	}
	calm->nr_left--;
	return true;
}

#endif
