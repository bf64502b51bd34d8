/* SPDX-License-Identifier: MIT */
/* terminal.h - what standard output is. */
#ifndef BENCH_CLI_TERMINAL_H
#define BENCH_CLI_TERMINAL_H

/* Columns of the terminal that standard output is; 0 where it is none. */
unsigned int terminal_width(void);

#endif
