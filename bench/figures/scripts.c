// SPDX-License-Identifier: MIT
#include "bench/figures/scripts.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *text;
} scripts[] = {
#include "plot_scripts.inc"
};

const char *fpb_plot_script(const char *name)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		if (!strcmp(scripts[i].name, name))
			return scripts[i].text;
	}
	return NULL;
}
