// SPDX-License-Identifier: MIT
/* probe_scheduler.c - which scheduling policies this process may take. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "bench/core/probe_priv.h"

void probe_fifo(struct fpb_capabilities *caps)
{
	const struct sched_param lowest = { .sched_priority = 1 }, none = { 0 };
	const int code = sched_setscheduler(0, SCHED_FIFO, &lowest) ? errno : 0;

	if (!code)
		sched_setscheduler(0, SCHED_OTHER, &none);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		if (!code)
			caps->on[s].have |= FPB_NEED_FIFO;
		else
			fpb_lack_set(
				&caps->on[s], FPB_NEED_FIFO, "no-permission",
				"SCHED_FIFO, priority 1: %s; give CAP_SYS_NICE or RLIMIT_RTPRIO",
				strerror(code));
	}
}
