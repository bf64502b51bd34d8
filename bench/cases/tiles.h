/* SPDX-License-Identifier: MIT */
/* tiles.h - images of xstate that may hold tiles; the same on both sides. */
#ifndef BENCH_CASES_TILES_H
#define BENCH_CASES_TILES_H

#include "bench/cases/live.h"
#include "guest/x86/amx.h"

#define XTILECFG_INDEX	17
#define XTILEDATA_INDEX 18

/* xstate_fill(), with a configuration that the processor takes where TILECFG is live. */
static inline void tiles_fill(void *area, const struct abi_xstate layout[ABI_NR_XSTATE],
			      uint64_t live, uint8_t seed)
{
	xstate_fill(area, layout, live, seed);
	if (live & XFEATURE_XTILECFG)
		tile_config_full((void *)((uint8_t *)area + layout[XTILECFG_INDEX].offset));
}

#endif
