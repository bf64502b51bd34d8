/* SPDX-License-Identifier: MIT */
/* host_caps.h - what this processor has, for tests that measure without probing KVM and the PMU. */
#ifndef TESTS_UNIT_HOST_CAPS_H
#define TESTS_UNIT_HOST_CAPS_H

#include "bench/core/capabilities.h"

/* Fills the substrate `host` and the layout. The needs are those of XSAVE with SSE, if it has it. */
void host_caps(struct fpb_capabilities *caps);

#endif
