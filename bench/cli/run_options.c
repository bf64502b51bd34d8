// SPDX-License-Identifier: MIT
#include "bench/cli/run_options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "host/machine/topology.h"

enum { KEY_PROFILE = 256, KEY_RUNS, KEY_CPU, KEY_SEED, KEY_INJECT, KEY_HAZARDS, KEY_PROGRESS };

#define MAX_RUNS 10000

static const struct argp_option argp_options[] = {
	{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches", 0 },
	{ "profile", KEY_PROFILE, "NAME", 0,
	  "quick (3 runs), standard (12) or thorough (24); default standard", 0 },
	{ "runs", KEY_RUNS, "N", 0, "Fresh processes per row, instead of the profile's", 0 },
	{ "cpu", KEY_CPU, "N", 0, "Measure on this CPU instead of a quiet one", 0 },
	{ "seed", KEY_SEED, "N", 0, "Order of the plan; default random, recorded", 0 },
	{ "inject", KEY_INJECT, "N|P%", 0,
	  "Plant a slowdown: N dependent additions per operation, or P % of each row's own cost",
	  0 },
	{ "allow-hazards", KEY_HAZARDS, NULL, 0,
	  "Also run sequences that crash some host kernels (docs/methodology.md)", 0 },
	{ "out", 'o', "FILE", 0, "Report; default results/<host>/<kernel build>/<UTC>/report.json",
	  0 },
	{ "progress", KEY_PROGRESS, "HOW", 0, "auto, plain or none", 0 },
	{ 0 },
};

static uint64_t parse_number(struct argp_state *state, const char *option, const char *text,
			     uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min || value > max)
		argp_error(state, "%s %s: expected a number from %llu to %llu", option, text,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

static void parse_inject(struct argp_state *state, const char *arg, struct run_options *o)
{
	struct fpb_err err = { 0 };

	o->inject_text = arg;
	if (fpb_inject_parse(arg, &o->inject, &err))
		argp_error(state, "%s", err.text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case 'f':
		o->filter = arg;
		return 0;
	case KEY_PROFILE:
		o->profile = fpb_profile_find(arg);
		if (!o->profile)
			argp_error(state, "--profile %s: expected quick, standard or thorough",
				   arg);
		return 0;
	case KEY_RUNS:
		o->runs = (unsigned int)parse_number(state, "--runs", arg, 1, MAX_RUNS);
		return 0;
	case KEY_CPU:
		o->cpu = (int)parse_number(state, "--cpu", arg, 0, 65535);
		return 0;
	case KEY_SEED:
		o->seed = parse_number(state, "--seed", arg, 0, INT64_MAX);
		o->has_seed = true;
		return 0;
	case KEY_INJECT:
		parse_inject(state, arg, o);
		return 0;
	case KEY_HAZARDS:
		o->allows_hazards = true;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case KEY_PROGRESS:
		if (fpb_progress_parse(arg, &o->progress))
			argp_error(state, "--progress %s: expected auto, plain or none", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': run takes no operands", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void run_options_parse(int argc, char **argv, struct run_options *options)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Measures: a table on standard output, the report in a file.",
	};

	*options = (struct run_options){
		.profile = fpb_profile_find("standard"),
		.cpu = TOPOLOGY_ANY_CPU,
		.inject_text = "0",
	};
	argp_parse(&argp, argc, argv, 0, NULL, options);
	if (!options->runs)
		options->runs = options->profile->runs;
}
