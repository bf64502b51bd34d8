/* SPDX-License-Identifier: MIT */
/*
 * fake_gdbstub.h - a machine with a debugger's stub on a Unix socket, played by a child process: its
 * program is a list of addresses, executed one after the other.
 */
#ifndef TESTS_UNIT_FAKE_GDBSTUB_H
#define TESTS_UNIT_FAKE_GDBSTUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_gdb_mood {
	FAKE_GDB_WELL,
	FAKE_GDB_OLD,	   /* knows neither QStartNoAckMode nor Qqemu.sstep */
	FAKE_GDB_REFUSES,  /* answers breakpoints with E22 */
	FAKE_GDB_DIES,	   /* closes at instruction `at` */
	FAKE_GDB_HANGS,	   /* does not come back from instruction `at` */
	FAKE_GDB_MUTE,	   /* answers nothing at all */
	FAKE_GDB_CHECKSUM, /* the registers have a wrong one */
	FAKE_GDB_SHORT,	   /* too few registers */
	FAKE_GDB_NO_HEX,   /* registers that are none */
	FAKE_GDB_FLOODS,   /* a packet without an end */
	FAKE_GDB_GARBAGE,  /* no packet at all */
	FAKE_GDB_ACKS,	   /* acknowledges for ever */
};

struct fake_gdb_machine {
	const uint64_t *pc;
	size_t nr;
	enum fake_gdb_mood mood;
	size_t at;
};

/* The stack pointer at instruction i. */
#define FAKE_GDB_SP(i) (0xffffc90000000000ull + 8 * (i))

/* Listens when it returns; ends after one debugger. */
void fake_gdbstub_start(const char *path, const struct fake_gdb_machine *machine);
/* The status it ended with: of instructions that it executed, the last eight bits. */
int fake_gdbstub_end(void);

#endif
