/* SPDX-License-Identifier: MIT */
/*
 * attribution.h - the instructions of one operation, by function.
 *
 * A trace is every instruction of a few operations in a row, cut where the harness's sled is called
 * (guest/x86/sled.h): once per operation, at its end. The harness's own loop, a few instructions,
 * is part of what is counted. Pure: no machine, no clock.
 */
#ifndef BENCH_ATTRIBUTION_ATTRIBUTION_H
#define BENCH_ATTRIBUTION_ATTRIBUTION_H

#include <stdbool.h>

#include "bench/attribution/symbols.h"

/* One instruction: where it lies, and the stack pointer before it. */
struct fpb_step {
	uint64_t pc, sp;
};

struct fpb_trace {
	const struct fpb_step *step;
	size_t nr;
	uint64_t boundary;		   /* the sled */
	uint64_t nested_begin, nested_end; /* where the nested guest's code lies */
};

/* Whose instruction it is: addresses tell. */
enum fpb_space { FPB_SPACE_KERNEL, FPB_SPACE_NESTED, FPB_SPACE_USER };
enum fpb_space fpb_space_of(const struct fpb_trace *trace, uint64_t pc);

/* Steps [begin, end) of the trace. */
struct fpb_operation {
	size_t begin, end;
	unsigned int nr_entries; /* into the kernel by interrupts and faults */
	bool is_disturbed;	 /* by one that others do not have */
};

struct fpb_function {
	char *name;
	char *module; /* "" for the kernel itself */
	uint64_t insn;
};

#define FPB_FUNCTION_UNKNOWN "[unknown]"

struct fpb_attribution {
	struct fpb_operation *operation;
	size_t nr_operations, nr_disturbed;
	size_t nr_alike; /* undisturbed ones as long as `chosen` */
	size_t chosen;	 /* the last of the commonest length, and of these the shortest */
	uint64_t total;	 /* of the chosen one: all functions + nested_guest + user */
	uint64_t nested_guest, user;
	struct fpb_function *function; /* most instructions first, then by name */
	size_t nr_functions;
};

/*
 * 0; -EINVAL: the trace holds no whole operation; -ENOMEM. *out is empty then.
 */
int fpb_attribute(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
		  struct fpb_attribution *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
void fpb_attribution_clear(struct fpb_attribution *attribution);

#endif
