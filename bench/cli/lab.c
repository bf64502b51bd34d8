// SPDX-License-Identifier: MIT
/* lab.c - boot kernel builds, run the suite inside, one report per build, the table, the comparison. */
#include "bench/cli/lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/draw.h"
#include "bench/cli/interrupt.h"
#include "bench/cli/output_path.h"
#include "bench/cli/terminal.h"
#include "bench/core/row.h"
#include "bench/report/builds_table.h"
#include "bench/report/report_write.h"

/* The rows inside are those of this very program: a filter without a match needs no boot. */
static enum exit_code check_filter(const struct lab_options *o)
{
	struct fpb_err err = { 0 };
	struct fpb_rows rows = { 0 };
	int ret = fpb_rows_create(&rows, &err);

	if (!ret)
		ret = fpb_rows_filter(&rows, o->filter, &err);
	fpb_rows_clear(&rows);
	if (!ret)
		return EXIT_FINE;
	return ret == -EINVAL || ret == -ENOENT ? report_usage(&err) : report_err(&err, EXIT_UNFIT);
}

static int identify(struct lab *lab, struct fpb_err *err)
{
	struct lab_options *o = &lab->options;
	int ret = o->has_seed ? 0 : draw_seed(&o->seed, err);

	if (ret)
		return ret;
	ret = lab_carry_filter(o, &lab->filter, err);
	if (ret)
		return ret;
	lab->session = draw_uuid(err);
	if (!lab->session)
		return err->code;
	lab->out = o->out ? strdup(o->out) : output_path_create_lab(o->engine->name, err);
	if (!lab->out)
		return FPB_FAIL(err, -ENOMEM, "path of the reports");
	return 0;
}

static enum exit_code prepare(struct lab *lab)
{
	const struct lab_options *o = &lab->options;
	struct fpb_err err = { 0 };
	enum exit_code code = check_filter(o);

	if (code != EXIT_FINE)
		return code;
	if (o->engine->check(o->emulator, &lab->hypervisor, &err) || identify(lab, &err))
		return report_err(&err, EXIT_UNFIT);
	code = lab_kernels_load(lab);
	if (code == EXIT_FINE && lab_compare_forget(lab, &err))
		code = report_err(&err, EXIT_UNFIT);
	return code;
}

static enum exit_code write_report(const struct lab *lab, struct lab_build *build)
{
	struct fpb_problem problem = { 0 };
	struct fpb_err err = { 0 };
	char *path;
	int ret;

	if (lab_report_join(lab, build, &err))
		return report_err(&err, EXIT_UNFIT);
	if (asprintf(&path, "%s/report.json", build->folder) < 0)
		return EXIT_UNFIT;
	ret = fpb_report_write(&build->report, path, &problem);
	build->is_written = !ret;
	if (!ret)
		printf("report: %s\n", path);
	free(path);
	return ret ? report_problem(&problem, EXIT_UNFIT) : report_verdict(&build->report);
}

/* All skipped is an answer only if it is that of every kernel. */
static enum exit_code worse(enum exit_code a, enum exit_code b, bool is_first)
{
	if (a == EXIT_UNFIT || b == EXIT_UNFIT)
		return EXIT_UNFIT;
	if (is_first || a == b)
		return b;
	return EXIT_FINE;
}

static bool is_only_of_its_release(const struct lab *lab, unsigned int index)
{
	for (unsigned int i = 0; i < lab->nr_builds; i++) {
		if (i != index && !strcmp(lab->build[i].release, lab->build[index].release))
			return false;
	}
	return true;
}

/* Builds of one source tree share a release. */
const char *lab_label(const struct lab *lab, unsigned int index)
{
	return is_only_of_its_release(lab, index) ? lab->build[index].release
						  : lab->options.kernels[index];
}

static enum exit_code show(const struct lab *lab)
{
	struct fpb_build builds[LAB_OPTIONS_MAX_KERNELS];
	const char *labels[LAB_OPTIONS_MAX_KERNELS];
	const struct fpb_builds_table table = {
		.builds = builds,
		.nr_builds = lab->nr_builds,
		.limits = lab->options.engine->limits,
		.is_exact = lab->options.engine->counts_instructions,
		.width = terminal_width(),
	};

	for (unsigned int i = 0; i < lab->nr_builds; i++) {
		labels[i] = lab_label(lab, i);
		builds[i] = (struct fpb_build){
			.label = labels[i],
			.report = &lab->build[i].report,
		};
	}
	if (fpb_builds_table_print(&table, stdout))
		return EXIT_UNFIT;
	if (lab->options.carries_state)
		lab_carry_print(lab, labels, stdout);
	return EXIT_FINE;
}

/* Half of the reports say nothing about the others. */
static bool can_compare(const struct lab *lab)
{
	for (unsigned int i = 0; i < lab->nr_builds; i++) {
		if (!lab->build[i].is_written)
			return false;
	}
	return lab->nr_builds > 1;
}

static enum exit_code finish(struct lab *lab, enum exit_code code)
{
	enum exit_code written = EXIT_FINE;

	for (unsigned int i = 0; i < lab->nr_builds; i++)
		written = worse(written, write_report(lab, &lab->build[i]), i == 0);
	if (show(lab) != EXIT_FINE)
		written = EXIT_UNFIT;
	if (can_compare(lab) && lab_compare_write(lab) != EXIT_FINE)
		written = EXIT_UNFIT;
	return code == EXIT_FINE ? written : code;
}

void lab_clear(struct lab *lab)
{
	for (unsigned int i = 0; i < lab->nr_builds; i++) {
		struct lab_build *build = &lab->build[i];

		for (unsigned int run = 0; build->run && run < lab->options.boots; run++) {
			fpb_report_clear(&build->run[run].report);
			free(build->run[run].failure);
		}
		free(build->run);
		fpb_report_clear(&build->report);
		lab_image_clear(&build->image);
		free(build->release);
		free(build->version);
		free(build->folder);
	}
	free(lab->build);
	free(lab->filter);
	free(lab->carried);
	free(lab->session);
	free(lab->hypervisor);
	free(lab->out);
}

int command_lab(int argc, char **argv)
{
	struct lab lab = { 0 };
	enum exit_code code;

	lab_options_parse(argc, argv, &lab.options);
	interrupt_catch();
	code = prepare(&lab);
	if (code == EXIT_FINE)
		code = finish(&lab, lab_boots_run(&lab));
	lab_clear(&lab);
	return code;
}
