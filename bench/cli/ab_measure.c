// SPDX-License-Identifier: MIT
/* ab_measure.c - the runs of both variants, in turns. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/ab.h"
#include "bench/cli/differences.h"
#include "bench/cli/interrupt.h"
#include "bench/core/abba.h"
#include "bench/report/text.h"

enum exit_code ab_prepare(struct ab *ab, const struct ab_variant *variant)
{
	struct fpb_err err = { 0 };
	int ret = preparation_run(&variant->preparation, &is_interrupted, &err);

	if (!ret)
		return EXIT_FINE;
	fpb_progress_end(&ab->progress);
	if (ret == -EINTR)
		return EXIT_UNFIT;
	if (ret != -ECHILD)
		return report_err(&err, EXIT_UNFIT);
	fprintf(stderr, "fpstate-bench: %s\n", err.text);
	return EXIT_UNFIT;
}

static enum exit_code report_other(struct ab *ab, const struct fpb_turn *turn,
				   const struct fpb_differences *differences)
{
	const struct preparation *p = &ab->variant[turn->variant].preparation;
	char command[128], what[512];

	fpb_progress_end(&ab->progress);
	fpb_text_printable(p->command, command, sizeof(command));
	snprintf(what, sizeof(what),
		 "%s '%s' prepared for run %u of %u another variant than it did first, and it must "
		 "always be the same: they differ",
		 p->option, command, turn->round + 1, ab->options.pairs);
	return differences_report(differences, what);
}

/* A module that was not loaded again this time, say. */
static enum exit_code check_variant(struct ab *ab, const struct fpb_turn *turn)
{
	struct fpb_differences differences;
	struct fpb_err err = { 0 };
	enum exit_code code = EXIT_FINE;
	int ret = session_diff_environment(&ab->variant[turn->variant].session, &differences, &err);

	if (ret) {
		fpb_progress_end(&ab->progress);
		code = report_err(&err, ret == -ENOMEM ? EXIT_UNFIT : EXIT_INCOMPARABLE);
	} else if (differences.nr_refused) {
		code = report_other(ab, turn, &differences);
	}
	fpb_differences_clear(&differences);
	return code;
}

/* EXIT_UNFIT without a word: interrupted. */
static enum exit_code take_turn(struct ab *ab, const struct fpb_turn *turn)
{
	struct ab_variant *variant = &ab->variant[turn->variant];
	struct fpb_err err = { 0 };
	enum exit_code code = ab_prepare(ab, variant);

	if (code == EXIT_FINE)
		code = check_variant(ab, turn);
	if (code != EXIT_FINE)
		return code;
	variant->session.calm = ab->calm;
	if (session_measure_run(&variant->session, turn->round, &err)) {
		fpb_progress_end(&ab->progress);
		return report_err(&err, EXIT_UNFIT);
	}
	ab->calm = variant->session.calm;
	return variant->session.report.plan.complete ? EXIT_FINE : EXIT_UNFIT;
}

static enum exit_code take_turns(struct ab *ab, const struct fpb_turn *turns, size_t nr)
{
	enum exit_code code = EXIT_FINE;
	size_t done = 0;

	fpb_progress_start(&ab->progress, ab->options.run.progress, nr);
	while (code == EXIT_FINE && !is_interrupted && done < nr) {
		const struct fpb_turn *turn = &turns[done];
		char what[64];

		snprintf(what, sizeof(what), "run %u of %u of %s", turn->round + 1,
			 ab->options.pairs, turn->variant == AB_A ? "A" : "B");
		fpb_progress_show(&ab->progress, done, what);
		code = take_turn(ab, turn);
		done += code == EXIT_FINE;
	}
	fpb_progress_end(&ab->progress);
	if (done == nr)
		return EXIT_FINE;
	fprintf(stderr,
		"fpstate-bench: stopped after %zu of %zu runs; what was measured is in the reports, "
		"without a verdict; ab cannot go on with them, start again\n",
		done, nr);
	return code == EXIT_FINE ? EXIT_UNFIT : code;
}

/* Nobody can go on with the journals, so they go in any case. */
static enum exit_code write_reports(struct ab *ab, bool is_complete)
{
	enum exit_code code = EXIT_FINE;

	for (int i = 0; i < AB_NR_VARIANTS; i++) {
		struct session *s = &ab->variant[i].session;
		enum exit_code written;

		s->report.plan.complete = is_complete;
		written = session_write(s, true);
		code = code == EXIT_FINE ? written : code;
	}
	if (code == EXIT_FINE)
		fprintf(stderr, "reports: %s and %s\n", ab->variant[AB_A].report,
			ab->variant[AB_B].report);
	return code;
}

enum exit_code ab_measure(struct ab *ab)
{
	const struct session *a = &ab->variant[AB_A].session, *b = &ab->variant[AB_B].session;
	const unsigned int pairs = ab->options.pairs;
	const size_t nr = (size_t)AB_NR_VARIANTS * pairs;
	struct fpb_turn *turns = calloc(nr, sizeof(*turns));
	enum exit_code code, written;

	if (!turns) {
		fputs("fpstate-bench: order of the runs: out of memory\n", stderr);
		return EXIT_UNFIT;
	}
	fpb_abba(a->options.seed, AB_NR_VARIANTS, pairs, turns);
	fprintf(stderr, "%u pairs of runs, %zu rows of A and %zu of B in each, on %s\n", pairs,
		a->plan.nr / pairs, b->plan.nr / pairs, a->cpu.why);
	/* Without a row there is nothing to take turns in. */
	code = a->plan.nr || b->plan.nr ? take_turns(ab, turns, nr) : EXIT_FINE;
	free(turns);
	written = write_reports(ab, code == EXIT_FINE);
	return code == EXIT_FINE ? written : code;
}
