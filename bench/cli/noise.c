// SPDX-License-Identifier: MIT
/* noise.c - measure one build against itself, for the noise floor of each row. */
#include "bench/cli/commands.h"
#include "bench/cli/session.h"

int command_noise(int argc, char **argv)
{
	struct run_options options;
	struct session s;
	enum exit_code code;

	noise_options_parse(argc, argv, &options);
	code = session_create(&s, &options, "noise");
	if (s.is_ready)
		code = session_measure(&s);
	session_destroy(&s);
	return code;
}
