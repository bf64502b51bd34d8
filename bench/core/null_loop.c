// SPDX-License-Identifier: MIT
#include "bench/bench.h"

void fpb_null_loop(struct fpb_run *run)
{
	FPB_TIMED_LOOP(run, (void)0);
}
