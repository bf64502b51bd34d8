/* SPDX-License-Identifier: MIT */
/*
 * engine.h - a machine to boot kernels on. One const descriptor per engine; nothing else in the
 * lab knows their names.
 */
#ifndef HOST_LAB_ENGINE_H
#define HOST_LAB_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/err.h"

/* A command line being built. */
struct lab_command {
	char **argv; /* NULL-terminated */
	size_t nr;
};

/* printf-style; keeps the first failure, so that a builder checks once, at its end. */
void lab_command_add(struct lab_command *command, struct fpb_err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void lab_command_clear(struct lab_command *command);

/* One boot, as every engine needs it. All strings borrowed. */
struct lab_machine {
	const char *emulator;  /* path or name; NULL: the engine's own */
	const char *cpu_model; /* verbatim; NULL: the engine's own */
	const char *kernel;
	const char *initramfs;
	const char *work_dir; /* for files of the engine's own, removed after the boot */
	const char *console;  /* file for what the kernel prints (COM1) */
	const char *channel;  /* file for the frames (COM2, guest/linux/frame.h) */
	/* Unix socket where the machine waits for its debugger before it starts; NULL: none. */
	const char *debug;
};

struct lab_engine {
	const char *name;	  /* "tcg"; environment.engine */
	bool counts_instructions; /* a tick of its TSC is one instruction, the same in every boot */
	const char *kernel_arguments; /* besides those of every engine; NULL: none */
	const char *limits;	      /* what its figures do not say, for tables; NULL: nothing */
	int off_status; /* the emulator's exit status when its machine powers off; 0 does too */
	bool draws;	/* it draws a screen, and wants a terminal to do it on */
	/*
	 * Can it run here, with this emulator (NULL: its own)? *hypervisor: emulator and version,
	 * for environment.hypervisor, to be freed. -ENOENT: no emulator (names the package);
	 * -EOPNOTSUPP: this machine cannot (says why).
	 */
	int (*check)(const char *emulator, char **hypervisor, struct fpb_err *err);
	/* The command that boots. May write its configuration into work_dir. */
	int (*build)(const struct lab_machine *machine, struct lab_command *command,
		     struct fpb_err *err);
};

extern const struct lab_engine lab_engine_tcg;
extern const struct lab_engine lab_engine_bochs;
extern const struct lab_engine lab_engine_kvm;

/* NULL-terminated. */
extern const struct lab_engine *const lab_engines[];
const struct lab_engine *lab_engine_find(const char *name);

/*
 * The kernel's command line, the same for every boot of an engine (method.md's recipe):
 * "console=ttyS0 .. fpstate_bench.engine=NAME". The program inside learns its engine from it.
 */
char *lab_engine_command_line(const struct lab_engine *engine, struct fpb_err *err) FPB_MUST_CHECK;

#endif
