// SPDX-License-Identifier: MIT
#include "bench/cli/explain_regressions.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bench/cli/interrupt.h"
#include "bench/cli/lab_record.h"
#include "bench/report/text.h"

enum { BASE, NEW, NR_SIDES };

struct regressions {
	const struct explain_side *side[NR_SIDES];
	struct lab_record record[NR_SIDES];
	const char *build_id[NR_SIDES];
	explain_writer_fn *write;
	FILE *out;
};

/* Names of rows and kernels come from files that somebody else may have written. */
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	char text[1024], harmless[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fpb_text_printable(text, harmless, sizeof(harmless));
	fprintf(stderr, "note: %s\n", harmless);
}

/* Only tcg's machine is stepped through; the regressions of others stand as they are. */
static enum exit_code check_engine(const struct explain_side *base)
{
	const char *engine =
		json_string_value(json_object_get(base->report->environment, "engine"));
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

/* Where the kernel of this side lies, and what else its report says of it. */
static enum exit_code find_kernel(struct regressions *r, unsigned int which)
{
	const struct explain_side *side = r->side[which];
	const char *inject = side->report->plan.inject;
	struct fpb_problem problem = { 0 };
	int ret = lab_record_read(side->path, &r->record[which], &problem);

	if (ret)
		return report_problem(&problem, exit_code_of_input(ret));
	r->build_id[which] =
		json_string_value(json_object_get(side->report->environment, "kernel_build_id"));
	if (!r->build_id[which])
		note("%s does not say the build id of its kernel; that it is the one that %s names "
		     "cannot be checked",
		     side->path, r->record[which].path);
	if (inject && strcmp(inject, "0") != 0)
		note("%s was measured with --inject %s; what that planted is not in the "
		     "explanation",
		     side->path, inject);
	return EXIT_FINE;
}

static struct explain_kernel kernel_of(const struct regressions *r, unsigned int which)
{
	return (struct explain_kernel){
		.operand = r->record[which].kernel,
		.modules = r->record[which].modules,
		.build_id = r->build_id[which],
		.named_by = r->record[which].path,
	};
}

/* In the reports other rows may have run before it in the same boot. */
static void check_difference(const struct fpb_metric *metric,
			     const struct fpb_explanation *explanation)
{
	const double wanted = metric->judgement.new - metric->judgement.base;
	const double got = explanation->kernel[NEW].counted - explanation->kernel[BASE].counted;

	if (fabs(wanted - got) < 0.5)
		return;
	note("%s: %+.1f instructions in the reports, %+.1f in the boots explained: the row depends "
	     "on what else ran in its boot, or on what was planted",
	     metric->base->id, wanted, got);
}

/* The reports are comparable: emulator and CPU model are those of both. */
static enum exit_code explain_metric(const struct regressions *r, const struct fpb_metric *metric)
{
	const struct explain_request request = {
		.row = metric->base->id,
		.kernel = { kernel_of(r, BASE), kernel_of(r, NEW) },
		.nr_kernels = NR_SIDES,
		.emulator = r->record[NEW].emulator,
		.cpu_model = r->record[NEW].cpu_model,
		.boots = 1,
	};
	struct fpb_explanation explanation;
	enum exit_code code = explain_row(&request, &explanation);

	if (code == EXIT_FINE) {
		fputc('\n', r->out);
		if (r->write(&explanation, r->out) || fflush(r->out))
			code = EXIT_UNFIT;
		check_difference(metric, &explanation);
	}
	fpb_explanation_clear(&explanation);
	return code;
}

static bool is_exact_regression(const struct fpb_metric *metric)
{
	return metric->judgement.is_exact && metric->judgement.verdict == FPB_VERDICT_REGRESSION;
}

/* One that can be explained, as far as can be told without a boot; else it is noted why not. */
static bool is_to_be_explained(const struct fpb_metric *metric)
{
	struct fpb_err err = { 0 };

	if (!is_exact_regression(metric))
		return false;
	if (!explain_row_check(metric->base->id, &err))
		return true;
	note("%s", err.text);
	return false;
}

/* Largest first, as the comparison has them. Returns how many there are, besides those kept. */
static size_t choose(const struct fpb_comparison *comparison,
		     const struct fpb_metric *chosen[EXPLAIN_MAX_REGRESSIONS])
{
	size_t nr = 0;

	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		if (!is_to_be_explained(&comparison->metric[i]))
			continue;
		if (nr < EXPLAIN_MAX_REGRESSIONS)
			chosen[nr] = &comparison->metric[i];
		nr++;
	}
	return nr;
}

/* What one row's failure means for those after it. */
static bool is_hopeless(enum exit_code code)
{
	return code == EXIT_USAGE || code == EXIT_INCOMPARABLE || is_interrupted;
}

static enum exit_code explain_all(const struct regressions *r,
				  const struct fpb_metric *const *chosen, size_t nr)
{
	enum exit_code code = EXIT_FINE;

	for (size_t i = 0; i < nr; i++) {
		enum exit_code one;

		fprintf(stderr, "explaining regression %zu of %zu: %s\n", i + 1, nr,
			chosen[i]->base->id);
		one = explain_metric(r, chosen[i]);
		if (one == EXIT_ALL_SKIPPED) {
			note("%s is not explained: it needs what a boot of its own does not give it",
			     chosen[i]->base->id);
			one = EXIT_FINE;
		}
		/* Of kernels, not of the reports, which can be compared. */
		code = exit_code_first(code, one == EXIT_INCOMPARABLE ? EXIT_UNFIT : one);
		if (is_hopeless(one))
			break;
	}
	return code;
}

static enum exit_code explain_largest(struct regressions *r, const struct fpb_metric *const *chosen,
				      size_t nr)
{
	const size_t nr_now = nr < EXPLAIN_MAX_REGRESSIONS ? nr : EXPLAIN_MAX_REGRESSIONS;
	enum exit_code code = check_engine(r->side[BASE]);

	for (unsigned int which = 0; code == EXIT_FINE && which < NR_SIDES; which++)
		code = find_kernel(r, which);
	if (code != EXIT_FINE)
		return code;
	fprintf(stderr, "explaining %zu of %zu exact regressions, a boot of each kernel for each\n",
		nr_now, nr);
	code = explain_all(r, chosen, nr_now);
	if (nr > nr_now)
		note("%zu smaller exact regressions are left; each by its name as ROW: "
		     "fpstate-bench explain ROW %s %s",
		     nr - nr_now, r->record[BASE].kernel, r->record[NEW].kernel);
	return code;
}

enum exit_code explain_regressions(const struct fpb_comparison *comparison,
				   const struct explain_side *base, const struct explain_side *new,
				   explain_writer_fn *write, FILE *out)
{
	const struct fpb_metric *chosen[EXPLAIN_MAX_REGRESSIONS];
	struct regressions r = { .side = { base, new }, .write = write, .out = out };
	const size_t nr = choose(comparison, chosen);
	enum exit_code code = nr ? explain_largest(&r, chosen, nr) : EXIT_FINE;

	for (unsigned int which = 0; which < NR_SIDES; which++)
		lab_record_clear(&r.record[which]);
	return code;
}
