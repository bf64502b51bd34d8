/* SPDX-License-Identifier: MIT */
/*
 * engine_qemu.h - what the engines that are QEMU have in common: the machine around the CPU.
 *
 * It has nothing but what a kernel needs to come up and two serial ports: no disk, no network, no
 * display, no monitor.
 */
#ifndef HOST_LAB_ENGINE_QEMU_H
#define HOST_LAB_ENGINE_QEMU_H

#include "host/lab/engine.h"

/* Any emulator that takes QEMU's options and answers --version; as lab_engine.check. */
int qemu_check(const char *emulator, char **hypervisor, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * The command as far as it is the same for all; `cpu_model` where the machine names none. The
 * engine adds its accelerator. Failures are in err.
 */
void qemu_build(const struct lab_engine *engine, const struct lab_machine *machine,
		const char *cpu_model, struct lab_command *command, struct fpb_err *err);

#endif
