/* SPDX-License-Identifier: MIT */
/*
 * child.h - an exec'ed copy of this program that answers JSON lines with JSON lines.
 *
 * Exec, not fork alone: the guest permission of a process (and the fact that it once created a
 * vCPU) survives fork. A child dies with its parent and ignores Ctrl-C, which is the parent's.
 */
#ifndef BENCH_CORE_CHILD_H
#define BENCH_CORE_CHILD_H

#include <jansson.h>
#include <sys/types.h>

#include "host/err.h"

struct fpb_child {
	pid_t pid; /* 0: none */
	int to, from;
	char *line; /* bytes received and not yet handed out */
	size_t used, room;
};

/* Starts this program with one argument, "--worker" or "--probe". */
int fpb_child_start(struct fpb_child *child, const char *mode, struct fpb_err *err) FPB_MUST_CHECK;

/* One line each way. -EPIPE: the child is gone; -ETIMEDOUT; -EPROTO: not a JSON object. */
int fpb_child_send(struct fpb_child *child, const json_t *message, struct fpb_err *err)
	FPB_MUST_CHECK;
int fpb_child_receive(struct fpb_child *child, int timeout_ms, json_t **message,
		      struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Ends the child: closes its input, waits a moment, then kills it by its id. `how` (may be NULL)
 * gets "exited with 3" or "killed by signal 11 (Segmentation fault)". Accepts one never started.
 */
void fpb_child_stop(struct fpb_child *child, char *how, size_t how_bytes);

/* In the child: leave Ctrl-C and a closed terminal to the parent, meet a broken pipe as an error. */
void fpb_child_settle(void);

#endif
