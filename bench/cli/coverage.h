/* SPDX-License-Identifier: MIT */
/* coverage.h - where rows can run, why others cannot, and what it would take. */
#ifndef BENCH_CLI_COVERAGE_H
#define BENCH_CLI_COVERAGE_H

#include <jansson.h>

#include "bench/core/capabilities.h"

/*
 * Pure: a new reference to the object "substrates" of `doctor --json`, or NULL with err when memory
 * runs out. One member per substrate:
 *	available	some row can run there
 *	rows_available, rows_skipped
 *	reasons		[{reason, text, rows}]: of each skipped row the first unmet need, as in a
 *			report's skips
 *	obtainable	[{with: [..], lacks: [..], rows, names: [..]}]: the skipped rows once more,
 *			by what they need to run: all of `with`; `lacks` names the unmet needs. What
 *			lies behind an obstacle (no permission, say) is not known and not in it
 * kvm_backend: of the environment record, NULL for none.
 */
json_t *coverage_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
			const char *kvm_backend, struct fpb_err *err) FPB_MUST_CHECK;

#endif
