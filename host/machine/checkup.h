/* SPDX-License-Identifier: MIT */
/*
 * checkup.h - what on a machine adds noise to figures or hides rows, and how to mend it.
 *
 * A judgement of data: the environment record, a few more files beneath the sysroot, and what the
 * caller probed. Nothing is written, no VM is created.
 */
#ifndef HOST_MACHINE_CHECKUP_H
#define HOST_MACHINE_CHECKUP_H

#include <jansson.h>
#include <stdbool.h>

#include "host/err.h"

struct kvm_source;

struct checkup_options {
	const json_t *environment;    /* of environment_capture(), borrowed */
	const char *sysroot;	      /* prefix of /proc, /sys, /etc and /dev; NULL: none */
	const struct kvm_source *kvm; /* NULL: this kernel */
	/* Why there are no core cycles, no KVM statistics; NULL or "" where there are. */
	const char *pmu_lack;
	const char *kvm_stats_lack;
	bool is_privileged; /* perf_event_paranoid does not bind the caller */
};

/*
 * A new reference to the array of {key, value, ok, why, fix}, in a fixed order, or NULL with err,
 * which happens only when memory runs out. value: null where it cannot be found out; then ok is
 * false and why ends in the reason. why: one sentence on what it does to figures, followed by what
 * is particular here. fix: a shell command, or a comment (#) where the kernel must be booted
 * otherwise; "" where nothing on this machine can mend it, or nothing needs to be.
 */
json_t *checkup_create(const struct checkup_options *options, struct fpb_err *err) FPB_MUST_CHECK;

#endif
