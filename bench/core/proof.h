/* SPDX-License-Identifier: MIT */
/*
 * proof.h - evidence collected for one observation, and whether it holds.
 */
#ifndef BENCH_CORE_PROOF_H
#define BENCH_CORE_PROOF_H

#include "bench/bench.h"
#include "bench/report/report.h"

struct fpb_proof {
	struct fpb_observation *obs; /* where evidence and flags go */
	struct fpb_err *err;	     /* the first violated expectation */
	bool is_short_of_memory;
};

/* "xstate_bv", "xfd_err", ..: the name that reports have for it. */
const char *fpb_evidence_name(enum abi_evidence_id id);

/* What the batches read back (fpb_observe, fpb_note). */
void fpb_proof_add_readings(struct fpb_proof *proof, const struct abi_evidence *evidence);
/* What KVM and the VMM counted: the benchmark's own judgement, then the plain counts. */
void fpb_proof_add_counts(struct fpb_proof *proof, const struct fpb_sample *sample);

/* 0, -EBADE when an expectation was violated (err says which), or -ENOMEM. */
int fpb_proof_result(const struct fpb_proof *proof) FPB_MUST_CHECK;

#endif
