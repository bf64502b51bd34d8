// SPDX-License-Identifier: MIT
#include "host/vmm/hazard.h"

#include <errno.h>
#include <stdlib.h>

#include "guest/x86/msr.h"
#include "guest/x86/xsave.h"
#include "host/hazard_list.h"
#include "host/vmm/msr.h"

static bool is_hazard_allowed;

void hazard_allow(bool is_allowed)
{
	is_hazard_allowed = is_allowed;
}

bool hazard_is_allowed(void)
{
	return is_hazard_allowed;
}

int hazard_check_xfd(struct vcpu *vcpu, uint64_t xfd, struct fpb_err *err)
{
	struct xsave_area *area;
	uint64_t xstate_bv;
	int ret;

	if (is_hazard_allowed || !(xfd & XFD_XTILEDATA))
		return 0;
	area = calloc(1, vcpu->xsave_bytes);
	if (!area)
		return FPB_FAIL(err, -ENOMEM, "XSAVE area of %zu bytes", vcpu->xsave_bytes);
	ret = vcpu_get_xsave(vcpu, area, err);
	xstate_bv = area->xstate_bv;
	free(area);
	if (ret < 0)
		return ret;
	if (xstate_bv & XFEATURE_XTILEDATA)
		return FPB_FAIL(
			err, -EPERM,
			"hazard %s: IA32_XFD[18] would be set while the saved state has XSTATE_BV "
			"%#llx; some kernels crash (" HAZARD_OPTION ")",
			hazard_list[HAZARD_SET_XFD_OVER_TILES].key, (unsigned long long)xstate_bv);
	return 0;
}

int hazard_check_xsave(struct vcpu *vcpu, const void *area, struct fpb_err *err)
{
	const struct xsave_area *header = area;
	uint64_t xfd;
	int ret;

	if (is_hazard_allowed || !(header->xstate_bv & XFEATURE_XTILEDATA))
		return 0;
	ret = vcpu_get_msr(vcpu, MSR_IA32_XFD, &xfd, err);
	if (ret)
		return ret;
	if (xfd & XFD_XTILEDATA)
		return FPB_FAIL(err, -EPERM,
				"hazard %s: XSTATE_BV[18] would be loaded while IA32_XFD is %#llx; "
				"some kernels crash (" HAZARD_OPTION ")",
				hazard_list[HAZARD_SET_XSAVE_UNDER_XFD].key,
				(unsigned long long)xfd);
	return 0;
}
