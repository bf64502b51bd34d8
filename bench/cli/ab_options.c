// SPDX-License-Identifier: MIT
#include "bench/cli/ab_options.h"

#include "bench/cli/option.h"

/* Beyond the keys of run, some of which are here too. */
enum { KEY_A = 512, KEY_B, KEY_PAIRS };

static const struct argp_option argp_options[] = {
	{ "a", KEY_A, "CMD", 0, "Prepares variant A, the base; run by /bin/sh -c before each run",
	  0 },
	{ "b", KEY_B, "CMD", 0, "Prepares variant B, which is judged", 0 },
	{ "pairs", KEY_PAIRS, "K", 0,
	  "Runs of each variant; default: two more than the fewest by which a difference among that "
	  "many rows can be told at all, so at least 8",
	  0 },
	{ "out", 'o', "DIR", 0,
	  "Reports are DIR/a/report.json and DIR/b/report.json; default results/<host>/ab/<UTC>",
	  0 },
	{ "profile", RUN_KEY_PROFILE, "NAME", 0,
	  "Batches per row and run, as in run: quick (32), standard (64), thorough (128); default "
	  "standard",
	  0 },
	{ "inject", RUN_KEY_INJECT, "N|P%", 0,
	  "Plant a slowdown in B: N dependent additions per operation, or P % of each row's own cost",
	  0 },
	{ "cpu", RUN_KEY_CPU, "N", 0, "Measure on this CPU instead of a quiet one", 0 },
	{ "seed", RUN_KEY_SEED, "N", 0,
	  "Order of the variants and of the rows; default random, recorded", 0 },
	{ "allow-hazards", RUN_KEY_HAZARDS, NULL, 0,
	  "Also run sequences that crash some host kernels (docs/methodology.md)", 0 },
	{ "progress", RUN_KEY_PROGRESS, "HOW", 0, "auto, plain or none", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ab_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->gate;
		return 0;
	case KEY_A:
		o->command[AB_A] = arg;
		return 0;
	case KEY_B:
		o->command[AB_B] = arg;
		return 0;
	case KEY_PAIRS:
		o->pairs =
			(unsigned int)option_number(state, "--pairs", arg, 1, RUN_OPTIONS_MAX_RUNS);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': ab takes no operands; quote the commands of --a and --b",
			   arg);
		return 0;
	case ARGP_KEY_END:
		if (!o->command[AB_A] || !o->command[AB_B])
			argp_error(state, "--a CMD and --b CMD are needed, the commands that "
					  "prepare the variants");
		return 0;
	default:
		return run_options_take(key, arg, state, &o->run);
	}
}

void ab_options_parse(int argc, char **argv, struct ab_options *o)
{
	static const struct argp_child children[] = {
		{ &gate_argp, 0,
		  "What the verdict is made of, as in gate (BASE is A, NEW is B):", 1 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "--a CMD --b CMD",
		.doc = "Measures two variants of this machine in turns (ABBA), each prepared by a "
		       "command before each of its runs, and judges B against A as gate does.\v"
		       "The machine is left as the last variant prepared. Exit codes are those of "
		       "gate; 3 before anything is measured where so few pairs could not tell any "
		       "difference, 4 also where a command fails, 5 also where a variant does not "
		       "come back as it was, 77 where no row can run.",
		.children = children,
	};

	*o = (struct ab_options){ 0 };
	run_options_begin(&o->run);
	argp_parse(&argp, argc, argv, 0, NULL, o);
	run_options_end(&o->run);
	o->run.filter = o->gate.compare.filter;
}

void ab_options_clear(struct ab_options *o)
{
	gate_options_clear(&o->gate);
}
