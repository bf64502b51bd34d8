// SPDX-License-Identifier: MIT
#include "bench/cli/lab_options.h"

#include <argp.h>

#include "bench/cli/option.h"

#define DEFAULT_BOOTS 2

enum {
	KEY_ENGINE = 256,
	KEY_EMULATOR,
	KEY_CPU,
	KEY_MODULES,
	KEY_INJECT,
	KEY_BOOTS,
	KEY_SEED,
	KEY_JOBS,
	KEY_CARRY,
	KEY_HAZARDS,
	KEY_PROGRESS,
};

static const struct argp_option argp_options[] = {
	{ "engine", KEY_ENGINE, "NAME", 0,
	  "tcg: QEMU, AMD's SVM, counts instructions (default); bochs: Intel's VMX with XSAVES, "
	  "counts instructions; kvm: this machine's processor, nested, in time",
	  0 },
	{ "emulator", KEY_EMULATOR, "PATH", 0, "Another binary of the engine's emulator", 0 },
	{ "cpu", KEY_CPU, "MODEL", 0, "The emulator's CPU model, verbatim", 0 },
	{ "modules", KEY_MODULES, "DIR", 0,
	  "lib/modules/RELEASE of a kernel given as bzImage or vmlinuz", 0 },
	{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches", 0 },
	{ "inject", KEY_INJECT, "N|P%", 0,
	  "Plant a slowdown: N dependent additions per operation, or P % of each row's own cost",
	  0 },
	{ "boots", KEY_BOOTS, "N", 0, "Boots of each kernel; default 2", 0 },
	{ "seed", KEY_SEED, "N", 0, "Order of the boots; default random, recorded", 0 },
	{ "jobs", KEY_JOBS, "N", 0, "Boots side by side; default 1", 0 },
	{ "carry-state", KEY_CARRY, NULL, 0,
	  "Offer xstate that the first kernel saved to the guests of the others, as a migration does",
	  0 },
	{ "allow-hazards", KEY_HAZARDS, NULL, 0,
	  "Also run sequences that crash some kernels (docs/methodology.md)", 0 },
	{ "out", 'o', "DIR", 0, "Reports and logs; default results/<host>/lab-<engine>/<UTC>", 0 },
	{ "progress", KEY_PROGRESS, "HOW", 0, "auto, plain or none", 0 },
	{ 0 },
};

static void parse_engine(struct argp_state *state, const char *name, struct lab_options *o)
{
	o->engine = lab_engine_find(name);
	if (!o->engine)
		argp_error(state, "--engine %s: expected tcg, bochs or kvm", name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct lab_options *o = state->input;
	struct fpb_inject ignored; /* the program inside parses it again */

	switch (key) {
	case KEY_ENGINE:
		parse_engine(state, arg, o);
		return 0;
	case KEY_EMULATOR:
		o->emulator = arg;
		return 0;
	case KEY_CPU:
		o->cpu_model = arg;
		return 0;
	case KEY_MODULES:
		o->modules = arg;
		return 0;
	case 'f':
		o->filter = arg;
		return 0;
	case KEY_INJECT:
		option_inject(state, arg, &ignored);
		o->inject = arg;
		return 0;
	case KEY_BOOTS:
		o->boots = (unsigned int)option_number(state, "--boots", arg, 1,
						       LAB_OPTIONS_MAX_BOOTS);
		return 0;
	case KEY_SEED:
		o->seed = option_number(state, "--seed", arg, 0, INT64_MAX);
		o->has_seed = true;
		return 0;
	case KEY_JOBS:
		o->jobs =
			(unsigned int)option_number(state, "--jobs", arg, 1, LAB_OPTIONS_MAX_JOBS);
		return 0;
	case KEY_CARRY:
		o->carries_state = true;
		return 0;
	case KEY_HAZARDS:
		o->allows_hazards = true;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case KEY_PROGRESS:
		option_progress(state, arg, &o->progress);
		return 0;
	case ARGP_KEY_ARGS:
		o->kernels = &state->argv[state->next];
		o->nr_kernels = (unsigned int)(state->argc - state->next);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!o->nr_kernels)
			argp_error(state, "name the kernels to boot");
		if (o->nr_kernels > LAB_OPTIONS_MAX_KERNELS)
			argp_error(state, "%u kernels: at most %u", o->nr_kernels,
				   LAB_OPTIONS_MAX_KERNELS);
		if (o->carries_state && o->nr_kernels < 2)
			argp_error(state, "--carry-state: name the kernel to save state under, "
					  "then those to offer it to");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void lab_options_parse(int argc, char **argv, struct lab_options *options)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "KERNEL...",
		.doc = "Boots each kernel build in an emulator, runs the suite inside with that "
		       "build's own KVM, and compares. KERNEL: a .deb, several joined by commas, a "
		       "bzImage with --modules, or a kernel build tree.",
	};

	*options = (struct lab_options){
		.engine = &lab_engine_tcg,
		.inject = "0",
		.boots = DEFAULT_BOOTS,
		.jobs = 1,
	};
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
