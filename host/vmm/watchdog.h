/* SPDX-License-Identifier: MIT */
/*
 * watchdog.h - bounds every KVM_RUN.
 *
 * A per-thread timer signals the vCPU's own thread; the handler sets kvm_run.immediate_exit, so
 * that the KVM_RUN in flight and one about to start both return -EINTR. Real-time signal
 * SIGRTMIN + 1 is taken for it.
 */
#ifndef HOST_VMM_WATCHDOG_H
#define HOST_VMM_WATCHDOG_H

#include "host/vmm/vcpu.h"

int watchdog_create(struct vcpu *vcpu, struct fpb_err *err) FPB_MUST_CHECK;
void watchdog_destroy(struct vcpu *vcpu);

/* From the thread that created it. timeout_ms > 0. */
int watchdog_start(struct vcpu *vcpu, unsigned int timeout_ms, struct fpb_err *err) FPB_MUST_CHECK;
/* Whether it fired since watchdog_start. */
bool watchdog_has_fired(void);
/* Returns whether the watchdog fired since watchdog_start. */
bool watchdog_stop(struct vcpu *vcpu);

#endif
