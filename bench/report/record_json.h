/* SPDX-License-Identifier: MIT */
/*
 * record_json.h - the parts of a report as JSON and back, for the writer and the reader only.
 *
 * to_json gives a new reference or NULL when out of memory; from_json is strict, fills a zeroed
 * *out and leaves it cleared on failure. 0, -EINVAL or -ENOMEM.
 */
#ifndef BENCH_REPORT_RECORD_JSON_H
#define BENCH_REPORT_RECORD_JSON_H

#include "bench/report/report.h"

json_t *fpb_derived_to_json(const struct fpb_derived *derived);
int fpb_derived_from_json(const json_t *json, const char *where, struct fpb_derived *out,
			  struct fpb_problem *problem);

json_t *fpb_suite_to_json(const struct fpb_suite *suite);
int fpb_suite_from_json(const json_t *json, const char *where, struct fpb_suite *out,
			struct fpb_problem *problem);

json_t *fpb_plan_to_json(const struct fpb_report_plan *plan);
int fpb_plan_from_json(const json_t *json, const char *where, struct fpb_report_plan *out,
		       struct fpb_problem *problem);

json_t *fpb_noise_floor_to_json(const struct fpb_report *report);
int fpb_noise_floor_from_json(json_t *json, const char *where, struct fpb_report *out,
			      struct fpb_problem *problem);

/*
 * What a report and the head of a journal have in common: members suite, environment (a reference
 * is taken) and plan of `json`. out is neither zeroed nor cleared: that is the caller's.
 */
int fpb_head_from_json(const json_t *json, const char *where, struct fpb_report *out,
		       struct fpb_problem *problem);

/* Types of the environment's keys; null only where "unavailable" has the reason. */
int fpb_environment_check(const json_t *json, const char *where, struct fpb_problem *problem);

/*
 * What Google Benchmark's tools read about one observation. tsc_khz is 0 when unknown: a tick
 * then counts as one ns, as does every unit that is no time; ratios hold.
 */
json_t *fpb_benchmark_to_json(const struct fpb_observation *obs, unsigned repetitions,
			      json_int_t tsc_khz);
/*
 * Checks the same, and gives obs (NULL: none) its cpu_time_ns, which stands nowhere else, if the
 * two are about the same row and run.
 */
int fpb_benchmark_from_json(const json_t *json, const char *where, struct fpb_observation *obs,
			    struct fpb_problem *problem);
int fpb_context_check(const json_t *json, const char *where, struct fpb_problem *problem);

#endif
