// SPDX-License-Identifier: MIT
#include "host/lab/engine_qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host/lab/boot_process.h"
#include "host/lab/console.h"

#define QEMU		    "qemu-system-x86_64"
#define VERSION_PATIENCE_MS 10000
#define MEMORY_MIB	    512

/* The first line of the answer, made harmless; NULL where there is none. */
static char *first_line(const char *answer)
{
	const size_t bytes = strcspn(answer, "\n");

	return bytes ? console_harmless(answer, bytes) : NULL;
}

/* What cannot be started is reported in the words of the person who looks for the remedy. */
static int cannot_start(const char *emulator, const struct fpb_err *why, struct fpb_err *err)
{
	if (why->code != -ENOENT)
		return FPB_FAIL(err, why->code, "%s", why->text);
	return FPB_FAIL(err, -ENOENT,
			"no emulator %s; install the package qemu-system-x86, or name another "
			"with --emulator PATH",
			emulator);
}

int qemu_check(const char *emulator, char **hypervisor, struct fpb_err *err)
{
	const char *const name = emulator ? emulator : QEMU;
	const char *const argv[] = { name, "--version", NULL };
	struct fpb_err why = { 0 };
	int status = 0, ret;
	char *answer, *line;

	*hypervisor = NULL;
	answer = lab_process_ask(argv, VERSION_PATIENCE_MS, &status, &why);
	if (!answer)
		return cannot_start(name, &why, err);
	line = first_line(answer);
	free(answer);
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !line) {
		char how[LAB_HOW_BYTES];

		lab_process_how(status, how);
		ret = FPB_FAIL(err, -EINVAL,
			       "%s --version: expected a version and status 0; it %s%s%s; name an "
			       "emulator with QEMU's options with --emulator PATH",
			       name, how, line ? " and said: " : " and said nothing",
			       line ? line : "");
		free(line);
		return ret;
	}
	*hypervisor = line;
	return 0;
}

void qemu_build(const struct lab_engine *engine, const struct lab_machine *machine,
		const char *cpu_model, struct lab_command *command, struct fpb_err *err)
{
	char *kernel_arguments = lab_engine_command_line(engine, err);

	if (!kernel_arguments)
		return;
	lab_command_add(command, err, "%s", machine->emulator ? machine->emulator : QEMU);
	lab_command_add(command, err, "-no-user-config");
	lab_command_add(command, err, "-nodefaults");
	lab_command_add(command, err, "-no-reboot");
	lab_command_add(command, err, "-display");
	lab_command_add(command, err, "none");
	lab_command_add(command, err, "-net");
	lab_command_add(command, err, "none");
	lab_command_add(command, err, "-machine");
	lab_command_add(command, err, "pc");
	lab_command_add(command, err, "-smp");
	lab_command_add(command, err, "1");
	lab_command_add(command, err, "-m");
	lab_command_add(command, err, "%d", MEMORY_MIB);
	lab_command_add(command, err, "-cpu");
	lab_command_add(command, err, "%s", machine->cpu_model ? machine->cpu_model : cpu_model);
	lab_command_add(command, err, "-rtc");
	lab_command_add(command, err, "base=2024-01-01T00:00:00,clock=vm");
	lab_command_add(command, err, "-serial");
	lab_command_add(command, err, "file:%s", machine->console);
	lab_command_add(command, err, "-serial");
	lab_command_add(command, err, "file:%s", machine->channel);
	if (machine->debug) {
		lab_command_add(command, err, "-S");
		lab_command_add(command, err, "-gdb");
		lab_command_add(command, err, "unix:%s,server=on,wait=off", machine->debug);
	}
	lab_command_add(command, err, "-kernel");
	lab_command_add(command, err, "%s", machine->kernel);
	if (machine->initramfs) {
		lab_command_add(command, err, "-initrd");
		lab_command_add(command, err, "%s", machine->initramfs);
	}
	lab_command_add(command, err, "-append");
	lab_command_add(command, err, "%s", kernel_arguments);
	free(kernel_arguments);
}
