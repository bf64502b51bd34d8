/* SPDX-License-Identifier: MIT */
/*
 * bochs_emulator.h - what a Bochs binary, or a wrapper script of one, is and was built with.
 *
 * Builds differ: in version, in the debugger that waits for a command before the machine starts,
 * in the display libraries. All of it is asked of the binary itself.
 */
#ifndef HOST_LAB_BOCHS_EMULATOR_H
#define HOST_LAB_BOCHS_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "host/err.h"

struct bochs_emulator {
	char *path;
	char *version;	     /* "Bochs x86 Emulator 3.0, Built from ..." */
	bool has_debugger;   /* takes -rc FILE, and waits for its commands */
	const char *display; /* "nogui", or "term", which draws on a terminal */
};

/*
 * `path` NULL: `bochs` in PATH if it is of version 3 or later, else the one that
 * `scripts/setup.sh --bochs` has prepared. -ENOENT: there is none; -EOPNOTSUPP: too old (version 2
 * makes Linux disable XSAVE), or no display library that needs no window; -EINVAL: no Bochs.
 */
int bochs_emulator_find(const char *path, struct bochs_emulator *emulator, struct fpb_err *err)
	FPB_MUST_CHECK;
/*
 * Does its --help cpu list a model with the first `bytes` of this name? -EINVAL: no. One that lists
 * none is taken at its word when it starts.
 */
int bochs_emulator_check_model(const struct bochs_emulator *emulator, const char *name,
			       size_t bytes, struct fpb_err *err) FPB_MUST_CHECK;
void bochs_emulator_clear(struct bochs_emulator *emulator);

#endif
