/* SPDX-License-Identifier: MIT */
/*
 * fpstate.h - guest FPU state as the debate of December 2021 wanted it, to be executed in user space.
 *
 * Names, signatures and error returns are those of "x86/fpu: Provide fpu_update_guest_xcr0/xfd()"
 * (linux-kernel, 14 December 2021) and of arch/x86/kernel/fpu/core.c. What is the kernel's current
 * task there is the fpu_task that a guest points to here.
 *
 * Real: buffers of the sizes CPUID gives, from an allocator that may fail; XSAVEOPT (or XSAVE) and
 * XRSTOR on them, by which the registers of the calling thread change hands; growing by allocation
 * and copy; and what errors leave behind.
 *
 * Modelled, because CPL 3 cannot write them: XCR0 is an argument and IA32_XFD is fpu_task.xfd.
 * Saves obey that value as SDM volume 1, 13.14 has it: a component disabled by XFD is left out and
 * its XSTATE_BV bit is 0. Nothing faults: whoever plays the guest does not touch a component that is
 * disabled. Areas have the standard format, which CPL 3 can restore everywhere, not the compacted
 * one of XSAVES; the init and modified optimisations of XSAVES are XSAVEOPT's too, but to enter a
 * guest whose area lacks a component that the host has live takes a second XRSTOR. Supervisor components, PKRU (a change would cut this thread off
 * its memory) and vmexits are left out. There is no locking: a task and its guests belong to one
 * thread.
 *
 * While a guest's state is in the registers, whatever runs in the thread must leave vector and x87
 * registers alone, as kernel code does: this library, its callers and allocators are built with
 * -mgeneral-regs-only and call no libc.
 */
#ifndef HOST_FPSTATE_FPSTATE_H
#define HOST_FPSTATE_FPSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/abi.h"
#include "guest/x86/xsave.h"
#include "host/err.h"

/* Where fpstates come from. Both functions leave vector registers alone. */
struct fpu_allocator {
	void *(*alloc)(void *arg, size_t bytes); /* zeroed, aligned to XSAVE_ALIGN; or NULL */
	void (*free)(void *arg, void *memory, size_t bytes);
	void *arg;
};

/* Whole pages of their own, as the kernel's vzalloc() gives: mmap, populated, and munmap. */
extern const struct fpu_allocator fpu_pages;

/* What a processor and its kernel offer: fpu_user_cfg, and XFEATURE_MASK_USER_DYNAMIC. */
struct fpu_config {
	const struct abi_xstate *layout; /* ABI_NR_XSTATE entries, standard format; not copied */
	uint64_t max_features;		 /* that swaps carry; each has a place in layout */
	uint64_t dynamic;		 /* of these, what XFD disables and guests need leave for */
	bool has_xsaveopt;		 /* CPUID.(0xD,1):EAX[0] */
};

/*
 * XTILEDATA is dynamic where `permitted`, what arch_prctl(ARCH_GET_XCOMP_PERM) says of the process,
 * has it; elsewhere AVX plays its part, with nothing but x87 and SSE beside it. -EOPNOTSUPP where
 * XCR0 has not even AVX.
 */
int fpu_config_choose(struct fpu_config *config, uint64_t xcr0, uint64_t permitted,
		      const struct abi_xstate layout[ABI_NR_XSTATE], bool has_xsaveopt)
	FPB_MUST_CHECK;

/* Bytes of a standard-format XSAVE area that holds these components: never less than 576. */
uint32_t fpu_area_bytes(const struct fpu_config *config, uint64_t xfeatures);

/* A buffer and what it is good for. */
struct fpstate {
	uint64_t xfeatures; /* components it has room for; saves write no others */
	uint64_t xfd;	    /* IA32_XFD of the task or guest whose state this is */
	uint32_t size;	    /* bytes at regs */
	bool in_use;	    /* the registers hold its contents; regs is stale */
	uint8_t regs[] __attribute__((aligned(XSAVE_ALIGN)));
};

static inline struct xsave_area *fpstate_area(struct fpstate *fps)
{
	return (struct xsave_area *)(void *)fps->regs;
}

/* The thread that runs vCPUs: current->thread.fpu. */
struct fpu_task {
	struct fpu_config config;
	struct fpu_allocator allocator;
	uint64_t guest_perm;	   /* what guests may have; changes no more once locked */
	bool is_guest_perm_locked; /* by the first guest */
	struct fpstate *own;	   /* of the thread itself */
	struct fpstate *fpstate;   /* whose registers these are: own, or a guest's */
	uint64_t xfd;		   /* IA32_XFD as it would be */
};

