/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the instructions of a few operations, one by one, out of a boot that is debugged
 * (lab_boot_request.is_debugged).
 *
 * The machine runs freely up to `start`, which the program inside passes once, and on until
 * `boundary`, which it passes once per operation, was reached nr_skipped times. From there on every
 * instruction is a step, until nr_operations operations are whole; then the machine runs freely
 * again, and the boot ends as any other.
 *
 * Interrupts and timers are held back while it is stepped (QEMU's sstep 7): its clock else runs on
 * to the next timer at every stop, and nothing but interrupts is seen.
 */
#ifndef HOST_LAB_TRACE_H
#define HOST_LAB_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "host/lab/boot.h"
#include "host/lab/gdb_client.h"

struct lab_trace_request {
	uint64_t start, boundary; /* virtual addresses */
	uint32_t nr_skipped, nr_operations;
	uint32_t max_steps; /* of all operations together */
};

enum lab_trace_state {
	LAB_TRACE_CONNECTING,
	LAB_TRACE_STARTING, /* up to `start` */
	LAB_TRACE_SKIPPING,
	LAB_TRACE_STEPPING,
	LAB_TRACE_DONE,
	LAB_TRACE_MISSED, /* the machine went off before: the boot's report says why */
};

struct lab_trace {
	struct lab_trace_request request;
	enum lab_trace_state state;
	struct gdb_client gdb;
	uint32_t nr_passed; /* of the boundary */
	/* The first is at the boundary, and so is the last but one. */
	struct gdb_registers *step;
	size_t nr_steps, capacity;
};

void lab_trace_begin(const struct lab_trace_request *request, struct lab_trace *trace);

/*
 * Goes on for a fraction of a second. -ERANGE: they took more than max_steps;
 * -ETIMEDOUT: the machine does not answer; others of the connection, when the emulator died.
 */
int lab_trace_step(struct lab_trace *trace, const struct lab_boot *boot, struct fpb_err *err)
	FPB_MUST_CHECK;

void lab_trace_clear(struct lab_trace *trace);

#endif
