// SPDX-License-Identifier: MIT
/* compare.c - what differs between two reports, and whether it matters. */
#include "bench/cli/commands.h"
#include "bench/cli/comparing.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return compare_options_parse_reports(key, arg, state, state->input);
	state->child_inputs[0] = state->input;
	return 0;
}

int command_compare(int argc, char **argv)
{
	static const struct argp_child children[] = { { &compare_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = compare_report_options,
		.parser = parse,
		.args_doc = "BASE NEW",
		.doc = "Compares two reports: what differs in the environment, then each row's "
		       "values, their ratio with its 95 % interval, and a verdict in words.",
		.children = children,
	};
	struct compare_options options;
	struct comparing c;
	enum exit_code code, printed = EXIT_FINE;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	code = comparing_create(&c, &options);
	if (code == EXIT_FINE)
		code = comparing_compare(&c, &options, NULL, NULL);
	if (code == EXIT_FINE || code == EXIT_INCOMPARABLE)
		printed = comparing_print(&c, &options);
	if (code == EXIT_FINE)
		code = comparing_check(&c, &options);
	if (code == EXIT_FINE && printed == EXIT_FINE)
		code = comparing_explain(&c, &options);
	comparing_destroy(&c);
	compare_options_clear(&options);
	if (code == EXIT_FINE)
		code = printed;
	return code;
}
