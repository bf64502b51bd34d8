// SPDX-License-Identifier: MIT
#include "host/hazard_list.h"

const struct hazard_entry hazard_list[NR_HAZARDS] = {
	[HAZARD_SET_XSAVE_UNDER_XFD] = {
		"set_xsave_under_xfd",
		"KVM_SET_XSAVE with XSTATE_BV[18]=1 while the vCPU's IA32_XFD[18]=1",
		true,
	},
	[HAZARD_SET_XFD_OVER_TILES] = {
		"set_xfd_over_tiles",
		"KVM_SET_MSRS of IA32_XFD with bit 18 (priming included) while the vCPU's saved state "
		"has XSTATE_BV[18]=1",
		true,
	},
	[HAZARD_GUEST_XFD_WITHOUT_TILERELEASE] = {
		"guest_xfd_without_tilerelease",
		"a guest that sets IA32_XFD[18] with tiles in use, without TILERELEASE before it",
		false,
	},
};
