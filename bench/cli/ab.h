/* SPDX-License-Identifier: MIT */
/* ab.h - shared by the files of `ab` only. */
#ifndef BENCH_CLI_AB_H
#define BENCH_CLI_AB_H

#include "bench/cli/ab_options.h"
#include "bench/cli/preparation.h"
#include "bench/cli/session.h"

struct ab_variant {
	struct preparation preparation;
	struct session session;
	char *report, *log; /* paths: DIR/a/report.json, DIR/a/prepare.log */
};

struct ab {
	struct ab_options options;
	struct gating gating;
	struct fpb_progress progress;
	struct ab_variant variant[AB_NR_VARIANTS];
	struct fpb_calm_levels calm; /* of both: they share the CPU */
};

/* Prepares a variant. EXIT_FINE; else EXIT_UNFIT, and said so unless by Ctrl-C. */
enum exit_code ab_prepare(struct ab *ab, const struct ab_variant *variant);

/* EXIT_INCONCLUSIVE, and said so, if --pairs is fewer than so many rows take. */
enum exit_code ab_check_pairs(const struct ab *ab, size_t nr_judged, bool counts_instructions);

/*
 * Prepares each variant once and looks at it; decides the number of pairs. EXIT_FINE: the sessions
 * can be measured, and their verdict can be something.
 */
enum exit_code ab_survey(struct ab *ab);

/* Measures in turns; leaves the two reports, whatever happens. EXIT_FINE: both are complete. */
enum exit_code ab_measure(struct ab *ab);

#endif
