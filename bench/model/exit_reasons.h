/* SPDX-License-Identifier: MIT */
/*
 * exit_reasons.h - KVM's names of exit reasons, as its tracepoints and perf spell them.
 *
 * VMX_EXIT_REASONS and SVM_EXIT_REASONS of arch/x86/include/uapi/asm/{vmx,svm}.h, Linux 3.7 to 6.18.
 * VMX names are in capitals, SVM names in small letters: no name is both.
 */
#ifndef BENCH_MODEL_EXIT_REASONS_H
#define BENCH_MODEL_EXIT_REASONS_H

#include "bench/model/workload.h"

/* FPB_NR_EXIT_KINDS: no reason that we know. Of those known, what has no kind is FPB_EXIT_OTHER. */
enum fpb_exit_kind fpb_exit_reason_kind(const char *name);

#endif
