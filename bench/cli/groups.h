/* SPDX-License-Identifier: MIT */
/* groups.h - skipped rows counted by what they have in common: arrays of {.., rows}. */
#ifndef BENCH_CLI_GROUPS_H
#define BENCH_CLI_GROUPS_H

#include <jansson.h>

#include "bench/core/capabilities.h"

/*
 * The group whose `key` equals value, or a new one {key: value, rows: 0} at the end. Takes the
 * reference to value, NULL included. NULL when memory runs out.
 */
json_t *groups_find(json_t *groups, const char *key, json_t *value);

/* One more row in the group. 0 or -1. */
int groups_count(json_t *group);

/* One more row in the group {text, rows, reason} of this lack. 0 or -1. */
int groups_add_reason(json_t *groups, const struct fpb_lack *lack);

#endif
