/* SPDX-License-Identifier: MIT */
/*
 * hazard_list.h - the sequences that crash some hosts, by name: what `doctor` and reports list and
 * what the VMM refuses by (host/vmm/hazard.h).
 *
 * Kernels without "x86/fpu: Clear XSTATE_BV[i] in guest XSAVE state whenever XFD[i]=1" (6.19-rc6,
 * backported) can take a fatal #NM in the host when XSTATE_BV[18]=1 is loaded while the guest's
 * IA32_XFD[18]=1.
 */
#ifndef HOST_HAZARD_LIST_H
#define HOST_HAZARD_LIST_H

#include <stdbool.h>

enum hazard {
	HAZARD_SET_XSAVE_UNDER_XFD,
	HAZARD_SET_XFD_OVER_TILES,
	HAZARD_GUEST_XFD_WITHOUT_TILERELEASE,
	NR_HAZARDS,
};

/* The option that takes what can be taken. */
#define HAZARD_OPTION "--allow-hazards"

struct hazard_entry {
	const char *key;
	const char *sequence;
	bool is_optional; /* done where HAZARD_OPTION is given; the others are never done */
};

extern const struct hazard_entry hazard_list[NR_HAZARDS];

#endif
