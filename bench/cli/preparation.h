/* SPDX-License-Identifier: MIT */
/* preparation.h - a command of the user's that makes this machine a variant. */
#ifndef BENCH_CLI_PREPARATION_H
#define BENCH_CLI_PREPARATION_H

#include <signal.h>

#include "host/err.h"

struct preparation {
	const char *option;  /* "--a", for messages */
	const char *command; /* for /bin/sh -c */
	const char *log;     /* path of the file that takes what it says */
};

/*
 * Runs the command to its end. It reads /dev/null, what it writes is appended to the log, no file of
 * ours is open in it, and what it leaves running in its process group is killed. 0 if it exited with
 * status 0; -ECHILD: it did not, and err's text says all: how it ended and the last line it wrote;
 * -EINTR: killed since *is_interrupted; else -errno of what kept it from running.
 */
int preparation_run(const struct preparation *preparation,
		    const volatile sig_atomic_t *is_interrupted, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
