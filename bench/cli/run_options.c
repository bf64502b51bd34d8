// SPDX-License-Identifier: MIT
#include "bench/cli/run_options.h"

#include "bench/cli/option.h"
#include "host/machine/topology.h"

/* What the spread of a row over its runs needs at least. */
#define MIN_NOISE_RUNS 2

static const struct argp_option argp_options[] = {
	{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches", 0 },
	{ "profile", RUN_KEY_PROFILE, "NAME", 0,
	  "quick (3 runs), standard (12) or thorough (24); default standard", 0 },
	{ "runs", RUN_KEY_RUNS, "N", 0, "Fresh processes per row, instead of the profile's", 0 },
	{ "cpu", RUN_KEY_CPU, "N", 0, "Measure on this CPU instead of a quiet one", 0 },
	{ "seed", RUN_KEY_SEED, "N", 0, "Order of the plan; default random, recorded", 0 },
	{ "inject", RUN_KEY_INJECT, "N|P%", 0,
	  "Plant a slowdown: N dependent additions per operation, or P % of each row's own cost",
	  0 },
	{ "allow-hazards", RUN_KEY_HAZARDS, NULL, 0,
	  "Also run sequences that crash some host kernels (docs/methodology.md)", 0 },
	{ "out", 'o', "FILE", 0, "Report; default results/<host>/<kernel build>/<UTC>/report.json",
	  0 },
	{ "resume", RUN_KEY_RESUME, "FILE", 0,
	  "Go on with the unfinished run or noise whose report was to be FILE", 0 },
	{ "progress", RUN_KEY_PROGRESS, "HOW", 0, "auto, plain or none", 0 },
	{ 0 },
};

error_t run_options_take(int key, char *arg, struct argp_state *state, struct run_options *o)
{
	switch (key) {
	case 'f':
		o->filter = arg;
		return 0;
	case RUN_KEY_PROFILE:
		o->profile = fpb_profile_find(arg);
		if (!o->profile)
			argp_error(state, "--profile %s: expected quick, standard or thorough",
				   arg);
		return 0;
	case RUN_KEY_RUNS:
		o->runs =
			(unsigned int)option_number(state, "--runs", arg, 1, RUN_OPTIONS_MAX_RUNS);
		return 0;
	case RUN_KEY_CPU:
		o->cpu = (int)option_number(state, "--cpu", arg, 0, 65535);
		return 0;
	case RUN_KEY_SEED:
		o->seed = option_number(state, "--seed", arg, 0, INT64_MAX);
		o->has_seed = true;
		return 0;
	case RUN_KEY_INJECT:
		option_inject(state, arg, &o->inject);
		o->inject_text = arg;
		return 0;
	case RUN_KEY_HAZARDS:
		o->allows_hazards = true;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case RUN_KEY_RESUME:
		o->resume = arg;
		return 0;
	case RUN_KEY_PROGRESS:
		option_progress(state, arg, &o->progress);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return run_options_take(key, arg, state, state->input);
	argp_error(state, "'%s': run takes no operands", arg);
	return 0;
}

void run_options_begin(struct run_options *o)
{
	*o = (struct run_options){ .cpu = TOPOLOGY_ANY_CPU };
}

void run_options_end(struct run_options *o)
{
	if (o->resume)
		return;
	if (!o->profile)
		o->profile = fpb_profile_find("standard");
	if (!o->runs)
		o->runs = o->profile->runs;
	if (!o->inject_text)
		o->inject_text = "0";
}

void run_options_parse(int argc, char **argv, struct run_options *options)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Measures: a table on standard output, the report in a file.",
	};

	run_options_begin(options);
	argp_parse(&argp, argc, argv, 0, NULL, options);
	run_options_end(options);
}

static error_t parse_noise(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case RUN_KEY_RUNS:
		o->runs = (unsigned int)option_number(state, "--runs", arg, MIN_NOISE_RUNS,
						      RUN_OPTIONS_MAX_RUNS);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': noise takes no operands", arg);
		return 0;
	default:
		return run_options_take(key, arg, state, o);
	}
}

void noise_options_parse(int argc, char **argv, struct run_options *options)
{
	static const struct argp_option own_options[] = {
		{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches", 0 },
		{ "runs", RUN_KEY_RUNS, "N", 0, "Fresh processes per row; default 12", 0 },
		{ "out", 'o', "FILE", 0,
		  "Report; default results/<host>/<kernel build>/<UTC>/report.json", 0 },
		{ "progress", RUN_KEY_PROGRESS, "HOW", 0, "auto, plain or none", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = own_options,
		.parser = parse_noise,
		.doc = "Measures the same build against itself: how much its runs differ, for each "
		       "row. Continue an unfinished one with 'run --resume FILE'.",
	};

	run_options_begin(options);
	argp_parse(&argp, argc, argv, 0, NULL, options);
	run_options_end(options);
}
