// SPDX-License-Identifier: MIT
/* save_state.c - the xstate of a vCPU under this kernel, to a file. */
#include <stdlib.h>

#include "bench/cli/commands.h"
#include "bench/cli/exit_code.h"
#include "host/vmm/carried.h"

int command_save_state(const char *path)
{
	struct carried *carried = malloc(sizeof(*carried));
	struct fpb_err err = { 0 };
	enum exit_code code = EXIT_FINE;

	if (!carried)
		return EXIT_UNFIT;
	if (carried_make(carried, NULL, &err) || carried_write(carried, path, &err))
		code = report_err(&err, EXIT_UNFIT);
	free(carried);
	return code;
}
