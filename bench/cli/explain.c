// SPDX-License-Identifier: MIT
/* explain.c - in which functions of a kernel the instructions of one operation go. */
#include <errno.h>
#include <stdio.h>

#include "bench/cli/commands.h"
#include "bench/cli/explain_options.h"
#include "bench/cli/interrupt.h"

/* Of a standard output that cannot be written main() tells, for all subcommands. */
static enum exit_code print(const struct explain_options *o,
			    const struct fpb_explanation *explanation)
{
	const int ret = o->write(explanation, stdout);

	if (ret == -ENOMEM)
		fputs("fpstate-bench: the explanation could not be written: out of memory\n",
		      stderr);
	return ret ? EXIT_UNFIT : EXIT_FINE;
}

int command_explain(int argc, char **argv)
{
	struct fpb_explanation explanation;
	struct explain_options options;
	enum exit_code code;

	explain_options_parse(argc, argv, &options);
	interrupt_catch();
	code = explain_row(&options.request, &explanation);
	if (code == EXIT_FINE)
		code = print(&options, &explanation);
	fpb_explanation_clear(&explanation);
	return code;
}
