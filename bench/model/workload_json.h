/* SPDX-License-Identifier: MIT */
/*
 * workload_json.h - a workload as JSON: what --workload FILE reads and `workload` of the output is.
 *
 * One object; docs/model.md lists its members. What is missing is 0, one vCPU, and AMX exposed;
 * a member nobody knows is a problem, since it may be a misspelt one.
 */
#ifndef BENCH_MODEL_WORKLOAD_JSON_H
#define BENCH_MODEL_WORKLOAD_JSON_H

#include <jansson.h>

#include "bench/model/workload_import.h"

/*
 * Reads and checks. xfd_writes_per_second follows from context_switches_per_second and
 * amx_task_share where it is missing, xfd_aware and xcr0_tiledata from the use of AMX. The name is
 * the member "name", else `name`. 0 or -EINVAL.
 */
int fpb_workload_from_json(const json_t *json, const char *name, const char *source,
			   struct fpb_workload *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/* NULL when memory is short. */
json_t *fpb_workload_to_json(const struct fpb_workload *workload);

/*
 * A file: JSON, or what an importer takes, told by its contents. seconds: what was recorded lasted
 * so long; 0: not told. The note is what the import does not know. 0; -EINVAL; as fpb_file_text().
 */
int fpb_workload_read(const char *path, double seconds, struct fpb_workload *out,
		      struct fpb_import_note *note, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
/* Of text in memory; `path` names it. */
int fpb_workload_parse(const char *text, size_t length, const char *path, double seconds,
		       struct fpb_workload *out, struct fpb_import_note *note,
		       struct fpb_problem *problem) __attribute__((warn_unused_result));

#endif
