/* SPDX-License-Identifier: MIT */
/*
 * hazards.h - whether this host can be hit by what host/hazard_list.h names, and what is avoided.
 */
#ifndef HOST_MACHINE_HAZARDS_H
#define HOST_MACHINE_HAZARDS_H

#include <jansson.h>
#include <stdbool.h>

#include "host/err.h"

/*
 * Pure, from the environment record: a new reference to the array of {key, sequence, affected,
 * state, avoided, override}, or NULL with err when memory runs out. affected: the processor and
 * KVM can get there and the kernel is not known to have the fix; state says why in words. avoided
 * is true: by default no plan runs the sequence; override is the option of `run` that allows it, ""
 * where nothing does.
 */
json_t *hazards_create(const json_t *environment, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Pure, likewise: a new reference to the keys of what a plan keeps clear of here, none where
 * processor or KVM cannot get there; or NULL when memory runs out.
 */
json_t *hazards_avoided(const json_t *environment, bool is_allowed) FPB_MUST_CHECK;

#endif
