// SPDX-License-Identifier: MIT
#include "bench/report/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_read.h"

int fpb_side_read(const char *path, struct fpb_side *out, struct fpb_problem *problem)
{
	int ret;

	*out = (struct fpb_side){ 0 };
	ret = fpb_report_read(path, &out->report, problem);
	ret = ret ? ret : fpb_run_values_take(&out->report, &out->values, problem);
	if (ret)
		fpb_side_clear(out);
	return ret;
}

void fpb_side_clear(struct fpb_side *side)
{
	fpb_report_clear(&side->report);
	fpb_run_values_clear(&side->values);
}

bool fpb_side_is_deterministic(const struct fpb_side *side)
{
	const char *engine = json_string_value(json_object_get(side->report.environment, "engine"));

	return engine && (!strcmp(engine, "tcg") || !strcmp(engine, "bochs"));
}

/* 1, 0 or -ENOMEM. */
static int matches_record(const struct fpb_pattern *filter, const char *name, const char *substrate)
{
	char *id;
	int ret;

	if (asprintf(&id, "%s@%s", name, substrate) < 0)
		return -ENOMEM;
	ret = fpb_pattern_matches(filter, id);
	free(id);
	return ret;
}

int fpb_side_matches(const struct fpb_side *side, const struct fpb_pattern *filter)
{
	const struct fpb_report *report = &side->report;
	int ret = 0;

	for (size_t i = 0; i < side->values.nr && !ret; i++)
		ret = fpb_pattern_matches(filter, side->values.row[i].id);
	for (size_t i = 0; i < report->nr_skips && !ret; i++)
		ret = matches_record(filter, report->skips[i].name, report->skips[i].substrate);
	for (size_t i = 0; i < report->nr_failures && !ret; i++)
		ret = matches_record(filter, report->failures[i].name,
				     report->failures[i].substrate);
	return ret;
}
