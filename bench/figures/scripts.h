/* SPDX-License-Identifier: MIT */
/* scripts.h - plots/ inside of the program. */
#ifndef BENCH_FIGURES_SCRIPTS_H
#define BENCH_FIGURES_SCRIPTS_H

/* plots/NAME.gp as built in, or NULL. */
const char *fpb_plot_script(const char *name);

#endif
