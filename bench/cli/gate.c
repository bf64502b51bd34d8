// SPDX-License-Identifier: MIT
/* gate.c - one exit code for two reports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/cli/commands.h"
#include "bench/cli/comparing.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

struct options {
	struct compare_options compare;
	const char *policy;
	const char **allow_lost;
	size_t nr_allow_lost;
};

enum { KEY_POLICY = 512, KEY_ALLOW_LOST };

static error_t allow_lost(struct options *o, const char *regex)
{
	const char **grown = reallocarray(o->allow_lost, o->nr_allow_lost + 1, sizeof(*grown));

	if (!grown)
		return ENOMEM;
	o->allow_lost = grown;
	grown[o->nr_allow_lost++] = regex;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->compare;
		return 0;
	case KEY_POLICY:
		o->policy = arg;
		return 0;
	case KEY_ALLOW_LOST:
		return allow_lost(o, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum exit_code read_policy(const struct options *o, struct fpb_policy *policy)
{
	struct fpb_problem problem = { 0 };
	int ret = 0;

	*policy = (struct fpb_policy){ 0 };
	if (o->policy)
		ret = fpb_policy_read(o->policy, policy, &problem);
	if (ret)
		return report_file_problem(o->policy, &problem,
					   ret == -ENOMEM ? EXIT_UNFIT : EXIT_USAGE);
	for (size_t i = 0; i < o->nr_allow_lost && !ret; i++)
		ret = fpb_policy_allow_lost(policy, o->allow_lost[i], "--allow-lost", &problem);
	return ret ? report_problem(&problem, ret == -ENOMEM ? EXIT_UNFIT : EXIT_USAGE) : EXIT_FINE;
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

static enum exit_code check_build(const struct fpb_report *report, const char *path)
{
	struct fpb_problem problem = { 0 };

	if (is_for_measuring(report->suite.build_type))
		return EXIT_FINE;
	fpb_problem_set(&problem, EINVAL, "fpstate_bench.suite.build_type",
			"expected a build for measuring, read '%s': measure again with a release "
			"build",
			report->suite.build_type);
	return report_file_problem(path, &problem, EXIT_UNFIT);
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
	enum exit_code code = check_build(&c->base.report, o->base);

	if (code == EXIT_FINE)
		code = check_build(&c->new.report, o->new);
	if (code != EXIT_FINE)
		return code;
	code = comparing_print(c, o);
	if (code == EXIT_FINE)
		code = comparing_check(c, o);
	if (code == EXIT_FINE)
		code = comparing_explain(c, o);
	return code == EXIT_FINE ? give_verdict(&c->comparison) : code;
}

static enum exit_code gate(const struct options *o, const struct fpb_policy *policy)
{
	struct comparing c;
	enum exit_code code;
	char today[11];

	get_today(today);
	report_expired(policy, today);
	code = comparing_create(&c, &o->compare, policy, today);
	if (code == EXIT_INCOMPARABLE)
		comparing_print(&c, &o->compare);
	else if (code == EXIT_FINE)
		code = pass_or_fail(&c, &o->compare);
	comparing_destroy(&c);
	return code;
}

int command_gate(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "policy", KEY_POLICY, "FILE", 0,
		  "Limits, allowed losses and accepted regressions, as JSON", 0 },
		{ "allow-lost", KEY_ALLOW_LOST, "RE", 0, "Rows that NEW may lack; may be repeated",
		  0 },
		{ 0 },
	};
	static const struct argp_child children[] = { { &compare_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "BASE NEW",
		.doc = "Compares two reports and says by its exit code whether NEW may pass: 0 "
		       "yes, 1 a regression or lost coverage, 2 usage or unreadable input, 3 "
		       "inconclusive, 4 a report unfit to be judged, 5 not comparable.",
		.children = children,
	};
	struct options o = { 0 };
	struct fpb_policy policy;
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	code = read_policy(&o, &policy);
	if (code == EXIT_FINE)
		code = gate(&o, &policy);
	fpb_policy_clear(&policy);
	compare_options_clear(&o.compare);
	free(o.allow_lost);
	return code;
}
