/* SPDX-License-Identifier: MIT */
/*
 * hazard.h - the one place that keeps a plan from what crashes some hosts.
 *
 * Kernels without "x86/fpu: Clear XSTATE_BV[i] in guest XSAVE state whenever XFD[i]=1" (6.19-rc6,
 * backported) can take a fatal #NM in the host when XSTATE_BV[18]=1 is loaded while the guest's
 * IA32_XFD[18]=1. So the VMM looks, before either is set, at what the other one is. A guest that sets
 * IA32_XFD[18] by itself has executed TILERELEASE before: that is the case's own duty.
 */
#ifndef HOST_VMM_HAZARD_H
#define HOST_VMM_HAZARD_H

#include "host/vmm/vcpu.h"

/* From the option --allow-hazards, for the whole process. */
void hazard_allow(bool is_allowed);
bool hazard_is_allowed(void);

/*
 * 0, or -EPERM with the sequence's name and what was read. Always 0 once hazards are allowed, and
 * where the value or area has no bit 18.
 */
int hazard_check_xfd(struct vcpu *vcpu, uint64_t xfd, struct fpb_err *err) FPB_MUST_CHECK;
int hazard_check_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *err) FPB_MUST_CHECK;

#endif
