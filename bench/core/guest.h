/* SPDX-License-Identifier: MIT */
/*
 * guest.h - a VM with one vCPU that runs our payload: boot it, command it, read its answer.
 *
 * What the shared pages say is copied once and checked before anybody uses it.
 */
#ifndef BENCH_CORE_GUEST_H
#define BENCH_CORE_GUEST_H

#include "bench/abi.h"
#include "host/vmm/vcpu.h"

struct fpb_guest {
	struct vm *vm;
	struct vcpu *vcpu;
	struct payload payload;
	bool is_booted;
};

struct fpb_guest_config {
	const struct kvm_sys *sys; /* NULL: the kernel's own */
	enum vcpu_ring ring;
	bool has_irqchip;
	enum xstate_permission permission;
};

/* Creates VM and vCPU with the payload loaded, nothing executed yet. */
int fpb_guest_create(const struct fpb_guest_config *config, struct fpb_guest *guest,
		     struct fpb_err *err) FPB_MUST_CHECK;
void fpb_guest_destroy(struct fpb_guest *guest);

/* Runs the payload up to its handshake and checks that it is the one of this build. */
int fpb_guest_boot(struct fpb_guest *guest, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Sends one request and runs until it is done. `how` carries resume port, hooks and time limit.
 * A guest exception is -EFAULT with vector, error code and rip in the text; a refusal -EPROTO.
 */
int fpb_guest_command(struct fpb_guest *guest, const struct abi_request *request,
		      const struct vcpu_run_request *how, struct vcpu_exit *exit,
		      struct fpb_err *err) FPB_MUST_CHECK;

/* Ticks of the first nr batches of the last command. -EPROTO if the guest finished fewer. */
int fpb_guest_elapsed(struct fpb_guest *guest, uint32_t nr, uint64_t *ticks, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Batches of the last command that were done again; at most ABI_MAX_VOID, whatever the page says.
 */
uint32_t fpb_guest_nr_void(struct fpb_guest *guest);
/* What the guest may spend on calm (guest/x86/calm.h): lent before a command, read back after it. */
volatile struct abi_calm *fpb_guest_calm(struct fpb_guest *guest);
/* Evidence of the last command, flags normalised. */
void fpb_guest_evidence(struct fpb_guest *guest, struct abi_evidence evidence[ABI_NR_EVIDENCE]);

int fpb_guest_set_inject(struct fpb_guest *guest, uint32_t nr, struct fpb_err *err) FPB_MUST_CHECK;

#endif
