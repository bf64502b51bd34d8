// SPDX-License-Identifier: MIT
#include "host/machine/hazards.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "guest/x86/cpuid.h"

#define XTILEDATA 18

static const struct {
	const char *key;
	const char *sequence;
} hazards[] = {
	{ "set_xsave_under_xfd",
	  "KVM_SET_XSAVE with XSTATE_BV[18]=1 while the vCPU's IA32_XFD[18]=1" },
	{ "set_xfd_over_tiles", "KVM_SET_MSRS of IA32_XFD with bit 18 (priming included) while the "
				"vCPU's saved state has XSTATE_BV[18]=1" },
	{ "guest_xfd_without_tilerelease",
	  "a guest that sets IA32_XFD[18] with tiles in use, without TILERELEASE before it" },
};

#define NR_HAZARDS (sizeof(hazards) / sizeof(hazards[0]))

/* Register `name` of a subleaf of 0xD; 0 where there is none. */
static json_int_t xsave_leaf(const json_t *environment, json_int_t index, const char *name)
{
	const json_t *leaves = json_object_get(environment, "cpuid_0xd");

	for (size_t i = 0; i < json_array_size(leaves); i++) {
		const json_t *leaf = json_array_get(leaves, i);

		if (json_integer_value(json_object_get(leaf, "index")) == index)
			return json_integer_value(json_object_get(leaf, name));
	}
	return 0;
}

/*
 * Whether the release is one of upstream's from 6.19-rc6 on. Earlier ones may have the fix as a
 * backport, which the number does not tell.
 */
static bool has_fix(const char *release)
{
	unsigned int major, minor, rc;
	const char *rc_text;

	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	if (major != 6 || minor != 19)
		return major > 6 || (major == 6 && minor > 19);
	rc_text = strstr(release, "-rc");
	return !rc_text || (sscanf(rc_text, "-rc%u", &rc) == 1 && rc >= 6);
}

static bool judge(const json_t *environment, char *state, size_t size)
{
	const char *release = json_string_value(json_object_get(environment, "kernel_release"));
	const json_int_t d1 = xsave_leaf(environment, 1, "eax");
	const json_int_t tiles = xsave_leaf(environment, XTILEDATA, "ecx");

	if (!(d1 & CPUID_D1_EAX_XFD)) {
		snprintf(state, size,
			 "cannot happen: no XFD, CPUID.(0xD,1):EAX[4] is 0, EAX read %#llx",
			 (unsigned long long)d1);
		return false;
	}
	if (!(tiles & CPUID_DI_ECX_XFD)) {
		snprintf(state, size,
			 "cannot happen: XFD does not cover tile data, CPUID.(0xD,18):ECX[2] is 0, "
			 "ECX read %#llx",
			 (unsigned long long)tiles);
		return false;
	}
	if (!json_is_string(json_object_get(environment, "kvm_backend"))) {
		snprintf(state, size, "cannot happen: there is no KVM here");
		return false;
	}
	if (has_fix(release)) {
		snprintf(state, size, "fixed: Linux %s has the fix of 6.19-rc6", release);
		return false;
	}
	snprintf(state, size,
		 "possible: XFD covers tile data, and Linux %s has the fix of 6.19-rc6 only if it "
		 "was backported",
		 release ? release : "of unknown release");
	return true;
}

json_t *hazards_create(const json_t *environment, struct fpb_err *err)
{
	json_t *array = json_array();
	char state[384];
	bool is_affected = judge(environment, state, sizeof(state));

	for (size_t i = 0; i < NR_HAZARDS; i++) {
		json_t *hazard = json_pack("{s:s, s:s, s:b, s:s, s:b, s:s}", "key", hazards[i].key,
					   "sequence", hazards[i].sequence, "affected", is_affected,
					   "state", state, "avoided", true, "override",
					   "--allow-hazards");

		if (json_array_append_new(array, hazard)) {
			json_decref(array);
			(void)FPB_FAIL(err, -ENOMEM, "hazards");
			return NULL;
		}
	}
	return array;
}
