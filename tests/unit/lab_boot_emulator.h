/* SPDX-License-Identifier: MIT */
/*
 * lab_boot_emulator.h - an emulator that plays one way a boot can go. The test program is its own
 * emulator: it takes QEMU's options, finds its files there, and is told what to play by -cpu.
 */
#ifndef TESTS_UNIT_LAB_BOOT_EMULATOR_H
#define TESTS_UNIT_LAB_BOOT_EMULATOR_H

#define EMULATOR_REPORT	     "{\"schema_version\": 1}\n"
#define EMULATOR_STATE	     "xstate"
#define EMULATOR_SYMBOLS     "ffffffff81000000 T _text\n"
#define EMULATOR_EXIT_STATUS 3

int lab_boot_emulator(int argc, char **argv);

#endif
