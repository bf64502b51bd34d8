/* SPDX-License-Identifier: MIT */
/*
 * carried.h - a guest's xstate saved under one kernel, to be loaded under another.
 *
 * The guest is one whose CPUID lacks components that processor and KVM have (CARRIED_WITHHELD):
 * some kernels let them into the guest's state and save them all the same, others trim them, others
 * refuse the load ("KVM: x86: Constrain guest-supported xfeatures only at KVM_GET_XSAVE{2}",
 * Linux 6.6). The record is a file of fixed size, written and read by the same build of this
 * program; who reads it trusts nothing in it.
 */
#ifndef HOST_VMM_CARRIED_H
#define HOST_VMM_CARRIED_H

#include <stdint.h>

#include "guest/x86/xstate.h"
#include "host/vmm/kvm_sys.h"

/* Names the file that this process and its children are to offer; unset: none. */
#define CARRIED_VARIABLE "FPSTATE_BENCH_CARRIED"

/* What guests of such a state lack: everything ordinary beyond x87 and SSE. */
#define CARRIED_WITHHELD (XSTATE_ORDINARY & ~(XFEATURE_X87 | XFEATURE_SSE))

#define CARRIED_MAGIC	0x595252414342504full
#define CARRIED_VERSION 1u

struct carried {
	uint64_t magic;
	uint32_t version;
	uint32_t bytes;	  /* of `area` that KVM filled, at most XSTATE_AREA_BYTES */
	uint64_t guest;	  /* XCR0 bits that the guest's CPUID allowed */
	uint64_t loaded;  /* components that KVM_SET_XSAVE took before the state was saved */
	uint64_t saved;	  /* XSTATE_BV of `area` */
	char release[64]; /* `uname -r` where it was saved, ended by a NUL */
	uint8_t reserved[24];
	uint8_t area[XSTATE_AREA_BYTES]; /* KVM_GET_XSAVE2, standard format; 64-byte aligned */
};
_Static_assert(__builtin_offsetof(struct carried, area) == 128, "area");

/*
 * Creates a VM and a vCPU, loads every component that KVM accepts and saves them. Only in a process
 * of its own, as every vCPU. sys NULL: the kernel's own.
 */
int carried_make(struct carried *out, const struct kvm_sys *sys, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Whether `bytes` bytes are such a record. -EBADMSG names the field, what was expected and read. */
int carried_check(const void *data, size_t bytes, struct fpb_err *err) FPB_MUST_CHECK;

/* Whole files. carried_read() checks; both name the path. -errno. */
int carried_write(const struct carried *carried, const char *path, struct fpb_err *err)
	FPB_MUST_CHECK;
int carried_read(struct carried *out, const char *path, struct fpb_err *err) FPB_MUST_CHECK;

#endif
