// SPDX-License-Identifier: MIT
/* run.c - measure. */
#include "bench/cli/commands.h"
#include "bench/cli/session.h"

int command_run(int argc, char **argv)
{
	struct run_options options;
	struct session s;
	enum exit_code code;

	run_options_parse(argc, argv, &options);
	if (options.resume)
		code = session_resume(&s, &options);
	else
		code = session_create(&s, &options, "run");
	if (s.is_ready)
		code = session_measure(&s);
	session_destroy(&s);
	return code;
}
