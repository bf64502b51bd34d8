/* SPDX-License-Identifier: MIT */
/* doctor_rows.h - a few rows and a machine that has everything, for a test to take things away. */
#ifndef TESTS_UNIT_DOCTOR_ROWS_H
#define TESTS_UNIT_DOCTOR_ROWS_H

#include <stdio.h>
#include <string.h>

#include "bench/core/capabilities.h"

#define ALL ((1ull << FPB_NR_NEEDS) - 1)

static struct fpb_row row_store[8];
static struct fpb_rows rows;
static struct fpb_capabilities caps;

static int reset(void **state)
{
	(void)state;
	memset(row_store, 0, sizeof(row_store));
	rows = (struct fpb_rows){ .row = row_store };
	caps = (struct fpb_capabilities){ 0 };
	for (int s = 0; s < FPB_NR_SUBSTRATES; s++)
		caps.on[s].have = ALL;
	return 0;
}

static void add(const char *name, enum fpb_substrate substrate, uint64_t needs)
{
	struct fpb_row *row = &row_store[rows.nr++];

	row->substrate = substrate;
	row->needs = needs;
	snprintf(row->name, sizeof(row->name), "%s", name);
}

static void lack(enum fpb_substrate substrate, uint64_t need, const char *reason, const char *text)
{
	fpb_lack_set(&caps.on[substrate], need, reason, "%s", text);
}

#endif
