/* SPDX-License-Identifier: MIT */
/*
 * engine.h - on what kind of machine is this kernel running: bare, or booted by the lab?
 *
 * The lab says so on the kernel's command line, "fpstate_bench.engine=NAME", which the kernel
 * ignores and every report records.
 */
#ifndef HOST_MACHINE_ENGINE_H
#define HOST_MACHINE_ENGINE_H

#include <stdbool.h>

#define MACHINE_ENGINE_ARGUMENT "fpstate_bench.engine="

struct machine_engine {
	const char *name; /* environment.engine: "bare", "tcg", "bochs", "kvm" */
	/* A tick of the TSC is one instruction of this machine, in every boot the same. */
	bool counts_instructions;
};

/* "bare" where the command line cannot be read, says nothing, or names no engine we know. */
const struct machine_engine *machine_engine_detect(const char *sysroot);

#endif
