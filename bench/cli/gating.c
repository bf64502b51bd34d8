// SPDX-License-Identifier: MIT
#include "bench/cli/gating.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/cli/option.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

enum { KEY_POLICY = 256, KEY_ALLOW_LOST };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gate_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		*o = (struct gate_options){ 0 };
		state->child_inputs[0] = &o->compare;
		return 0;
	case KEY_POLICY:
		o->policy = arg;
		return 0;
	case KEY_ALLOW_LOST:
		return option_append(&o->allow_lost, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "policy", KEY_POLICY, "FILE", 0,
	  "Limits, allowed losses and accepted regressions, as JSON", 0 },
	{ "allow-lost", KEY_ALLOW_LOST, "RE", 0, "Rows that NEW may lack; may be repeated", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &compare_argp, 0, NULL, 0 }, { 0 } };

const struct argp gate_argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
};

void gate_options_clear(struct gate_options *options)
{
	compare_options_clear(&options->compare);
	free(options->allow_lost);
	options->allow_lost = NULL;
}

static enum exit_code read_policy(const struct gate_options *o, struct fpb_policy *policy)
{
	struct fpb_problem problem = { 0 };
	int ret = 0;

	*policy = (struct fpb_policy){ 0 };
	if (o->policy)
		ret = fpb_policy_read(o->policy, policy, &problem);
	if (ret)
		return report_file_problem(o->policy, &problem, exit_code_of_input(ret));
	for (const char *const *regex = o->allow_lost; regex && *regex && !ret; regex++)
		ret = fpb_policy_allow_lost(policy, *regex, "--allow-lost", &problem);
	return ret ? report_problem(&problem, exit_code_of_input(ret)) : EXIT_FINE;
}

/* Of the whole world, as the days of a policy that is shared are. */
static void get_today(char today[11])
{
	const time_t now = time(NULL);
	struct tm utc;

	if (!gmtime_r(&now, &utc) || !strftime(today, 11, "%Y-%m-%d", &utc))
		memcpy(today, "9999-12-31", 11); /* no acceptance outlives a broken clock */
}

static void report_expired(const struct fpb_policy *policy, const char *today)
{
	for (size_t i = 0; i < policy->nr_accepted; i++) {
		const struct fpb_acceptance *acceptance = &policy->accepted[i];
		char row[200], why[200];

		if (!fpb_acceptance_is_expired(acceptance, today))
			continue;
		fpb_text_printable(acceptance->row.text, row, sizeof(row));
		fpb_text_printable(acceptance->why, why, sizeof(why));
		fprintf(stderr,
			"note: the acceptance of '%s' (%s) ended with %s and counts no more\n", row,
			why, acceptance->until);
	}
}

/* Sanitizers and -O0, which no build type means too, change what is measured. */
static bool is_for_measuring(const char *build_type)
{
	return build_type[0] && strcasecmp(build_type, "debug") != 0 &&
	       strncasecmp(build_type, "sanitize", strlen("sanitize")) != 0;
}

enum exit_code gating_check_build(const struct fpb_suite *suite, const char *whose)
{
	struct fpb_problem problem = { 0 };

	if (is_for_measuring(suite->build_type))
		return EXIT_FINE;
	fpb_problem_set(&problem, EINVAL, "fpstate_bench.suite.build_type",
			"expected a build for measuring, read '%s': measure again with a release "
			"build",
			suite->build_type);
	return report_file_problem(whose, &problem, EXIT_UNFIT);
}

/* Of what may be judged. */
static enum exit_code give_verdict(const struct fpb_comparison *comparison)
{
	static const enum exit_code codes[] = {
		[FPB_VERDICT_PASS] = EXIT_FINE,
		[FPB_VERDICT_IMPROVEMENT] = EXIT_FINE,
		[FPB_VERDICT_REGRESSION] = EXIT_REGRESSION,
		[FPB_VERDICT_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
	};
	const enum exit_code code = codes[comparison->verdict];
	char *words;

	if (code == EXIT_FINE)
		return code;
	words = fpb_words_of_whole(comparison);
	fprintf(stderr, "fpstate-bench: %s: %s\n", fpb_comparison_verdict_name(comparison),
		words ? words : "");
	free(words);
	return code;
}

static enum exit_code pass_or_fail(const struct comparing *c, const struct compare_options *o)
{
	enum exit_code code = gating_check_build(&c->base.report.suite, o->base);

	if (code == EXIT_FINE)
		code = gating_check_build(&c->new.report.suite, o->new);
	if (code != EXIT_FINE)
		return code;
	code = comparing_print(c, o);
	if (code == EXIT_FINE)
		code = comparing_check(c, o);
	if (code != EXIT_FINE)
		return code;
	/* The verdict stands, whatever becomes of its explanation. */
	code = comparing_explain(c, o);
	return exit_code_first(code, give_verdict(&c->comparison));
}

enum exit_code gating_create(struct gating *g, const struct gate_options *o)
{
	enum exit_code code;

	*g = (struct gating){ 0 };
	code = read_policy(o, &g->policy);
	return code == EXIT_FINE ? comparing_create(&g->comparing, &o->compare) : code;
}

enum exit_code gating_judge(struct gating *g, const struct gate_options *o)
{
	enum exit_code code;
	char today[11];

	get_today(today);
	report_expired(&g->policy, today);
	code = comparing_compare(&g->comparing, &o->compare, &g->policy, today);
	if (code == EXIT_INCOMPARABLE)
		comparing_print(&g->comparing, &o->compare);
	else if (code == EXIT_FINE)
		code = pass_or_fail(&g->comparing, &o->compare);
	return code;
}

void gating_destroy(struct gating *g)
{
	comparing_destroy(&g->comparing);
	fpb_policy_clear(&g->policy);
}
