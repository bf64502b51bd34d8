// SPDX-License-Identifier: MIT
/*
 * engine_bochs.c - Bochs interprets every instruction, and one tick of the TSC is one of them. VMX
 * is nested by emulation, with XSAVES, AVX-512 and PKU in the guest.
 *
 * The CPU models after icelake hang while Linux boots in Bochs 3.0.
 */
#include <stdlib.h>

#include "host/lab/bochs_emulator.h"
#include "host/lab/bochs_files.h"
#include "host/lab/engine.h"

static int check(const char *emulator, char **hypervisor, struct fpb_err *err)
{
	struct bochs_emulator found;
	int ret;

	*hypervisor = NULL;
	ret = bochs_emulator_find(emulator, &found, err);
	if (ret)
		return ret;
	*hypervisor = found.version;
	found.version = NULL;
	bochs_emulator_clear(&found);
	return 0;
}

static int build(const struct lab_machine *machine, struct lab_command *command,
		 struct fpb_err *err)
{
	struct bochs_emulator found;
	char *line;
	int ret = bochs_emulator_find(machine->emulator, &found, err);

	if (ret)
		return ret;
	line = lab_engine_command_line(&lab_engine_bochs, err);
	ret = line ? bochs_files_make(machine, &found, line, err) : err->code;
	free(line);
	if (!ret) {
		lab_command_add(command, err, "%s", found.path);
		lab_command_add(command, err, "-q");
		lab_command_add(command, err, "-f");
		lab_command_add(command, err, "%s/" BOCHS_FILE_CONFIG, machine->work_dir);
		if (found.has_debugger) {
			lab_command_add(command, err, "-rc");
			lab_command_add(command, err, "%s/" BOCHS_FILE_COMMANDS, machine->work_dir);
		}
	}
	bochs_emulator_clear(&found);
	return err->code;
}

const struct lab_engine lab_engine_bochs = {
	.name = "bochs",
	.counts_instructions = true,
	/* The TSC's rate is what CPUID says; nothing is calibrated against timers that are not. */
	.kernel_arguments = "tsc=reliable no_timer_check lpj=1000000",
	.limits = "bochs counts the length of the kernel's path, not its time.",
	.off_status = 1,
	.draws = true,
	.check = check,
	.build = build,
};
