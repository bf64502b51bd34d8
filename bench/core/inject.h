/* SPDX-License-Identifier: MIT */
/* inject.h - the planted slowdown of --inject, see guest/x86/sled.h. */
#ifndef BENCH_CORE_INJECT_H
#define BENCH_CORE_INJECT_H

#include <stdint.h>

#include "host/err.h"

/* Either a number of additions per operation or a share of the row's own cost. */
struct fpb_inject {
	uint32_t nr;
	double percent; /* 0: nr counts */
};

/* "12" or "2%" or "0.5%". -EINVAL with what is allowed. */
int fpb_inject_parse(const char *text, struct fpb_inject *inject, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Sets the sled of this process. -ERANGE, or -errno of mprotect. */
int fpb_inject_set_host(uint32_t nr, struct fpb_err *err) FPB_MUST_CHECK;

#endif
