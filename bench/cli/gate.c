// SPDX-License-Identifier: MIT
/* gate.c - one exit code for two reports. */
#include "bench/cli/commands.h"
#include "bench/cli/gating.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gate_options *o = state->input;

	if (key != ARGP_KEY_INIT)
		return compare_options_parse_reports(key, arg, state, &o->compare);
	state->child_inputs[0] = o;
	return 0;
}

int command_gate(int argc, char **argv)
{
	static const struct argp_child children[] = { { &gate_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = compare_report_options,
		.parser = parse,
		.args_doc = "BASE NEW",
		.doc = "Compares two reports and says by its exit code whether NEW may pass: 0 "
		       "yes, 1 a regression or lost coverage, 2 usage or unreadable input, 3 "
		       "inconclusive, 4 a report unfit to be judged, 5 not comparable.",
		.children = children,
	};
	struct gate_options o;
	struct gating g;
	enum exit_code code;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	code = gating_create(&g, &o);
	if (code == EXIT_FINE)
		code = gating_judge(&g, &o);
	gating_destroy(&g);
	gate_options_clear(&o);
	return code;
}
