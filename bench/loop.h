/* SPDX-License-Identifier: MIT */
/*
 * loop.h - the timed loop, in four copies.
 *
 * Where a short loop happens to lie in its cache lines moves its cost by up to a quarter. So each
 * loop is emitted ABI_NR_COPIES times, its head 16 bytes further into a 64-byte line each time;
 * batches take turns, and the report keeps the lowest and the highest copy. The few long NOPs
 * before a head are executed once per batch.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include "guest/x86/sled.h"
#include "guest/x86/tsc.h"

#define FPB_LOOP_COPY(nr, nops, ...)                                                               \
	do {                                                                                       \
		uint64_t left_ = (nr);                                                             \
		__asm__ volatile(".p2align 6\n\t" nops);                                           \
		do {                                                                               \
			__VA_ARGS__;                                                               \
			sled_call();                                                               \
		} while (--left_);                                                                 \
	} while (0)

/*
 * Executes the statement run->iterations times between two fenced TSC reads and leaves the ticks in
 * run->elapsed.
 */
#define FPB_TIMED_LOOP(run, ...)                                                                   \
	do {                                                                                       \
		const uint64_t nr_ = (run)->iterations;                                            \
		const uint64_t t0_ = tsc_begin();                                                  \
		switch ((run)->copy) {                                                             \
		case 0:                                                                            \
			FPB_LOOP_COPY(nr_, "", __VA_ARGS__);                                       \
			break;                                                                     \
		case 1:                                                                            \
			FPB_LOOP_COPY(nr_, ".nops 16", __VA_ARGS__);                               \
			break;                                                                     \
		case 2:                                                                            \
			FPB_LOOP_COPY(nr_, ".nops 32", __VA_ARGS__);                               \
			break;                                                                     \
		default:                                                                           \
			FPB_LOOP_COPY(nr_, ".nops 48", __VA_ARGS__);                               \
			break;                                                                     \
		}                                                                                  \
		(run)->elapsed = tsc_end((run)->has_rdtscp) - t0_;                                 \
	} while (0)

#endif
