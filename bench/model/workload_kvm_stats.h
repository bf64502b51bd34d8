/* SPDX-License-Identifier: MIT */
/*
 * workload_kvm_stats.h - KVM's statistics of a running VM, read twice -> a workload.
 *
 * Two forms, both by the kernel's own names: the binary file of a vCPU (KVM_GET_STATS_FD,
 * Documentation/virt/kvm/api.rst 4.133), and the files of a VM below /sys/kernel/debug/kvm, which
 * are sums over its vCPUs. Pure: bytes in, numbers out; nothing in them is believed.
 */
#ifndef BENCH_MODEL_WORKLOAD_KVM_STATS_H
#define BENCH_MODEL_WORKLOAD_KVM_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/model/workload_import.h"

enum fpb_kvm_counter {
	FPB_KVM_EXITS,
	FPB_KVM_IO_EXITS,   /* port I/O, wherever it is answered */
	FPB_KVM_MMIO_EXITS, /* those that user space answers */
	FPB_KVM_HALT_EXITS,
	FPB_KVM_HYPERCALLS,
	FPB_KVM_IRQ_EXITS,
	FPB_KVM_IRQ_WINDOW_EXITS,
	FPB_KVM_NMI_WINDOW_EXITS,
	FPB_KVM_PF_TAKEN, /* since 5.19 */
	FPB_KVM_NESTED_RUN,
	FPB_KVM_FPU_RELOAD, /* one a KVM_RUN: the swap there and back */
	FPB_NR_KVM_COUNTERS
};

extern const char *const fpb_kvm_counter_names[FPB_NR_KVM_COUNTERS];

/* Of one VM at one moment, over all its vCPUs. Start from a zeroed one. */
struct fpb_kvm_counts {
	unsigned nr_vcpus;
	bool has[FPB_NR_KVM_COUNTERS]; /* this kernel has it */
	uint64_t value[FPB_NR_KVM_COUNTERS];
};

/* Adds one vCPU: its whole statistics file. 0 or -EINVAL: not such a file. */
int fpb_kvm_counts_add_binary(struct fpb_kvm_counts *counts, const void *bytes, size_t length,
			      struct fpb_problem *problem) __attribute__((warn_unused_result));

/* Sets all: lines "NAME VALUE". 0 or -EINVAL: another line, or no `exits` among them. */
int fpb_kvm_counts_set_text(struct fpb_kvm_counts *counts, unsigned nr_vcpus, const char *text,
			    size_t length, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/*
 * What happened between two readings, `seconds` > 0 apart. 0, or -EINVAL: a counter went back, the
 * vCPUs became others, nothing happened.
 */
int fpb_workload_from_kvm_counts(const struct fpb_kvm_counts *before,
				 const struct fpb_kvm_counts *after, double seconds,
				 const char *source, struct fpb_workload *workload,
				 struct fpb_import_note *note, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

#endif
