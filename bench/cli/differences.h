/* SPDX-License-Identifier: MIT */
/* differences.h - how the commands tell a person what two environments differ in. */
#ifndef BENCH_CLI_DIFFERENCES_H
#define BENCH_CLI_DIFFERENCES_H

#include "bench/cli/exit_code.h"
#include "bench/report/environment_diff.h"

/*
 * Shows every difference on standard error, allowed ones too. EXIT_FINE when all are allowed;
 * otherwise one message first, "`what` in KEY, KEY", and EXIT_INCOMPARABLE.
 */
enum exit_code differences_report(const struct fpb_differences *differences, const char *what);

#endif
