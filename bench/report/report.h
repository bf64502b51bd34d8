/* SPDX-License-Identifier: MIT */
/*
 * report.h - a report in memory: plain data, one struct per record of the report format.
 *
 * Every string is owned (malloc) by the struct that points to it. The arrays of struct fpb_report
 * are grown by the fpb_report_add_*() functions below and by nothing else; what they are given as a
 * record they own from then on, even on failure. Strings are UTF-8; bytes that are not are replaced
 * when written.
 * The JSON form is described in docs/report.schema.json. No KVM, no clock: what a report says
 * about a machine arrives here as data.
 */
#ifndef BENCH_REPORT_REPORT_H
#define BENCH_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/report/problem.h"

#define FPB_SCHEMA_VERSION 1

/* "exits" and "expected_exits" are two entries; order is kept. */
struct fpb_evidence {
	char *key;
	json_int_t value;
};

struct fpb_observation {
	unsigned run;
	char *name;	 /* "exit/pio/live=avx" */
	char *substrate; /* "host", "guest/ring0", "guest/ring3" */
	char *unit;	 /* "cyc", "insn", .. */
	double *batches; /* raw, in unit; whole batch, not per operation; >= 0 */
	size_t nr_batches;
	double iterations_per_batch;
	double overhead; /* per operation, in unit, >= 0: the harness's own share */
	bool has_copies;
	double copies[2]; /* lowest and highest median over the layout copies, per operation */
	bool gated;	  /* absent in the document means true */
	struct fpb_evidence *evidence;
	size_t nr_evidence;
	char **flags; /* "nonlinear", "disturbed", .. */
	size_t nr_flags;
	double cpu_time_ns; /* CPU time per operation for benchmarks[].cpu_time; not in
			       observations[] */
};

struct fpb_skip {
	char *name, *substrate, *reason, *text;
};

struct fpb_failure {
	char *name, *substrate, *error, *where;
};

struct fpb_derived {
	char *name, *unit;
	double value, low, high;
	char **from; /* row ids, NAME@SUBSTRATE */
	size_t nr_from;
};

struct fpb_noise_floor {
	char *row; /* NAME@SUBSTRATE */
	double fraction;
};

struct fpb_suite {
	/* commit and payload_sha256 may be NULL: a build outside git, a build without payload. */
	char *version, *commit, *compiler, *flags, *build_type, *payload_sha256;
};

struct fpb_report_plan {
	char *session; /* uuid */
	uint64_t seed; /* below 2^63, which is what a JSON integer holds here */
	char *profile; /* "quick", "standard", "thorough" */
	unsigned runs;
	char *order;  /* "shuffled" or "abba" */
	char *inject; /* "0", "12" or "2%" as given; in JSON an integer when all digits */
	bool complete;
	char **entries; /* "run:substrate:name" in the order run */
	size_t nr_entries;
};

struct fpb_report {
	json_t *context; /* Google Benchmark's context object */
	struct fpb_suite suite;
	json_t *environment; /* flat object, unknown keys null with reasons in "unavailable" */
	struct fpb_report_plan plan;
	struct fpb_observation *observations;
	size_t nr_observations;
	struct fpb_derived *derived;
	size_t nr_derived;
	struct fpb_skip *skips;
	size_t nr_skips;
	struct fpb_failure *failures;
	size_t nr_failures;
	struct fpb_noise_floor *noise_floor;
	size_t nr_noise_floor;
};

/* Frees what the struct owns, not the struct; accepts zeroed and half-built ones. */
void fpb_observation_clear(struct fpb_observation *obs);
void fpb_skip_clear(struct fpb_skip *skip);
void fpb_failure_clear(struct fpb_failure *failure);
void fpb_derived_clear(struct fpb_derived *derived);
void fpb_suite_clear(struct fpb_suite *suite);
void fpb_report_clear(struct fpb_report *report);

/* Move *record into the report; *record is cleared, also on failure. 0 or -ENOMEM. */
int fpb_report_add_observation(struct fpb_report *report, struct fpb_observation *record);
int fpb_report_add_skip(struct fpb_report *report, struct fpb_skip *record);
int fpb_report_add_failure(struct fpb_report *report, struct fpb_failure *record);
int fpb_report_add_derived(struct fpb_report *report, struct fpb_derived *record);
int fpb_report_add_entry(struct fpb_report *report, unsigned run, const char *substrate,
			 const char *name);
int fpb_report_add_noise_floor(struct fpb_report *report, const char *row, double fraction);

/* Append to an observation. 0 or -ENOMEM; strings are copied. A flag already there is kept once. */
int fpb_observation_add_evidence(struct fpb_observation *obs, const char *key, json_int_t value);
int fpb_observation_add_flag(struct fpb_observation *obs, const char *flag);

/* Cost of one operation in batch k, in the observation's unit. */
double fpb_observation_cost(const struct fpb_observation *obs, size_t k);
/* The observation's value: the median cost over batches. */
double fpb_observation_value(const struct fpb_observation *obs);

/*
 * One record as JSON and back. The same form stands in a report, in the journal and on the pipe
 * between worker and runner (there with cpu_time_ns added, which a report keeps in benchmarks[]).
 * to_json returns a new reference or NULL when out of memory. from_json is strict (see
 * report_read.h); `where` is the path to prefix to problems. 0 or -EINVAL, -ENOMEM.
 */
json_t *fpb_observation_to_json(const struct fpb_observation *obs, bool with_cpu_time);
int fpb_observation_from_json(const json_t *json, const char *where, struct fpb_observation *out,
			      struct fpb_problem *problem);
json_t *fpb_skip_to_json(const struct fpb_skip *skip);
int fpb_skip_from_json(const json_t *json, const char *where, struct fpb_skip *out,
		       struct fpb_problem *problem);
json_t *fpb_failure_to_json(const struct fpb_failure *failure);
int fpb_failure_from_json(const json_t *json, const char *where, struct fpb_failure *out,
			  struct fpb_problem *problem);

#endif
