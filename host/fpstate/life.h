/* SPDX-License-Identifier: MIT */
/*
 * life.h - one vCPU's life, as far as its FPU state goes: what expand/engine times.
 *
 *	create; CPUID shows every feature; the guest is entered and uses all but the dynamic ones;
 *	k XFD writes, of which
 *		the first disables them, before XCR0 gets them, as Linux does when it boots,
 *		the second enables them, and the guest uses them: its first task that wants them,
 *		the others take turns: tasks that want them and tasks that do not;
 *	the guest is left; s - 1 times entered and left again; destroyed.
 *
 * With k = 0 the guest knows nothing of XFD and never has the dynamic features in XCR0; with k = 1
 * it is ready for them and nobody wants them. "Uses" is an XRSTOR that fills the registers from an
 * image, the guest's own work.
 */
#ifndef HOST_FPSTATE_LIFE_H
#define HOST_FPSTATE_LIFE_H

#include "host/fpstate/policy.h"

struct fpu_life {
	struct fpu_vcpu vcpu;
	/* The caller's: */
	struct fpu_task *task;
	enum fpu_policy policy;
	uint32_t nr_xfd_writes; /* k */
	uint32_t nr_swaps;	/* s >= 1 */
	const void *image;	/* standard format, with every feature that the guest uses */
};

/* Everything but the end; afterwards the guest's state is in memory. 0 or what failed. */
int fpu_life_begin(struct fpu_life *life) FPB_MUST_CHECK;
/* Takes a life whose begin failed, or that is zero but for the caller's part. */
void fpu_life_end(struct fpu_life *life);

/* What must be there before the end: components in use, and what the fpstate has room for. */
uint64_t fpu_life_used(const struct fpu_life *life);
uint64_t fpu_life_room(const struct fpu_life *life);

#endif
