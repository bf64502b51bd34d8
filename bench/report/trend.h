/* SPDX-License-Identifier: MIT */
/*
 * trend.h - a series of reports: what each row cost from build to build, and where that changed.
 *
 * The reports are added one after the other, in the order of the builds; of each only one value per
 * row is kept, the median over its runs. Of an engine that counts instructions, rows that are the
 * same in all boots of each build are exact: whatever differs from one build to the next is a
 * change, without a test. All others are searched for change points (stats/changepoint.h) at
 * FPB_LEVEL over their number, so that the chance of a false alarm is that of all series together.
 */
#ifndef BENCH_REPORT_TREND_H
#define BENCH_REPORT_TREND_H

#include "bench/report/environment_diff.h"
#include "bench/report/side.h"
#include "bench/stats/changepoint.h"
#include "bench/stats/design.h"

struct fpb_trend_build {
	char *release, *build_id; /* of the kernel; "unknown" and "" where they are not known */
	char *label;		  /* the release, with more where that alone is not unique */
};

/* By the environment of a report, without a label. 0 or -ENOMEM, when it is empty. */
int fpb_trend_build_make(const json_t *environment, struct fpb_trend_build *build)
	__attribute__((warn_unused_result));
void fpb_trend_build_clear(struct fpb_trend_build *build);

struct fpb_trend_point {
	size_t build; /* number in the series of reports, from 0 */
	double value; /* median over the runs */
};

/* A row of the reports; those that lack it leave no point. */
struct fpb_trend_series {
	char *id, *name, *substrate, *unit;
	bool is_gated; /* in any report */
	bool is_exact;
	size_t fewest_runs; /* in any report that has it */
	struct fpb_trend_point *point;
	size_t nr_points;
	struct fpb_changepoint *change; /* index: of a point; p of exact series: NaN */
	size_t nr_changes;
};

struct fpb_trend {
	const struct fpb_pattern *filter; /* NULL: the rows that are judged by default */
	const char *const *allowed_keys;  /* as in struct fpb_difference_request */
	struct fpb_report first;	  /* its head, which the others must be comparable to */
	bool is_deterministic;		  /* of an engine whose boots can be identical */
	bool is_matched;		  /* by the filter, so far */
	struct fpb_trend_build *build;
	size_t nr_builds;
	struct fpb_trend_series *series; /* in the order of fpb_value_row_compare() */
	size_t nr_series;
	/* Known after fpb_trend_search(): */
	size_t nr_informational; /* rows left out since they are not judged by default */
	size_t nr_searched;	 /* series that are not exact */
	double level;		 /* of each of these; FPB_LEVEL if there is none */
};

/* An empty one. Filter and keys are borrowed; NULL: none. */
void fpb_trend_init(struct fpb_trend *trend, const struct fpb_pattern *filter,
		    const char *const *allowed_keys);

/*
 * Adds a report, unless its environment cannot be compared with the first one's: then
 * differences->nr_refused, and only what the filter matches is noted. Takes what it needs out of
 * the side, which is for fpb_side_clear() all the same; *differences starts zeroed and is for
 * fpb_differences_clear(). 0; -ENOMEM: the trend is then for fpb_trend_clear() only.
 */
int fpb_trend_add(struct fpb_trend *trend, struct fpb_side *side,
		  struct fpb_differences *differences, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/*
 * The same of a report that is known to be comparable with all others: reads its head, and takes
 * what it needs out of its run values, which are for fpb_run_values_clear() all the same.
 */
int fpb_trend_add_values(struct fpb_trend *trend, const struct fpb_side *head,
			 struct fpb_run_values *values, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

/*
 * Finds the changes, when all reports have been added. 0; -ENOENT: the filter matches nothing in
 * any of them; -EINVAL: values too far apart for a double; -ENOMEM.
 */
int fpb_trend_search(struct fpb_trend *trend, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

void fpb_trend_clear(struct fpb_trend *trend);

/*
 * Labels that are unique and not long: the release; where builds share it, with the first digits of the build
 * id; where these are the same too, with the number of the occurrence, from 1. 0 or -ENOMEM.
 */
int fpb_trend_label(struct fpb_trend_build *build, size_t nr) __attribute__((warn_unused_result));

#endif
