// SPDX-License-Identifier: MIT
#include "host/machine/hazards.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "guest/x86/cpuid.h"
#include "host/hazard_list.h"

#define XTILEDATA 18

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

/* Whether processor and KVM can get there at all; if not, state says why. */
static bool is_reachable(const json_t *environment, char *state, size_t size)
{
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
	return true;
}

static bool judge(const json_t *environment, char *state, size_t size)
{
	const char *release = json_string_value(json_object_get(environment, "kernel_release"));

	if (!is_reachable(environment, state, size))
		return false;
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
		json_t *hazard = json_pack("{s:s, s:s, s:b, s:s, s:b, s:s}", "key",
					   hazard_list[i].key, "sequence", hazard_list[i].sequence,
					   "affected", is_affected, "state", state, "avoided", true,
					   "override",
					   hazard_list[i].is_optional ? HAZARD_OPTION : "");

		if (json_array_append_new(array, hazard)) {
			json_decref(array);
			(void)FPB_FAIL(err, -ENOMEM, "hazards");
			return NULL;
		}
	}
	return array;
}

json_t *hazards_avoided(const json_t *environment, bool is_allowed)
{
	json_t *array = json_array();
	char state[384];

	if (!is_reachable(environment, state, sizeof(state)))
		return array;
	for (size_t i = 0; array && i < NR_HAZARDS; i++) {
		if (is_allowed && hazard_list[i].is_optional)
			continue;
		if (json_array_append_new(array, json_string(hazard_list[i].key))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}
