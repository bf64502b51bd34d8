// SPDX-License-Identifier: MIT
/*
 * engine_bochs.c - Bochs interprets every instruction, and one tick of the TSC is one of them. VMX
 * is nested by emulation, with XSAVES, AVX-512 and PKU in the guest.
 *
 * The CPU models after icelake hang while Linux boots in Bochs 3.0. Bochs makes its random numbers
 * itself, the same in every boot, but the kernel is not to mix any in: no RDRAND, no RDSEED.
 */
#include <stdlib.h>

#include "host/lab/bochs_emulator.h"
#include "host/lab/bochs_files.h"
#include "host/lab/engine.h"

/*
 * A line of 9600 baud, Linux's own choice, would be most of the boot. The TSC's rate is what CPUID
 * says, and nothing is calibrated against timers that go by another (bochs_files.c). ERMS and FSRM:
 * engine_tcg.c says why. A kernel that gives up makes a triple fault, which ends Bochs; any other
 * reset would boot it again.
 */
#define KERNEL_ARGUMENTS                                                                           \
	"console=ttyS0,115200 tsc=reliable no_timer_check lpj=1000000 clearcpuid=erms,fsrm "       \
	"reboot=t"

static int check(const char *emulator, char **hypervisor, struct fpb_err *err)
{
	struct bochs_emulator found;
	int ret;

	*hypervisor = NULL;
	ret = bochs_emulator_find(emulator, &found, err);
	if (!ret)
		ret = bochs_files_check(err);
	if (!ret) {
		*hypervisor = found.version;
		found.version = NULL;
	}
	bochs_emulator_clear(&found);
	return ret;
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
	.kernel_arguments = KERNEL_ARGUMENTS,
	.limits = "bochs counts the length of the kernel's path, not its time.",
	.off_status = 1,
	.draws = true,
	.check = check,
	.build = build,
};
