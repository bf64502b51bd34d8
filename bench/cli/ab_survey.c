// SPDX-License-Identifier: MIT
/* ab_survey.c - what can be known before anything is measured. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/ab.h"
#include "bench/cli/ab_design.h"
#include "bench/cli/draw.h"

static enum exit_code survey_variant(struct ab *ab, int which)
{
	struct ab_variant *variant = &ab->variant[which];
	struct run_options options = ab->options.run;
	enum exit_code code = ab_prepare(ab, variant);

	if (code != EXIT_FINE)
		return code;
	if (which == AB_A) {
		options.inject = (struct fpb_inject){ 0 };
		options.inject_text = "0";
	} else {
		/* What was chosen for A. */
		options.cpu = ab->variant[AB_A].session.cpu.cpu;
	}
	options.out = variant->report;
	code = session_survey(&variant->session, &options);
	/* From now on this one or none. */
	variant->session.options.cpu = variant->session.cpu.cpu;
	return code;
}

/* Two builds of a module that never gets loaded make a fine A/A comparison. */
static void note_sameness(const struct ab *ab, const struct fpb_differences *differences)
{
	const struct ab_options *o = &ab->options;

	for (size_t i = 0; i < differences->nr; i++) {
		if (differences->item[i].class != FPB_DIFFERENCE_VOLATILE)
			return;
	}
	if (!strcmp(o->command[AB_A], o->command[AB_B]))
		return;
	fputs("note: the environment records of the variants are the same (modules and their "
	      "parameters, mitigations, settings); if they should not be, see whether --a and --b "
	      "do what they are meant to\n",
	      stderr);
}

/* As the reports will be. */
static enum exit_code check_environments(const struct ab *ab)
{
	const struct fpb_difference_request request = {
		.rule = FPB_RULE_COMPARE,
		.allowed_keys = ab->options.gate.compare.allowed_keys,
	};
	struct fpb_differences differences = { 0 };
	enum exit_code code = EXIT_FINE;

	if (fpb_environment_diff(ab->variant[AB_A].session.report.environment,
				 ab->variant[AB_B].session.report.environment, &request,
				 &differences)) {
		fputs("fpstate-bench: comparison of the environments: out of memory\n", stderr);
		code = EXIT_UNFIT;
	} else if (differences.nr_refused) {
		code = comparing_report_refused(&differences, "what --a prepared",
						"what --b prepared");
	} else {
		note_sameness(ab, &differences);
	}
	fpb_differences_clear(&differences);
	return code;
}

enum exit_code ab_check_pairs(const struct ab *ab, size_t nr_judged, bool counts_instructions)
{
	const unsigned int fewest = ab_fewest_pairs(nr_judged);
	char rows[48] = "of a single row";

	/* Counts are compared one by one, however few. */
	if (!ab->options.pairs || ab->options.pairs >= fewest || counts_instructions)
		return EXIT_FINE;
	if (nr_judged > 1)
		snprintf(rows, sizeof(rows), "among %zu rows judged together", nr_judged);
	fprintf(stderr,
		"fpstate-bench: inconclusive, and so not measured: --pairs %u could tell no "
		"difference %s, however large; expected at least %u pairs\n",
		ab->options.pairs, rows, fewest);
	return EXIT_INCONCLUSIVE;
}

static enum exit_code choose_pairs(struct ab *ab)
{
	const struct session *a = &ab->variant[AB_A].session, *b = &ab->variant[AB_B].session;
	const size_t nr_judged =
		ab_count_judged(&a->rows, &a->caps, &b->caps, ab->options.run.filter != NULL);
	const enum exit_code code = ab_check_pairs(ab, nr_judged, a->caps.counts_instructions);

	if (!ab->options.pairs)
		ab->options.pairs = ab_default_pairs(nr_judged);
	return code;
}

static enum exit_code begin(struct ab *ab)
{
	struct fpb_err err = { 0 };
	struct session_kind kind = { .command = "ab", .order = "abba" };
	char *const uuid = draw_uuid(&err);
	enum exit_code code = uuid ? EXIT_FINE : report_err(&err, EXIT_UNFIT);

	if (uuid && !ab->options.run.has_seed) {
		if (draw_seed(&ab->options.run.seed, &err))
			code = report_err(&err, EXIT_UNFIT);
	}
	kind.uuid = uuid;
	for (int i = 0; code == EXIT_FINE && i < AB_NR_VARIANTS; i++) {
		struct session *s = &ab->variant[i].session;

		/* Run k of both has its rows in the same order. */
		s->options.has_seed = true;
		s->options.seed = ab->options.run.seed;
		s->options.runs = ab->options.pairs;
		code = session_begin(s, &kind);
	}
	free(uuid);
	return code;
}

enum exit_code ab_survey(struct ab *ab)
{
	enum exit_code code = EXIT_FINE;

	for (int i = 0; code == EXIT_FINE && i < AB_NR_VARIANTS; i++)
		code = survey_variant(ab, i);
	if (code == EXIT_FINE)
		code = check_environments(ab);
	if (code == EXIT_FINE)
		code = choose_pairs(ab);
	return code == EXIT_FINE ? begin(ab) : code;
}
