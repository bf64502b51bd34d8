// SPDX-License-Identifier: MIT
#include "host/lab/trace.h"

#include <errno.h>
#include <stdlib.h>

/* How long one call may take, about. */
#define WAIT_MS	       20
#define STEPS_PER_CALL 256u

/* QEMU takes well below a millisecond. */
#define PATIENCE_MS 10000

#define FIRST_CAPACITY 4096u

void lab_trace_begin(const struct lab_trace_request *request, struct lab_trace *trace)
{
	*trace = (struct lab_trace){ .request = *request, .gdb.fd = -1 };
}

static int connect_to(struct lab_trace *trace, const struct lab_boot *boot, struct fpb_err *err)
{
	int ret = gdb_connect(boot->debug, PATIENCE_MS, &trace->gdb, err);

	if (ret == -ENOENT || ret == -ECONNREFUSED)
		return 0;
	/* One that does not know it has one way to step, which the figures will show. */
	if (!ret)
		ret = gdb_set(&trace->gdb, "Qqemu.sstep=7", err);
	if (!ret)
		ret = gdb_breakpoint(&trace->gdb, trace->request.start, true, err);
	if (!ret)
		ret = gdb_continue(&trace->gdb, err);
	if (!ret)
		trace->state = LAB_TRACE_STARTING;
	return ret;
}

/* `start` was reached: from here on the boundary counts. */
static int begin_skipping(struct lab_trace *trace, struct fpb_err *err)
{
	int ret = gdb_breakpoint(&trace->gdb, trace->request.start, false, err);

	if (!ret)
		ret = gdb_breakpoint(&trace->gdb, trace->request.boundary, true, err);
	if (!ret)
		ret = gdb_continue(&trace->gdb, err);
	trace->state = LAB_TRACE_SKIPPING;
	return ret;
}

/*
 * From a breakpoint on: an emulator may look for one before it executes (QEMU's TCG does), and would
 * stop where it stands. It does not look for any when it steps.
 */
static int leave_breakpoint(struct lab_trace *trace, struct fpb_err *err)
{
	struct gdb_registers ignored;
	int ret = gdb_step(&trace->gdb, &ignored, err);

	return ret ? ret : gdb_continue(&trace->gdb, err);
}

static int pass_boundary(struct lab_trace *trace, struct fpb_err *err)
{
	if (trace->nr_passed++ < trace->request.nr_skipped)
		return leave_breakpoint(trace, err);
	trace->nr_passed = 0;
	trace->state = LAB_TRACE_STEPPING;
	return gdb_breakpoint(&trace->gdb, trace->request.boundary, false, err);
}

static int keep(struct lab_trace *trace, const struct gdb_registers *step, struct fpb_err *err)
{
	const size_t capacity = trace->capacity ? 2 * trace->capacity : FIRST_CAPACITY;
	struct gdb_registers *grown;

	if (trace->nr_steps == trace->capacity) {
		grown = reallocarray(trace->step, capacity, sizeof(*grown));
		if (!grown)
			return FPB_FAIL(err, -ENOMEM, "%zu steps", capacity);
		trace->step = grown;
		trace->capacity = capacity;
	}
	trace->step[trace->nr_steps++] = *step;
	return 0;
}

/* The last step is one too many: only afterwards is it known where it was taken from. */
static int step_on(struct lab_trace *trace, struct fpb_err *err)
{
	for (unsigned int i = 0; i < STEPS_PER_CALL; i++) {
		struct gdb_registers step;
		int ret = gdb_step(&trace->gdb, &step, err);

		if (!ret)
			ret = keep(trace, &step, err);
		if (ret)
			return ret;
		if (step.pc == trace->request.boundary &&
		    trace->nr_passed++ == trace->request.nr_operations) {
			gdb_detach(&trace->gdb);
			trace->state = LAB_TRACE_DONE;
			return 0;
		}
	}
	if (trace->nr_steps >= trace->request.max_steps)
		return FPB_FAIL(err, -ERANGE,
				"%u operations took more than %u steps, the last at pc 0x%llx: too "
				"long a row to step through, or one that waits for an interrupt, "
				"which steps hold back",
				trace->request.nr_operations, trace->request.max_steps,
				(unsigned long long)trace->step[trace->nr_steps - 1].pc);
	return 0;
}

static int wait_for_stop(struct lab_trace *trace, struct fpb_err *err)
{
	enum gdb_event event;
	int ret = gdb_wait(&trace->gdb, WAIT_MS, &event, err);

	if (ret || event == GDB_NOTHING)
		return ret;
	if (event == GDB_EXITED) {
		gdb_close(&trace->gdb);
		trace->state = LAB_TRACE_MISSED;
		return 0;
	}
	return trace->state == LAB_TRACE_STARTING ? begin_skipping(trace, err)
						  : pass_boundary(trace, err);
}

int lab_trace_step(struct lab_trace *trace, const struct lab_boot *boot, struct fpb_err *err)
{
	switch (trace->state) {
	case LAB_TRACE_CONNECTING:
		return connect_to(trace, boot, err);
	case LAB_TRACE_STARTING:
	case LAB_TRACE_SKIPPING:
		return wait_for_stop(trace, err);
	case LAB_TRACE_STEPPING:
		return step_on(trace, err);
	case LAB_TRACE_DONE:
	case LAB_TRACE_MISSED:
		break;
	}
	return 0;
}

void lab_trace_clear(struct lab_trace *trace)
{
	gdb_close(&trace->gdb);
	free(trace->step);
	*trace = (struct lab_trace){ .gdb.fd = -1 };
}
