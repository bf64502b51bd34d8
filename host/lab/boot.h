/* SPDX-License-Identifier: MIT */
/*
 * boot.h - one boot: start the engine, follow it, take what it sends, end it.
 *
 * Single-threaded: the caller steps any number of boots in turn. An emulator is ended by its pid,
 * with all it started, and also when this process dies without a word (boot_process.h).
 */
#ifndef HOST_LAB_BOOT_H
#define HOST_LAB_BOOT_H

#include <stdint.h>
#include <sys/types.h>

#include "host/lab/channel.h"
#include "host/lab/engine.h"

/* Wall time, since emulated time stands still in a machine that hangs. */
struct lab_limits {
	uint32_t total_s;   /* for the whole boot */
	uint32_t silence_s; /* without a byte on console or channel */
};

struct lab_boot_request {
	const struct lab_engine *engine;
	struct lab_machine machine; /* work_dir, console, .. debug are set by lab_boot_start() */
	const char *console;	    /* the log to leave, e.g. DIR/1-6.1.0/boot-1.log */
	struct lab_limits limits;
	bool is_debugged; /* the machine waits for somebody to debug it (trace.h) */
};

enum lab_boot_state {
	LAB_BOOT_RUNNING,
	LAB_BOOT_DONE,	 /* the report came whole and the machine powered off */
	LAB_BOOT_FAILED, /* `failure` says what happened */
};

struct lab_boot {
	enum lab_boot_state state;
	pid_t pid;	  /* of the emulator's guard (boot_process.h) */
	uint64_t wall_ms; /* from start to end */
	char *phase;	  /* the last FRAME_PHASE; NULL before the first */
	uint8_t *report;  /* LAB_BOOT_DONE: the report's bytes */
	size_t report_bytes;
	const char *debug; /* the socket of the machine's debugger, if is_debugged */
	char *symbols;	   /* LAB_BOOT_DONE: the kernel's, if they were asked for (symbols.h) */
	size_t symbols_bytes;
	int exit_status; /* LAB_BOOT_DONE: of the program inside */
	uint8_t *saved;	 /* of FRAME_STATE, at most FRAME_STATE_MAX_BYTES; NULL: none came */
	size_t saved_bytes;
	/*
	 * LAB_BOOT_FAILED: one line for people, then the console's last lines. Tells apart: the
	 * emulator refused or was killed (its own stderr, signal), kernel panic or oops (quoted),
	 * KVM refused to load (the kernel's own line quoted), hang (the phase), early power-off, a
	 * frame that is torn or has a wrong checksum, a FRAME_FAILURE of init.
	 */
	char *failure;
	struct lab_boot_private *private;
};

int lab_boot_start(const struct lab_boot_request *request, struct lab_boot *boot,
		   struct fpb_err *err) FPB_MUST_CHECK;

/* Looks what happened since the last call; never blocks. -errno: of the lab itself. */
int lab_boot_step(struct lab_boot *boot, struct fpb_err *err) FPB_MUST_CHECK;

/* Ends a boot that still runs, removes its temporary files, keeps its console log. */
void lab_boot_destroy(struct lab_boot *boot);

#endif
