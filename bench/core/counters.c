// SPDX-License-Identifier: MIT
#include "bench/core/counters.h"

#include <errno.h>
#include <stdio.h>

#define EVENTS_PER_SET 4

static const char *const event_names[FPB_NR_COUNTER_SETS][EVENTS_PER_SET] = {
	[FPB_COUNTERS_HOST] = { "cycles:u", "instructions:u", "cycles:k", "instructions:k" },
	[FPB_COUNTERS_GUEST] = { "cycles:G", "instructions:G", "cycles:H", "instructions:H" },
};

int fpb_counters_start(struct fpb_counters *counters, enum fpb_counter_set set, struct fpb_err *err)
{
	const struct perf_group_options options = {
		.names = event_names[set],
		.nr_names = EVENTS_PER_SET,
	};
	int ret;

	*counters = (struct fpb_counters){ 0 };
	ret = perf_group_create(&counters->group, &options, err);
	if (ret || !perf_group_has_any(counters->group))
		return ret;
	ret = perf_group_enable(counters->group, err);
	if (!ret)
		ret = perf_group_read(counters->group, &counters->before, err);
	counters->is_counting = !ret;
	return ret;
}

/* "cycles:u" -> "cycles_u". */
static void evidence_key(const char *name, char *key, size_t bytes)
{
	snprintf(key, bytes, "%s", name);
	for (; *key; key++) {
		if (*key == ':' || *key == '-')
			*key = '_';
	}
}

static int add_evidence(const struct fpb_counters *counters, const struct perf_reading *counted,
			struct fpb_observation *obs)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < perf_group_nr(counters->group); i++) {
		char key[64];

		if (!counted->values[i].has_value)
			continue;
		evidence_key(perf_group_name(counters->group, i), key, sizeof(key));
		ret = fpb_observation_add_evidence(obs, key, (json_int_t)counted->values[i].value);
	}
	return ret;
}

int fpb_counters_stop(struct fpb_counters *counters, struct fpb_observation *obs,
		      struct fpb_err *err)
{
	struct perf_reading after, counted;
	struct fpb_err lost = { 0 };
	int ret;

	if (!counters->is_counting)
		return 0;
	ret = perf_group_read(counters->group, &after, err);
	if (ret)
		return ret;
	/* Another user of the PMU may push our group off it: the times are good all the same. */
	ret = perf_group_difference(counters->group, &counters->before, &after, &counted, &lost);
	if (ret == -EBUSY || ret == -ENODATA)
		ret = fpb_observation_add_flag(obs, "pmu-multiplexed");
	else if (!ret)
		ret = add_evidence(counters, &counted, obs);
	return ret ? FPB_FAIL(err, ret, "PMU counters: %s", lost.text) : 0;
}

void fpb_counters_close(struct fpb_counters *counters)
{
	perf_group_destroy(counters->group);
	*counters = (struct fpb_counters){ 0 };
}
