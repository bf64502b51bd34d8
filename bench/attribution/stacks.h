/* SPDX-License-Identifier: MIT */
/*
 * stacks.h - who called whom, from the addresses and stack pointers of a trace: the instructions of
 * the chosen operation by call chain, as flame graphs take them.
 *
 * A shadow stack follows the stack pointer. A call enters a function at its first instruction with
 * the return address just pushed; when the stack pointer is above that again, it has returned. A
 * jump to another function takes the place of the one that jumped. No instruction's bytes are
 * needed. What was called before the trace began is unknown until it is returned to: the operations
 * before the chosen one make it known.
 */
#ifndef BENCH_ATTRIBUTION_STACKS_H
#define BENCH_ATTRIBUTION_STACKS_H

#include "bench/attribution/attribution.h"

/* Deeper calls are counted for the function at this depth. */
#define FPB_STACK_MAX_DEPTH 64

/* "a;b;c", the caller first; names have ';' and what is not printable replaced. */
struct fpb_stack {
	char *chain;
	uint64_t insn;
};

struct fpb_stacks {
	struct fpb_stack *stack; /* by chain */
	size_t nr;
};

/* 0 or -ENOMEM, *stacks then being empty. Their sum is the attribution's total. */
int fpb_stacks_make(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
		    const struct fpb_attribution *attribution, struct fpb_stacks *stacks)
	__attribute__((warn_unused_result));
void fpb_stacks_clear(struct fpb_stacks *stacks);

#endif
