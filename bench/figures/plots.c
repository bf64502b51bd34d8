// SPDX-License-Identifier: MIT
/* plots.c - the list of all figures. */
#include <string.h>

#include "bench/figures/plot.h"

const struct fpb_plot *const fpb_plots[] = {
	&fpb_plot_break_even,
	&fpb_plot_drift,
	&fpb_plot_ecdf,
	&fpb_plot_exit_cost,
	&fpb_plot_explain,
	&fpb_plot_forest,
	&fpb_plot_path_length,
	&fpb_plot_trend,
	&fpb_plot_xfd_parts,
	&fpb_plot_xsave_bytes,
	NULL,
};

const struct fpb_plot *fpb_plot_find(const char *name)
{
	for (const struct fpb_plot *const *plot = fpb_plots; *plot; plot++) {
		if (!strcmp((*plot)->name, name))
			return *plot;
	}
	return NULL;
}
