/* SPDX-License-Identifier: MIT */
/* interrupt.h - Ctrl-C, SIGTERM, a terminal that closed: the work in hand is ended in order, once. */
#ifndef BENCH_CLI_INTERRUPT_H
#define BENCH_CLI_INTERRUPT_H

#include <signal.h>

/*
 * From here on the first of these signals raises the flag; a second Ctrl-C or SIGTERM kills at
 * once. SIGHUP stays ignored where it was (nohup). What is written too much, to a pipe or beyond a
 * limit, is an error of the write and no reason to die.
 */
void interrupt_catch(void);

extern volatile sig_atomic_t is_interrupted;

#endif
