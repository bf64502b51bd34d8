// SPDX-License-Identifier: MIT
/*
 * engine_tcg.c - QEMU translates every instruction and counts it: at -icount shift=0 one tick of
 * the TSC, and one nanosecond of every clock, is one instruction. SVM is nested by emulation.
 *
 * Without ERMS and FSRM kernel and C library clear and copy by words: a REP instruction counts once
 * for each of its iterations, and 4096 for a page of bytes say nothing about a path.
 *
 * RDRAND and RDSEED are taken away and QEMU's own generator is seeded, so that chance has no way
 * into the machine.
 */
#include "host/lab/engine_qemu.h"

static int build(const struct lab_machine *machine, struct lab_command *command,
		 struct fpb_err *err)
{
	qemu_build(&lab_engine_tcg, machine, "max,+svm,-rdrand,-rdseed,-erms,-fsrm", command, err);
	lab_command_add(command, err, "-accel");
	lab_command_add(command, err, "tcg");
	lab_command_add(command, err, "-icount");
	lab_command_add(command, err, "shift=0,sleep=off");
	lab_command_add(command, err, "-seed");
	lab_command_add(command, err, "0");
	return err->code;
}

const struct lab_engine lab_engine_tcg = {
	.name = "tcg",
	.counts_instructions = true,
	.limits =
		"tcg counts the length of the kernel's path, not its time. Its SVM has no NRIPS "
		"(CPUID.0x8000000A:EDX[3]): exits for CPUID, MSRs and HLT contain KVM's instruction "
		"decoder, no exit takes the fastpath, and OUT pays neither: do not subtract one "
		"from the other.",
	.check = qemu_check,
	.build = build,
};
