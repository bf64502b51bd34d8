// SPDX-License-Identifier: MIT
/* probe_carried.c - whether there is xstate of another kernel's to be loaded here. */
#include <errno.h>
#include <stdlib.h>

#include "bench/core/probe_priv.h"
#include "host/vmm/carried.h"

static int read_it(const char *path, struct fpb_err *err)
{
	struct carried *carried = malloc(sizeof(*carried));
	int ret = carried ? carried_read(carried, path, err)
			  : FPB_FAIL(err, -ENOMEM, "carried state");

	free(carried);
	return ret;
}

void probe_carried(struct fpb_capability *host)
{
	const char *path = getenv(CARRIED_VARIABLE);
	struct fpb_err err = { 0 };

	if (!path)
		fpb_lack_set(host, FPB_NEED_CARRIED, "profile",
			     "no state saved under another kernel: lab --carry-state brings one");
	else if (read_it(path, &err))
		fpb_lack_set(host, FPB_NEED_CARRIED, "profile", "%.200s", err.text);
	else
		host->have |= FPB_NEED_CARRIED;
}
