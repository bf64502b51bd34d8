// SPDX-License-Identifier: MIT
#include "bench/report/comparison.h"

#include <stdlib.h>
#include <string.h>

const char *fpb_comparison_verdict_name(const struct fpb_comparison *comparison)
{
	if (!fpb_comparison_is_comparable(comparison))
		return "incomparable";
	return fpb_verdict_name(comparison->verdict);
}

size_t fpb_comparison_runs_needed(const struct fpb_comparison *comparison)
{
	size_t most = 0;

	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		const size_t needed = comparison->metric[i].judgement.runs_needed;

		most = needed > most ? needed : most;
	}
	return most;
}

static void free_lone_rows(struct fpb_lone_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(rows[i].why);
	free(rows);
}

void fpb_comparison_clear(struct fpb_comparison *comparison)
{
	fpb_differences_clear(&comparison->differences);
	free(comparison->metric);
	free_lone_rows(comparison->lost, comparison->nr_lost);
	free_lone_rows(comparison->gained, comparison->nr_gained);
	memset(comparison, 0, sizeof(*comparison));
}
