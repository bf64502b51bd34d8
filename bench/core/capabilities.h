/* SPDX-License-Identifier: MIT */
/*
 * capabilities.h - what each substrate of this machine can run, and why not where it cannot.
 *
 * Plain data: probed once by a child process (probe.c), sent to the parent as JSON, consulted by
 * list, plan and workers.
 */
#ifndef BENCH_CORE_CAPABILITIES_H
#define BENCH_CORE_CAPABILITIES_H

#include <jansson.h>

#include "bench/core/row.h"

/* A need that is not met: a reason of the report format, and words with what was read. */
struct fpb_lack {
	char reason[24];
	char text[232];
};

/* Core cycles in user space: what rows in core_cyc count with. */
#define FPB_CORE_CLOCK_EVENT "cycles:u"

/* Registers that KVM writes around every entry of a guest, because they are not the host's. */
enum fpb_switched {
	FPB_SWITCHED_XCR0 = 1 << 0,
	FPB_SWITCHED_XSS = 1 << 1,
	FPB_SWITCHED_PKRU = 1 << 2,
};

struct fpb_capability {
	uint64_t have;	   /* FPB_NEED_ bits */
	uint64_t counted;  /* exit kinds that KVM's statistic `exits` counts, as FPB_NEED_ bits */
	uint32_t switched; /* guests, as this program sets them up: FPB_SWITCHED_ bits */
	bool has_rdtscp;
	uint64_t xfeatures; /* XCR0 as read there; 0 where XSAVE cannot be executed */
	struct fpb_lack lack[FPB_NR_NEEDS];
};

struct fpb_capabilities {
	struct fpb_capability on[FPB_NR_SUBSTRATES];
	bool is_amd;
	bool counts_instructions; /* the TSC does, and is the same in every boot (the lab) */
	/* SVM without NRIPS: KVM decodes CPUID, MSR accesses and the like to find the next RIP. */
	bool decodes_exits;
	uint64_t always_in_use; /* components that XINUSE shows in use whatever they hold */
	uint32_t tsc_step;	/* smallest step of the TSC, ticks */
	struct abi_xstate xstate[ABI_NR_XSTATE];
};

/* Fills in everything. Creates vCPUs: only in a process of its own. 0 or -errno. */
int fpb_probe(struct fpb_capabilities *caps, struct fpb_err *err) FPB_MUST_CHECK;

/* Marks a need as not met; the first reason is kept. */
void fpb_lack_set(struct fpb_capability *capability, uint64_t need, const char *reason,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Whether rows with FPB_NEED_HAZARD run, as the user decided; as probed they do not. */
void fpb_capabilities_allow_hazards(struct fpb_capabilities *caps, bool is_allowed);

/*
 * Why the row cannot run, or NULL if it can: what the processor lacks before what anything else
 * does, the first need of them.
 */
const struct fpb_lack *fpb_row_lack(const struct fpb_capabilities *caps, const struct fpb_row *row);

/* "kvm", "xsave", ..: the name of one FPB_NEED_ bit. */
const char *fpb_need_name(uint64_t need);

json_t *fpb_capabilities_to_json(const struct fpb_capabilities *caps);
/* -EPROTO for anything but what to_json writes. */
int fpb_capabilities_from_json(const json_t *json, struct fpb_capabilities *caps,
			       struct fpb_err *err) FPB_MUST_CHECK;

#endif
