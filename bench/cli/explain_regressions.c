// SPDX-License-Identifier: MIT
#include "bench/cli/explain_regressions.h"

#include <errno.h>
#include <string.h>

#include "bench/cli/lab_record.h"

/* The reports are comparable: emulator and CPU model are those of both. */
static enum exit_code explain_metric(const struct fpb_metric *metric, const struct lab_record *base,
				     const struct lab_record *new, explain_writer_fn *write,
				     FILE *out)
{
	const char *const kernels[] = { base->kernel, new->kernel };
	const struct explain_request request = {
		.row = metric->base->id,
		.kernels = kernels,
		.nr_kernels = 2,
		.modules = new->modules ? new->modules : base->modules,
		.emulator = new->emulator,
		.cpu_model = new->cpu_model,
		.boots = 1,
	};
	struct fpb_explanation explanation;
	enum exit_code code = explain_row(&request, &explanation);

	if (code == EXIT_FINE) {
		fputc('\n', out);
		if (write(&explanation, out) || fflush(out))
			code = EXIT_UNFIT;
	}
	fpb_explanation_clear(&explanation);
	return code;
}

static bool is_exact_regression(const struct fpb_metric *metric)
{
	return metric->judgement.is_exact && metric->judgement.verdict == FPB_VERDICT_REGRESSION;
}

/* Only tcg's machine is stepped through; the regressions of others stand as they are. */
static enum exit_code check_engine(const char *engine)
{
	struct fpb_err err = { 0 };

	if (engine && !strcmp(engine, lab_engine_tcg.name))
		return EXIT_FINE;
	FPB_FAIL(
		&err, -EOPNOTSUPP,
		"--explain: these reports are of engine %s; functions are told in engine %s alone: "
		"run the lab with --engine %s and compare its reports",
		engine ? engine : "(unknown)", lab_engine_tcg.name, lab_engine_tcg.name);
	return report_err(&err, EXIT_UNFIT);
}

static enum exit_code read_record(const char *path, struct lab_record *record)
{
	struct fpb_problem problem = { 0 };
	int ret = lab_record_read(path, record, &problem);

	return ret ? report_problem(&problem, ret == -ENOMEM ? EXIT_UNFIT : EXIT_USAGE) : EXIT_FINE;
}

enum exit_code explain_regressions(const struct fpb_comparison *comparison, const char *engine,
				   const char *base, const char *new, explain_writer_fn *write,
				   FILE *out)
{
	struct lab_record of_base = { 0 }, of_new = { 0 };
	enum exit_code code = EXIT_FINE;
	size_t nr = 0;

	for (size_t i = 0; i < comparison->nr_metrics; i++)
		nr += is_exact_regression(&comparison->metric[i]);
	if (nr)
		code = check_engine(engine);
	if (nr && code == EXIT_FINE)
		code = read_record(base, &of_base);
	if (nr && code == EXIT_FINE)
		code = read_record(new, &of_new);
	for (size_t i = 0; nr && code == EXIT_FINE && i < comparison->nr_metrics; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];

		if (is_exact_regression(metric))
			code = explain_metric(metric, &of_base, &of_new, write, out);
	}
	lab_record_clear(&of_base);
	lab_record_clear(&of_new);
	return code;
}
