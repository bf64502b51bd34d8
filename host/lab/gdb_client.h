/* SPDX-License-Identifier: MIT */
/*
 * gdb_client.h - as much of GDB's remote serial protocol as stepping through one CPU takes, over a
 * Unix socket.
 *
 * The other end is an emulator that may die or stay silent at any time: every wait has a limit, and
 * nothing in an answer is trusted. After an error the connection is of no further use.
 */
#ifndef HOST_LAB_GDB_CLIENT_H
#define HOST_LAB_GDB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/err.h"

/* More than the registers of any x86 processor, two digits a byte. */
#define GDB_BUFFER_BYTES 16384

struct gdb_client {
	int fd;		 /* -1: not connected */
	int patience_ms; /* for one answer of a machine that stands */
	size_t bytes;
	char buffer[GDB_BUFFER_BYTES]; /* received and not yet taken */
};

struct gdb_registers {
	uint64_t pc, sp;
};

enum gdb_event {
	GDB_NOTHING, /* within the time given */
	GDB_STOPPED,
	GDB_EXITED, /* the machine went off, the emulator with it */
};

/*
 * Connects, which stops the machine, and switches acknowledgements off where the emulator knows how
 * (QEMU from 8 on). -ENOENT, -ECONNREFUSED, without a word in err: nobody listens there yet.
 * -ENAMETOOLONG: no path for a socket.
 */
int gdb_connect(const char *path, int patience_ms, struct gdb_client *client, struct fpb_err *err)
	FPB_MUST_CHECK;
/* Lets the machine run on, without its breakpoints, and closes. Accepts one that is closed. */
void gdb_detach(struct gdb_client *client);
/* Closes; the emulator sees the debugger gone. */
void gdb_close(struct gdb_client *client);

/* Sent as it stands; an empty answer (not known there) is no error. */
int gdb_set(struct gdb_client *client, const char *request, struct fpb_err *err) FPB_MUST_CHECK;

/* At a virtual address, in whatever address space; nothing is written to the machine's memory. */
int gdb_breakpoint(struct gdb_client *client, uint64_t address, bool is_set, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * Lets the machine run; gdb_wait() tells when it stopped. From a breakpoint some emulators do not get
 * off so: gdb_step() first.
 */
int gdb_continue(struct gdb_client *client, struct fpb_err *err) FPB_MUST_CHECK;
/* 0 with what happened within timeout_ms, or -errno. */
int gdb_wait(struct gdb_client *client, int timeout_ms, enum gdb_event *event, struct fpb_err *err)
	FPB_MUST_CHECK;

/*
 * Reads the registers as they are and then executes one instruction, in one exchange. Interrupts as
 * the emulator's single steps have them.
 */
int gdb_step(struct gdb_client *client, struct gdb_registers *before, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