/*
 * The calling thread, with room for everything in its own fpstate and permission for all but the
 * dynamic features in guests. The allocator's functions are copied. -ENOMEM; -EINVAL for features
 * that have no place in the layout. Destroy also after failure, and after all guests are freed.
 */
int fpu_task_create(struct fpu_task *task, const struct fpu_config *config,
		    const struct fpu_allocator *allocator) FPB_MUST_CHECK;
void fpu_task_destroy(struct fpu_task *task);

/*
 * arch_prctl(ARCH_REQ_XCOMP_GUEST_PERM): let guests have a dynamic feature, by its number.
 * -EOPNOTSUPP: it is none, or not there; -EBUSY: too late, a guest exists or existed.
 */
int fpu_request_guest_perm(struct fpu_task *task, unsigned int feature) FPB_MUST_CHECK;

/* struct fpu_guest of the kernel. task and is_static are the caller's, before allocation. */
struct fpu_guest {
	struct fpu_task *task;
	bool is_static;	    /* room for all that is permitted at once, dynamic or not */
	uint64_t xfeatures; /* what fpstate has room for */
	uint64_t perm;	    /* what XCR0 may have; task->guest_perm at allocation */
	struct fpstate *fpstate;
	size_t bytes, peak_bytes; /* allocated now; at most so far, while growing */
};

/* False: no memory. XFD is 0, the reset value, and the state is init. Locks the permission. */
bool fpu_alloc_guest_fpstate(struct fpu_guest *gfpu) FPB_MUST_CHECK;

/* Takes NULL and what was never allocated. Does nothing while the guest's state is in registers. */
void fpu_free_guest_fpstate(struct fpu_guest *gfpu);

/* Room for these features as well, whatever XFD says. 0, -EPERM, or -EFAULT for no memory. */
int fpu_enable_guest_xfd_features(struct fpu_guest *gfpu, uint64_t xfeatures) FPB_MUST_CHECK;

/* __fpu_update_guest_features() of the message: for the two below, which say what it does. */
int fpu_update_guest_features(struct fpu_guest *guest_fpu, uint64_t xcr0, uint64_t xfd)
	FPB_MUST_CHECK;

/*
 * Before XCR0 takes effect. Makes sure that what is in XCR0 and not disabled by XFD has room.
 * 0; -EPERM: features not permitted; -EFAULT: resizing failed. After a failure all is as before.
 */
static inline int fpu_update_guest_xcr0(struct fpu_guest *guest_fpu, uint64_t xcr0)
{
	return fpu_update_guest_features(guest_fpu, xcr0, guest_fpu->fpstate->xfd);
}

/*
 * The guest writes IA32_XFD; xcr0 is its current one. On success fpstate->xfd is xfd, and so is
 * task->xfd if the guest's state is in the registers; if it is not, components that XFD now disables
 * are init, since restoring them would be a #NM in the host (Linux 6.19).
 * 0; -ENOTSUPP: XFD has bits that are not dynamic features; -EFAULT; -EPERM as above.
 */
static inline int fpu_update_guest_xfd(struct fpu_guest *guest_fpu, uint64_t xcr0, uint64_t xfd)
{
	return fpu_update_guest_features(guest_fpu, xcr0, xfd);
}

/*
 * Saves whose registers these are and restores the other: task -> guest to enter, guest -> task to
 * leave. -EBUSY, and nothing happens, when there is nobody to change with: some guest is in already,
 * or this one is not.
 */
int fpu_swap_kvm_fpstate(struct fpu_guest *guest_fpu, bool enter_guest);

/*
 * KVM_GET_XSAVE and KVM_SET_XSAVE, less the kernel's arguments about PKRU. -EBUSY while the guest's
 * state is in the registers.
 *
 * Out: fpstate->size bytes; -EINVAL when size is less. In: an image in standard format, up to the
 * last component in its XSTATE_BV; the others become init. xcr0 is what the guest's CPUID allows.
 * -EINVAL, and the state is as before: the header is malformed, MXCSR has reserved bits, or
 * XSTATE_BV has a feature outside xcr0, one that fpstate has no room for (restore XFD and XCR0
 * first), or one that XFD disables.
 */
int fpu_copy_guest_fpstate_to_uabi(struct fpu_guest *gfpu, void *buf, size_t size) FPB_MUST_CHECK;
int fpu_copy_uabi_to_guest_fpstate(struct fpu_guest *gfpu, const void *buf, uint64_t xcr0)
	FPB_MUST_CHECK;

#endif
