/* SPDX-License-Identifier: MIT */
/*
 * policy.h - what a gate lets pass: limits of rows, losses, and regressions accepted for a while.
 *
 *	{"limits": {RE: fraction}, "allow_lost": [RE],
 *	 "accepted": [{"name": RE, "up_to": fraction, "until": "YYYY-MM-DD", "why": ".."}]}
 *
 * Every member may be left out; any other is a problem, since a gate must not run with a policy
 * that says something else than it was meant to. Of the limits that match a row the last counts. An
 * acceptance is a higher limit that ends with the day `until`.
 */
#ifndef BENCH_REPORT_POLICY_H
#define BENCH_REPORT_POLICY_H

#include "bench/report/pattern.h"

struct fpb_limit {
	struct fpb_pattern row;
	double fraction; /* >= 0 */
};

struct fpb_acceptance {
	struct fpb_pattern row;
	double up_to; /* >= 0 */
	char *until, *why;
};

struct fpb_policy {
	struct fpb_limit *limits;
	size_t nr_limits;
	struct fpb_pattern *allow_lost;
	size_t nr_allow_lost;
	struct fpb_acceptance *accepted;
	size_t nr_accepted;
};

/*
 * Strict as report_read.h is. 0, -EINVAL, -EFBIG, -ENOMEM, or -errno of open/read. *out is
 * overwritten, and left empty on failure.
 */
int fpb_policy_parse(const char *text, size_t length, struct fpb_policy *out,
		     struct fpb_problem *problem) __attribute__((warn_unused_result));
int fpb_policy_read(const char *path, struct fpb_policy *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
void fpb_policy_clear(struct fpb_policy *policy);

/* One more loss to allow, from `where`. 0, -EINVAL or -ENOMEM. */
int fpb_policy_allow_lost(struct fpb_policy *policy, const char *regex, const char *where,
			  struct fpb_problem *problem) __attribute__((warn_unused_result));

/* The row's limit as a fraction, or NaN: none. */
double fpb_policy_limit(const struct fpb_policy *policy, const char *id);
bool fpb_policy_allows_loss(const struct fpb_policy *policy, const char *id);

/* `today` is YYYY-MM-DD, as the day of expiry: there is no clock in this room. */
bool fpb_acceptance_is_expired(const struct fpb_acceptance *acceptance, const char *today);
/* The acceptance of most that matches the row and has not expired, or NULL. */
const struct fpb_acceptance *fpb_policy_acceptance(const struct fpb_policy *policy, const char *id,
						   const char *today);

#endif
