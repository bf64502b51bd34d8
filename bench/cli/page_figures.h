/* SPDX-License-Identifier: MIT */
/* page_figures.h - the figures of a page of reports. */
#ifndef BENCH_CLI_PAGE_FIGURES_H
#define BENCH_CLI_PAGE_FIGURES_H

#include "bench/cli/exit_code.h"
#include "bench/figures/plot.h"
#include "bench/report/html/page.h"

/*
 * Draws all that there are data for, in a temporary folder, and puts them into the page. A page is
 * worth having without figures: why there are none, gnuplot missing say, is said in the page and on
 * standard error, and EXIT_FINE. EXIT_UNFIT, said too: interrupted, or out of memory.
 */
enum exit_code page_figures_add(struct fpb_page *page, const struct fpb_plot_set *set);

#endif
