/* SPDX-License-Identifier: MIT */
/* bochs_config.h - a machine in the words of Bochs's configuration. */
#ifndef HOST_LAB_BOCHS_CONFIG_H
#define HOST_LAB_BOCHS_CONFIG_H

#include "host/lab/bochs_emulator.h"
#include "host/lab/engine.h"

/* In the boot's own folder. */
#define BOCHS_FILE_CD "cd.iso"

#define BOCHS_CPU_MODEL "corei7_icelake_u,-rdrand,-rdseed"

/*
 * The text of the configuration, to be freed. machine->cpu_model is MODEL[,+feature|,-feature]..,
 * NULL for BOCHS_CPU_MODEL. -EINVAL: a model that is none, or a path that its syntax cannot hold.
 */
char *bochs_config(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		   struct fpb_err *err) FPB_MUST_CHECK;

#endif
