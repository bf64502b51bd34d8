/* SPDX-License-Identifier: MIT */
/*
 * environment_diff.h - do two reports speak of the same machine, and in what do they differ?
 *
 * Nothing is compared before this is asked. Each key that differs has a class, listed in
 * docs/resume-and-merge.md; what is to be done with the reports decides which classes may differ:
 *
 *	class		compare, gate			parts of one measurement (resume, merge)
 *	identity	never				never
 *	experiment	yes: it is what is compared	no
 *	volatile	yes				yes
 *	setting		if the user names the key	no
 *
 * Of the volatile keys tsc_khz is bounded: within 0.1 %, beyond that it is treated as a setting.
 * Unknown (null) and absent are the same value, and differ from every known one. EBX of subleaves 0
 * and 1 of cpuid_0xd is left out: it is the size for the XCR0 and XSS that the kernel has set. The
 * reasons under "unavailable" are no keys.
 */
#ifndef BENCH_REPORT_ENVIRONMENT_DIFF_H
#define BENCH_REPORT_ENVIRONMENT_DIFF_H

#include "bench/report/report.h"

enum fpb_difference_class {
	FPB_DIFFERENCE_IDENTITY,   /* another processor, engine, backend, emulator, build type */
	FPB_DIFFERENCE_EXPERIMENT, /* the kernel and what follows from it, and plan.inject */
	FPB_DIFFERENCE_VOLATILE,   /* changes without meaning anything */
	FPB_DIFFERENCE_SETTING,	   /* all else: governor, SMT, clock source, the suite's version */
};

/* "identity", "experiment", "volatile", "setting". */
const char *fpb_difference_class_name(enum fpb_difference_class class);

struct fpb_difference {
	char *key; /* "microcode"; outside of the environment "suite.commit", "plan.inject" */
	json_t *base, *new; /* as compared; JSON null where unknown or absent */
	enum fpb_difference_class class;
	bool is_allowed;
};

struct fpb_differences {
	struct fpb_difference *item;
	size_t nr, nr_refused; /* refused: not allowed */
};

enum fpb_difference_rule { FPB_RULE_COMPARE, FPB_RULE_SAME_MEASUREMENT };

struct fpb_difference_request {
	enum fpb_difference_rule rule;
	/* Settings that may differ under FPB_RULE_COMPARE, NULL-terminated; NULL: none. */
	const char *const *allowed_keys;
};

/*
 * Each appends to *out, which starts zeroed: the environments in base's order of keys, then what
 * only `new` has; the suite; or all of two reports that this is about (environment, suite,
 * plan.inject). 0 or -ENOMEM; *out is for fpb_differences_clear() in any case.
 */
int fpb_environment_diff(const json_t *base, const json_t *new,
			 const struct fpb_difference_request *request, struct fpb_differences *out)
	__attribute__((warn_unused_result));
int fpb_suite_diff(const struct fpb_suite *base, const struct fpb_suite *new,
		   const struct fpb_difference_request *request, struct fpb_differences *out)
	__attribute__((warn_unused_result));
int fpb_report_diff(const struct fpb_report *base, const struct fpb_report *new,
		    const struct fpb_difference_request *request, struct fpb_differences *out)
	__attribute__((warn_unused_result));
void fpb_differences_clear(struct fpb_differences *differences);

/*
 * "mitigations.retbleed: Vulnerable -> Mitigation: IBPB" into buf, always terminated: of objects
 * and arrays the first member that differs and how many more do, of long texts only their ends.
 * Printable whatever the report held.
 */
void fpb_difference_text(const struct fpb_difference *difference, char *buf, size_t size);

#endif
