/* SPDX-License-Identifier: MIT */
/* model_pid.h - the workload of a VM that runs, from KVM's own statistics of it. */
#ifndef BENCH_CLI_MODEL_PID_H
#define BENCH_CLI_MODEL_PID_H

#include <stdbool.h>

#include "bench/cli/exit_code.h"
#include "bench/model/workload_import.h"

#define MODEL_PID_SECONDS 5.0 /* between two readings, unless told */

/* Whether the argument of --workload is pid:NUMBER, or begins like it. */
bool model_is_pid(const char *workload);

/*
 * Watches the VM of the process for `seconds` (0: MODEL_PID_SECONDS). Has said what went wrong:
 * EXIT_USAGE for what is no process with one VM, EXIT_UNFIT where it cannot be read or ended.
 */
enum exit_code model_workload_of_pid(const char *workload, double seconds, struct fpb_workload *out,
				     struct fpb_import_note *note);

#endif
