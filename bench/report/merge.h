/* SPDX-License-Identifier: MIT */
/*
 * merge.h - parts of one plan, measured apart, become one report.
 *
 * The caller has made sure by environment_diff.h (FPB_RULE_SAME_MEASUREMENT) that the parts come
 * from one build of the suite, one kernel and one machine.
 *
 * - Runs: parts of one session keep their numbers, and the same entry in two of them must be the
 *   same measurement; it is kept once. A part of another session keeps its numbers as long as it
 *   has no row in common with what is there; otherwise its runs are numbered on from the last.
 * - Skips: a row that was carried out in any part is no skip if the other part lacked permission, a
 *   PMU, an emulator or the will (no-kvm, no-permission, no-pmu, no-emulator, hazard, profile). On
 *   one machine a row cannot both run and be lacked by the processor, KVM, the kernel or the
 *   backend: that is a contradiction. Of two skips of one row the first is kept.
 * - Failures: all, except those that stand word for word in another part of the same session. An
 *   entry that failed in one part and was observed in another is a contradiction.
 * - Noise floors: of a row with one in any part, from all its runs now.
 * - Derived figures: those of debate.h anew; of others those whose rows gained no run by the merge,
 *   since the rest no longer follow.
 * - Environment, context, session, seed: the first part's. Complete: if every part is.
 */
#ifndef BENCH_REPORT_MERGE_H
#define BENCH_REPORT_MERGE_H

#include "bench/report/report.h"

/*
 * Joins *part, of which nothing is left, to *into, which starts zeroed: the first part goes through
 * the same checks. 0; -EXDEV: they contradict each other, the problem names the row; -EINVAL: an
 * entry of the plan is malformed; -ERANGE: too many runs; -ENOMEM. After a failure *into is only
 * good for fpb_report_clear(). Parts of several sessions should be merged at once: a report that
 * was merged from them carries the first one's session only, so that a second copy of another part
 * would not be recognised.
 */
int fpb_report_merge(struct fpb_report *into, struct fpb_report *part, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

#endif
