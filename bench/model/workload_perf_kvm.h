/* SPDX-License-Identifier: MIT */
/*
 * workload_perf_kvm.h - `perf kvm stat report` or `perf kvm stat live` as text -> a workload.
 *
 * Formats, all of tools/perf/builtin-kvm.c: the table of perf 3.7 to now (VM-EXIT, Samples,
 * Samples%, Time%, ..), the snapshots of `live`, and the table of its browser since 6.4 (Event name,
 * Samples, Sample%, Time (ns), ..).
 *
 * A report does not say how long was recorded: the time that it has is spent on exits, by all vCPUs
 * together, halts included. So the caller says it. Snapshots of `live` carry the time of day and
 * count from the one before; from the second on they need nobody's word.
 */
#ifndef BENCH_MODEL_WORKLOAD_PERF_KVM_H
#define BENCH_MODEL_WORKLOAD_PERF_KVM_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/model/workload_import.h"

/* Whether it is worth trying: a heading of one of the formats is in it. */
bool fpb_is_perf_kvm(const char *text, size_t length);

/*
 * seconds: how long was recorded, 0 if not told. source: names the file. 0, or -EINVAL: none of the
 * formats, another event than vmexit, no exits, numbers that do not add up, a time that is missing,
 * or told though the text has it.
 */
int fpb_workload_from_perf_kvm(const char *text, size_t length, double seconds, const char *source,
			       struct fpb_workload *workload, struct fpb_import_note *note,
			       struct fpb_problem *problem) __attribute__((warn_unused_result));

#endif
