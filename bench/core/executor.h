/* SPDX-License-Identifier: MIT */
/*
 * executor.h - run batches of one row where it runs: in this process or in a guest of its own.
 */
#ifndef BENCH_CORE_EXECUTOR_H
#define BENCH_CORE_EXECUTOR_H

#include "bench/core/capabilities.h"
#include "bench/core/guest.h"
#include "host/machine/perf_group.h"

/* What KVM counted for one vCPU. */
struct fpb_counts {
	uint64_t exits, irq_exits, halt_exits, fpu_reload;
};

struct fpb_executor {
	const struct fpb_row *row;
	const struct fpb_capabilities *caps;
	uint32_t nr_copies; /* layout copies in use: one where only instructions count */
	struct fpb_run run; /* host rows: the run itself; guest rows: the VMM's side of it */
	struct fpb_guest guest;
	bool has_guest;
	uint32_t nr_inject; /* additions planted */
	uint8_t *scratch;
	struct perf_group *core_clock; /* only for benchmarks in core cycles */
	/* Evidence of the first batch of the sample that was kept though it does not hold. */
	struct abi_evidence violation[ABI_NR_EVIDENCE];
	bool is_violated;
	struct fpb_voids voids; /* of host batches; the guest keeps its own */
	struct abi_calm calm;	/* to do disturbed batches again; zeroed: never */
	uint32_t nr_retaken;	/* so far, whatever was run */
	struct fpb_counts base; /* of the present vCPU, when counting began or it was new */
	bool is_counting;
	struct fpb_sample sample; /* counts since fpb_executor_start_counting() */
};

/* A fresh VM if the row needs KVM, and the row's own set-up. */
int fpb_executor_create(const struct fpb_row *row, const struct fpb_capabilities *caps,
			struct fpb_executor *ex, struct fpb_err *err) FPB_MUST_CHECK;
void fpb_executor_destroy(struct fpb_executor *ex);

/*
 * nr batches of `iterations` operations; batch i executes layout copy (first + i) % nr_copies,
 * where guest rows start with copy 0. `what` chooses the row, the empty loop or the row's control.
 * A batch that was void or disturbed is done again, within the limits of fpb_voids and ex->calm.
 */
int fpb_executor_run(struct fpb_executor *ex, enum abi_command what, uint64_t iterations,
		     uint32_t first, uint32_t nr, uint64_t *ticks, struct fpb_err *err)
	FPB_MUST_CHECK;

/* What to subtract from the row: its control if it has one, else the empty loop. */
static inline enum abi_command fpb_executor_control(const struct fpb_executor *ex)
{
	return ex->row->bench->control ? ABI_COMMAND_CONTROL : ABI_COMMAND_NULL;
}

/* Start and stop counting what KVM does into ex->sample. */
int fpb_executor_start_counting(struct fpb_executor *ex, struct fpb_err *err) FPB_MUST_CHECK;
int fpb_executor_stop_counting(struct fpb_executor *ex, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Evidence since counting started: of the first command that holds something against the row, else
 * of the last one; the guest's and the VMM's own, merged.
 */
void fpb_executor_evidence(struct fpb_executor *ex, struct abi_evidence *evidence);

/*
 * What the benchmark's .prove counts and reads back goes into ex->sample and *evidence, which holds
 * fpb_executor_evidence()'s. Nothing for benchmarks without.
 */
int fpb_executor_prove(struct fpb_executor *ex, struct abi_evidence *evidence, struct fpb_err *err)
	FPB_MUST_CHECK;

int fpb_executor_set_inject(struct fpb_executor *ex, uint32_t nr, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
