/* SPDX-License-Identifier: MIT */
/*
 * hazards.h - what can crash the host, whether this one can be hit, and what is avoided.
 *
 * Kernels without "x86/fpu: Clear XSTATE_BV[i] in guest XSAVE state whenever XFD[i]=1" (6.19-rc6,
 * backported) can take a fatal #NM in the host when XSTATE_BV[18]=1 is loaded while the guest's
 * XFD[18]=1.
 */
#ifndef HOST_MACHINE_HAZARDS_H
#define HOST_MACHINE_HAZARDS_H

#include <jansson.h>

#include "host/err.h"

/*
 * Pure, from the environment record: a new reference to the array of {key, sequence, affected,
 * state, avoided, override}, or NULL with err when memory runs out. affected: the processor and
 * KVM can get there and the kernel is not known to have the fix; state says why in words. avoided
 * is true: by default no plan runs the sequence; override is the option of `run` that allows it.
 */
json_t *hazards_create(const json_t *environment, struct fpb_err *err) FPB_MUST_CHECK;

#endif
