// SPDX-License-Identifier: MIT
#include "bench/cli/ab_design.h"

#include "bench/stats/power.h"

#define RESERVE_PAIRS 2

size_t ab_count_judged(const struct fpb_rows *rows, const struct fpb_capabilities *a,
		       const struct fpb_capabilities *b, bool is_filtered)
{
	size_t nr = 0;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct fpb_row *row = &rows->row[i];

		nr += (is_filtered || row->gate) && !fpb_row_lack(a, row) && !fpb_row_lack(b, row);
	}
	return nr;
}

unsigned int ab_fewest_pairs(size_t nr_judged)
{
	return (unsigned int)fpb_runs_to_flag(true, nr_judged ? nr_judged : 1);
}

unsigned int ab_default_pairs(size_t nr_judged)
{
	return ab_fewest_pairs(nr_judged) + RESERVE_PAIRS;
}
