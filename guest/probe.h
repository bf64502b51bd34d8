/* SPDX-License-Identifier: MIT */
/* probe.h - execute one thing once, to learn whether the backend can. */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#include <stdbool.h>

#include "bench/abi.h"

/*
 * request->bench is an enum abi_probe, executed request->iterations times. Returns false for one
 * this payload does not know. What the instruction answered goes into
 * evidence[ABI_EVIDENCE_ANSWER]; for ABI_PROBE_TSC that is the ticks it took.
 */
bool probe(const struct abi_request *request, struct abi_shared *shared);

#endif
