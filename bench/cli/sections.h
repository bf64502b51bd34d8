/* SPDX-License-Identifier: MIT */
/* sections.h - the suite by the questions it answers: what of each can be measured here. */
#ifndef BENCH_CLI_SECTIONS_H
#define BENCH_CLI_SECTIONS_H

#include <jansson.h>

#include "bench/core/capabilities.h"

/*
 * Pure: a new reference to the array "sections" of `doctor --json`, or NULL with err when memory
 * runs out. One object per section:
 *	section		"A" to "F", as in docs/doctor.md; "" for the rows that measure the harness
 *			and families that no section knows
 *	title
 *	rows_available, rows_skipped
 *	reasons		[{substrate, reason, text, rows}]: why rows are skipped, as in a report
 *	note		"" where there are rows; else that there are none, and what would keep them
 *			from running here
 */
json_t *sections_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
			struct fpb_err *err) FPB_MUST_CHECK;

#endif
