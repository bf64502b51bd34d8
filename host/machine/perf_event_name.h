/* SPDX-License-Identifier: MIT */
/* perf_event_name.h - event names of perf_group.h to what perf_event_open(2) takes. */
#ifndef HOST_MACHINE_PERF_EVENT_NAME_H
#define HOST_MACHINE_PERF_EVENT_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "host/err.h"

struct perf_event_attr;

/* What identifies an event, without where and when to count. */
struct perf_event_code {
	uint32_t type;
	uint64_t config;
	uint64_t config1;
	uint64_t config2;
};

/*
 * Sets size, type, config* and exclude_* of *attr, and zeroes the rest. On failure why (size
 * bytes) says what is wrong: -ENOENT: no such event on this processor, or a name only libpfm4
 * would know and the build found none; -EINVAL: a malformed name.
 */
int perf_event_parse(const char *name, struct perf_event_attr *attr, char *why, size_t size)
	FPB_MUST_CHECK;

/* The name without modifiers, by libpfm4; in a file of its own, its headers and Linux's clash. */
int perf_event_pfm(const char *name, struct perf_event_code *code, char *why, size_t size)
	FPB_MUST_CHECK;

#endif
