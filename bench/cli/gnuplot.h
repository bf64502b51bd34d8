/* SPDX-License-Identifier: MIT */
/* gnuplot.h - one picture by a process of gnuplot. */
#ifndef BENCH_CLI_GNUPLOT_H
#define BENCH_CLI_GNUPLOT_H

#include "host/err.h"

/*
 * Runs `gnuplot SCRIPT` in the folder that `folder` is open on, without the user's settings, for at most GNUPLOT_PATIENCE_S
 * seconds. 0; -EINTR: interrupted (interrupt.h); -ENOENT: there is no gnuplot; -ECHILD: it
 * failed or did not end, and what it said stands in err, whose text says all. What it leaves in the folder is the caller's.
 */
#define GNUPLOT_PATIENCE_S 30
int gnuplot_run(int folder, const char *script, struct fpb_err *err) FPB_MUST_CHECK;

#endif
