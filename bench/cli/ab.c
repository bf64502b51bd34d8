// SPDX-License-Identifier: MIT
/* ab.c - two variants of this machine, prepared by commands, measured in turns, judged. */
#include "bench/cli/ab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/output_path.h"
#include "bench/core/suite.h"
#include "host/machine/engine.h"

/* What can be found wrong without a look at the machine. */
static enum exit_code check_options(const struct ab *ab)
{
	struct fpb_rows rows = { 0 };
	struct fpb_err err = { 0 };
	int ret = fpb_rows_create(&rows, &err);

	ret = ret ? ret : fpb_rows_filter(&rows, ab->options.run.filter, &err);
	fpb_rows_clear(&rows);
	if (ret == -EINVAL || ret == -ENOENT)
		return report_usage(&err);
	if (ret)
		return report_err(&err, EXIT_UNFIT);
	return ab_check_pairs(ab, 1, machine_engine_detect(NULL)->counts_instructions);
}

/* Before minutes of measuring rather than after them. */
static enum exit_code check_build(void)
{
	struct fpb_suite suite;
	struct fpb_err err = { 0 };
	enum exit_code code;

	if (fpb_suite_fill(&suite, &err))
		code = report_err(&err, EXIT_UNFIT);
	else
		code = gating_check_build(&suite, "this program");
	fpb_suite_clear(&suite);
	return code;
}

static int name_files(struct ab *ab, const char *folder, struct fpb_err *err)
{
	static const char *const names[] = { [AB_A] = "a", [AB_B] = "b" };
	int ret = 0;

	for (int i = 0; !ret && i < AB_NR_VARIANTS; i++) {
		struct ab_variant *variant = &ab->variant[i];

		if (asprintf(&variant->report, "%s/%s/report.json", folder, names[i]) < 0)
			variant->report = NULL;
		if (asprintf(&variant->log, "%s/%s/prepare.log", folder, names[i]) < 0)
			variant->log = NULL;
		if (!variant->report || !variant->log)
			return FPB_FAIL(err, -ENOMEM, "paths of the reports");
		ret = output_path_make_folders(variant->report, err);
		ret = ret ? ret : output_path_check(variant->report, err);
		/* What an earlier one said there is over. */
		if (!ret && unlink(variant->log) && errno != ENOENT)
			ret = FPB_FAIL(err, -errno, "removing the old %s", variant->log);
	}
	return ret;
}

static enum exit_code make_folders(struct ab *ab)
{
	const char *const out = ab->options.run.out;
	struct fpb_err err = { 0 };
	char *const folder = out ? strdup(out) : output_path_create_folder("ab", &err);
	int ret = folder ? name_files(ab, folder, &err) : -ENOMEM;

	free(folder);
	if (ret == -EINVAL)
		return report_usage(&err);
	if (ret)
		return report_err(&err, EXIT_UNFIT);
	ab->variant[AB_A].preparation.option = "--a";
	ab->variant[AB_B].preparation.option = "--b";
	for (int i = 0; i < AB_NR_VARIANTS; i++) {
		ab->variant[i].preparation.command = ab->options.command[i];
		ab->variant[i].preparation.log = ab->variant[i].log;
	}
	ab->options.gate.compare.base = ab->variant[AB_A].report;
	ab->options.gate.compare.new = ab->variant[AB_B].report;
	return EXIT_FINE;
}

static enum exit_code report_nothing(const struct ab *ab)
{
	fprintf(stderr,
		"fpstate-bench: no row can run in either variant; %s says why of each, as "
		"fpstate_bench.skips\n",
		ab->variant[AB_A].report);
	return EXIT_ALL_SKIPPED;
}

static enum exit_code survey(struct ab *ab)
{
	const enum exit_code code = ab_survey(ab);

	if (code != EXIT_FINE && is_interrupted)
		fputs("fpstate-bench: stopped before anything was measured\n", stderr);
	return code;
}

static enum exit_code run(struct ab *ab)
{
	enum exit_code code = gating_create(&ab->gating, &ab->options.gate);

	if (code == EXIT_FINE)
		code = check_build();
	if (code == EXIT_FINE)
		code = check_options(ab);
	if (code == EXIT_FINE)
		code = make_folders(ab);
	if (code == EXIT_FINE)
		code = survey(ab);
	if (code == EXIT_FINE)
		code = ab_measure(ab);
	if (code != EXIT_FINE)
		return code;
	if (!ab->variant[AB_A].session.plan.nr && !ab->variant[AB_B].session.plan.nr)
		return report_nothing(ab);
	/* Of the files, so that a gate of them says the same. */
	return gating_judge(&ab->gating, &ab->options.gate);
}

static void destroy(struct ab *ab)
{
	for (int i = 0; i < AB_NR_VARIANTS; i++) {
		session_destroy(&ab->variant[i].session);
		free(ab->variant[i].report);
		free(ab->variant[i].log);
	}
	gating_destroy(&ab->gating);
	ab_options_clear(&ab->options);
}

int command_ab(int argc, char **argv)
{
	struct ab ab = { 0 };
	enum exit_code code;

	for (int i = 0; i < AB_NR_VARIANTS; i++)
		ab.variant[i].session.journal.fd = -1;
	ab_options_parse(argc, argv, &ab.options);
	interrupt_catch();
	code = run(&ab);
	destroy(&ab);
	return code;
}
