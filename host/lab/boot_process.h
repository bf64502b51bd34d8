/* SPDX-License-Identifier: MIT */
/*
 * boot_process.h - a command that leaves nothing behind, whatever it starts and however we end.
 *
 * Between us and the command stands a guard, a fork of ours. When we die the kernel tells it
 * (PR_SET_PDEATHSIG), and it ends the command's process group and reaps it all, so that a wrapper
 * script that does not exec its emulator leaves no orphan either. Only for programs of one thread.
 */
#ifndef HOST_LAB_BOOT_PROCESS_H
#define HOST_LAB_BOOT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/err.h"

struct lab_process {
	pid_t pid; /* of the guard; 0: none */
};

/*
 * argv[0] is looked for in PATH. Reads from /dev/null, writes to `output`, inherits nothing else.
 * Where `output` is a terminal the command reads from it too and is told that it is a VT100.
 * -ENOENT, -EACCES: of the exec itself.
 */
int lab_process_start(const char *const argv[], int output, struct lab_process *process,
		      struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Has the command ended? Then true, with its status as of wait(2), and nothing of its process group
 * is left.
 */
bool lab_process_poll(struct lab_process *process, int *status) FPB_MUST_CHECK;

/* The same, after at most timeout_ms. */
bool lab_process_wait(struct lab_process *process, int timeout_ms, int *status) FPB_MUST_CHECK;

/* Kills it. Accepts one that has ended, or never began. */
void lab_process_end(struct lab_process *process);

/*
 * Runs a command to its end and returns what it printed, the first LAB_ANSWER_BYTES of it, to be
 * freed; *status as of wait(2). NULL with err: as lab_process_start(); -ETIMEDOUT.
 */
#define LAB_ANSWER_BYTES 65536
char *lab_process_ask(const char *const argv[], int timeout_ms, int *status, struct fpb_err *err)
	FPB_MUST_CHECK;

/* "exited with status 3" or "was killed by signal 9 (Killed)". */
#define LAB_HOW_BYTES 96
void lab_process_how(int status, char how[LAB_HOW_BYTES]);

#endif
