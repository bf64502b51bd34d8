/* SPDX-License-Identifier: MIT */
/* session_priv.h - shared by the files of the session only. */
#ifndef BENCH_CLI_SESSION_PRIV_H
#define BENCH_CLI_SESSION_PRIV_H

#include "bench/cli/session.h"

/* Only volatile keys may differ: a report is to be one measurement. */
extern const struct fpb_difference_request session_same;

/* The rows of s->options.filter. -EINVAL, -ENOENT: the filter; else -errno. */
int session_choose_rows(struct session *s, struct fpb_err *err) FPB_MUST_CHECK;

/* Probes the machine into s->caps. */
int session_probe(struct session *s, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Chooses s->cpu by s->options.cpu and captures the environment; new reference. -ENODEV, -EPERM:
 * there is no such CPU, or it is not ours.
 */
int session_capture(struct session *s, json_t **environment, struct fpb_err *err) FPB_MUST_CHECK;

/* The plan's entries as plan.entries of a report that holds nothing else. 0 or -ENOMEM. */
int session_list_entries(const struct fpb_plan *plan, struct fpb_report *out, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
