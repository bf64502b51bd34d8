// SPDX-License-Identifier: MIT
#include "host/lab/engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An oops ends the boot, so that a broken kernel yields no figures. No entropy and no layout by
 * chance: method.md's recipe for boots that are alike to the bit. Mitigations stay the build's own.
 * Slabs of one page each: whether an object lies in the first page of its slab or in a later one
 * (compound_head(), in hardened usercopy and kfree()) else adds an instruction by luck.
 */
#define COMMON_ARGUMENTS                                                                           \
	"console=ttyS0 panic=-1 oops=panic nokaslr norandmaps randomize_kstack_offset=off "        \
	"random.trust_cpu=off random.trust_bootloader=off slub_max_order=0"

const struct lab_engine *const lab_engines[] = {
	&lab_engine_tcg,
	&lab_engine_bochs,
	&lab_engine_kvm,
	NULL,
};

const struct lab_engine *lab_engine_find(const char *name)
{
	for (const struct lab_engine *const *engine = lab_engines; *engine; engine++) {
		if (strcmp((*engine)->name, name) == 0)
			return *engine;
	}
	return NULL;
}

char *lab_engine_command_line(const struct lab_engine *engine, struct fpb_err *err)
{
	const char *own = engine->kernel_arguments;
	char *line;

	/* Its own come first: of two for one console the kernel takes the options of the first. */
	if (asprintf(&line, "%s%s" COMMON_ARGUMENTS " fpstate_bench.engine=%s", own ? own : "",
		     own ? " " : "", engine->name) < 0) {
		FPB_FAIL(err, -ENOMEM, "kernel command line");
		return NULL;
	}
	return line;
}

void lab_command_add(struct lab_command *command, struct fpb_err *err, const char *format, ...)
{
	va_list args;
	char **argv;
	int bytes;

	if (err->code)
		return;
	argv = reallocarray(command->argv, command->nr + 2, sizeof(*argv));
	if (!argv) {
		FPB_FAIL(err, -ENOMEM, "command line of the emulator");
		return;
	}
	command->argv = argv;
	va_start(args, format);
	bytes = vasprintf(&argv[command->nr], format, args);
	va_end(args);
	if (bytes < 0)
		FPB_FAIL(err, -ENOMEM, "command line of the emulator");
	else
		command->nr++;
	argv[command->nr] = NULL;
}

void lab_command_clear(struct lab_command *command)
{
	for (size_t i = 0; i < command->nr; i++)
		free(command->argv[i]);
	free(command->argv);
	*command = (struct lab_command){ 0 };
}
