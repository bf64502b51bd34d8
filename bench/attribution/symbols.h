/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - which function an address belongs to, from the lines of a kernel's /proc/kallsyms.
 *
 * The text comes out of a guest: it is bounded, and its names may hold anything but white space and
 * NUL; whoever prints them makes them printable.
 */
#ifndef BENCH_ATTRIBUTION_SYMBOLS_H
#define BENCH_ATTRIBUTION_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/report/problem.h"

#define FPB_SYMBOLS_MAX	     2000000
#define FPB_SYMBOL_MAX_BYTES 1024
/* No function is longer: an address further behind the last symbol before it has no name. */
#define FPB_FUNCTION_MAX_BYTES (1u << 20)

/* One per address. Where several share one, the name that sorts first of the global ones. */
struct fpb_symbol {
	uint64_t address;
	const char *name;
	const char *module; /* "" for the kernel itself */
	char type;	    /* 'T', 't', 'W' or 'w' */
};

struct fpb_symbols {
	struct fpb_symbol *symbol; /* by address */
	size_t nr;
	char *text; /* behind the names */
};

/*
 * Lines "ADDRESS TYPE NAME" and, of a module, a tab and "[MODULE]". 0, -EINVAL (malformed, none at
 * all, all at address 0: hidden from who read them), -EFBIG (a limit) or -ENOMEM; the problem names
 * the line. *symbols is empty then.
 */
int fpb_symbols_parse(const char *text, size_t bytes, struct fpb_symbols *symbols,
		      struct fpb_problem *problem) __attribute__((warn_unused_result));
void fpb_symbols_clear(struct fpb_symbols *symbols);

/* Of the function that holds the address, or NULL. */
const struct fpb_symbol *fpb_symbols_find(const struct fpb_symbols *symbols, uint64_t address);

#endif
