// SPDX-License-Identifier: MIT
#include "bench/cli/comparing.h"

#include <errno.h>
#include <stdio.h>

#include "bench/cli/explain_regressions.h"
#include "bench/cli/interrupt.h"

/* One after the other: reduced, a report takes a hundredth of what reading it takes. */
static enum exit_code read_side(const char *path, struct fpb_side *side)
{
	struct fpb_problem problem = { 0 };
	int ret = fpb_side_read(path, side, &problem);

	return ret ? report_file_problem(path, &problem, exit_code_of_input(ret)) : EXIT_FINE;
}

static enum exit_code read_noise(const char *path, struct fpb_side *noise)
{
	enum exit_code code = read_side(path, noise);

	if (code != EXIT_FINE || noise->report.nr_noise_floor)
		return code;
	fprintf(stderr,
		"fpstate-bench: %s: fpstate_bench.noise_floor is missing or empty; expected a "
		"report of 'fpstate-bench noise'\n",
		path);
	return EXIT_USAGE;
}

enum exit_code comparing_create(struct comparing *c, const struct compare_options *o)
{
	struct fpb_problem problem = { 0 };

	*c = (struct comparing){ 0 };
	if (o->filter) {
		int ret = fpb_pattern_compile(&c->filter, o->filter, "--filter", &problem);

		if (ret)
			return report_problem(&problem, exit_code_of_input(ret));
	}
	return o->noise ? read_noise(o->noise, &c->noise) : EXIT_FINE;
}

/* Floors of another machine are used as asked, but not in silence. */
static void check_noise(const struct comparing *c, const struct compare_options *o)
{
	const struct fpb_difference_request request = { .rule = FPB_RULE_COMPARE };
	struct fpb_differences differences = { 0 };
	int ret = fpb_report_diff(&c->base.report, &c->noise.report, &request, &differences);

	for (size_t i = 0; !ret && i < differences.nr; i++) {
		char text[400];

		if (differences.item[i].class != FPB_DIFFERENCE_IDENTITY)
			continue;
		fpb_difference_text(&differences.item[i], text, sizeof(text));
		fprintf(stderr,
			"note: the noise floors of %s are those of another machine than %s: %s\n",
			o->noise, o->base, text);
		break;
	}
	fpb_differences_clear(&differences);
}

enum exit_code comparing_report_refused(const struct fpb_differences *differences, const char *base,
					const char *new)
{
	const char *separator = "";

	fprintf(stderr, "fpstate-bench: %s and %s cannot be compared: ", base, new);
	for (size_t i = 0; i < differences->nr; i++) {
		const struct fpb_difference *item = &differences->item[i];
		char text[400];

		if (item->is_allowed)
			continue;
		fpb_difference_text(item, text, sizeof(text));
		fprintf(stderr, "%s%s", separator, text);
		if (item->class == FPB_DIFFERENCE_SETTING)
			fprintf(stderr, " (--allow-diff %s allows it)", item->key);
		separator = "; ";
	}
	fputc('\n', stderr);
	return EXIT_INCOMPARABLE;
}

enum exit_code comparing_compare(struct comparing *c, const struct compare_options *o,
				 const struct fpb_policy *policy, const char *today)
{
	const struct fpb_compare_request request = {
		.allowed_keys = o->allowed_keys,
		.filter = o->filter ? &c->filter : NULL,
		.delta = o->delta,
		.noise = o->noise ? &c->noise.report : NULL,
		.policy = policy,
		.today = today,
	};
	struct fpb_problem problem = { 0 };
	enum exit_code code;
	int ret;

	code = read_side(o->base, &c->base);
	if (code == EXIT_FINE)
		code = read_side(o->new, &c->new);
	if (code != EXIT_FINE)
		return code;
	ret = fpb_compare(&c->base, &c->new, &request, &c->comparison, &problem);
	if (ret)
		return report_problem(&problem, exit_code_of_input(ret));
	if (o->noise)
		check_noise(c, o);
	if (!fpb_comparison_is_comparable(&c->comparison))
		return comparing_report_refused(&c->comparison.differences, o->base, o->new);
	return EXIT_FINE;
}

void comparing_destroy(struct comparing *c)
{
	fpb_comparison_clear(&c->comparison);
	fpb_side_clear(&c->base);
	fpb_side_clear(&c->new);
	fpb_side_clear(&c->noise);
	fpb_pattern_clear(&c->filter);
}

enum exit_code comparing_print(const struct comparing *c, const struct compare_options *o)
{
	const struct fpb_export export = {
		.comparison = &c->comparison,
		.base = o->base,
		.new = o->new,
	};
	int ret = o->export(&export, stdout);

	/* Before anything is said on standard error, which may be the same file. */
	if (!ret && fflush(stdout))
		ret = -EIO;
	if (!ret)
		return EXIT_FINE;
	/* Of a standard output that cannot be written main() tells, for all subcommands. */
	if (ret == -ENOMEM)
		fputs("fpstate-bench: the comparison could not be written: out of memory\n",
		      stderr);
	return EXIT_UNFIT;
}

enum exit_code comparing_check(const struct comparing *c, const struct compare_options *o)
{
	const enum exit_code base = report_check(o->base, &c->base.report);
	const enum exit_code new = report_check(o->new, &c->new.report);

	return base != EXIT_FINE ? base : new;
}

enum exit_code comparing_explain(const struct comparing *c, const struct compare_options *o)
{
	const struct explain_side base = { o->base, &c->base.report };
	const struct explain_side new = { o->new, &c->new.report };
	const bool is_markdown = o->export == fpb_export_markdown;
	const bool is_for_people = is_markdown || o->export == fpb_export_text;

	if (!o->explains)
		return EXIT_FINE;
	interrupt_catch();
	return explain_regressions(&c->comparison, &base, &new,
				   is_markdown ? fpb_explain_markdown : fpb_explain_text,
				   is_for_people ? stdout : stderr);
}
