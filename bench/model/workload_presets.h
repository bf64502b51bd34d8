/* SPDX-License-Identifier: MIT */
/* workload_presets.h - workloads by name: the guests that the debate speaks of. */
#ifndef BENCH_MODEL_WORKLOAD_PRESETS_H
#define BENCH_MODEL_WORKLOAD_PRESETS_H

#include "bench/model/workload.h"

#define FPB_NR_PRESETS 5

/* Names of all, in the order of docs/model.md. */
extern const char *const fpb_preset_names[FPB_NR_PRESETS];

/* What kind of guest it is, one line; NULL: it is not fpb_workload_preset()'s. */
const char *fpb_preset_title(const struct fpb_workload *workload);

/* 0; -ENOENT: no preset of that name. */
int fpb_workload_preset(const char *name, struct fpb_workload *out)
	__attribute__((warn_unused_result));

#endif
