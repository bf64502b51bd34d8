/* SPDX-License-Identifier: MIT */
/*
 * environment.h - the environment record of a report: what a figure depends on besides the code.
 *
 * A flat object of the keys of environment_keys[]. Every key is always present; what cannot be
 * found out is null, and then the object "unavailable" inside holds the reason under the same key,
 * naming the file or leaf and what came back. Numbers that may exceed 63 bits are hex strings:
 * the values, like the indices, of kvm_feature_msrs ("0x10a": "0xac4e0000002b"; null for an MSR
 * that KVM lists but will not read).
 *
 * cpuid_0xd is read as the processor gives it: EBX of subleaves 0 and 1 is the size for the XCR0
 * (and IA32_XSS) the kernel has set, so it changes with the kernel; all else is the hardware's.
 */
#ifndef HOST_MACHINE_ENVIRONMENT_H
#define HOST_MACHINE_ENVIRONMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "host/err.h"

/*
 * What a reader of reports takes as the length of a string. A longer one (hwloc's XML of a large
 * machine) is null with its length as the reason; inside an object just null.
 */
#define ENVIRONMENT_MAX_STRING_BYTES 1000000u

struct cpu_source;
struct kvm_source;
struct topology;

struct environment_options {
	int cpu_used;			 /* the CPU measured on, -1 if none is chosen */
	const struct topology *topology; /* NULL: hwloc_xml is null */
	bool allows_hazards;		 /* the plan takes those that it can */
	/* For captured machines: */
	const char *sysroot;	      /* prefix of /proc, /sys, /boot and /dev; NULL: none */
	const struct cpu_source *cpu; /* NULL: this processor */
	const struct kvm_source *kvm; /* NULL: this kernel */
};

/* The names of all keys, in the order of docs and reports; NULL-terminated. */
extern const char *const environment_keys[];

/*
 * A new reference to the object, or NULL with err, which happens only when memory runs out.
 * Takes about 50 ms where the TSC frequency must be measured. Asks for no permission and changes
 * nothing: ARCH_GET_XCOMP_GUEST_PERM and the system ioctls of /dev/kvm create no VM.
 */
json_t *environment_capture(const struct environment_options *options, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
