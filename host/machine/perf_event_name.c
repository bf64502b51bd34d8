// SPDX-License-Identifier: MIT
#include "host/machine/perf_event_name.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 128

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
	{ "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
};

/*
 * Without G or H a ring means the host's: counting the guest's ring 0 under "k" would mix the two
 * things that are to be told apart.
 */
static void set_modifiers(const char *modifiers, struct perf_event_attr *attr)
{
	bool has_ring = strpbrk(modifiers, "uk");
	bool has_side = strpbrk(modifiers, "GH");

	attr->exclude_user = has_ring && !strchr(modifiers, 'u');
	attr->exclude_kernel = has_ring && !strchr(modifiers, 'k');
	attr->exclude_hv = has_ring;
	attr->exclude_host = has_side && !strchr(modifiers, 'H');
	attr->exclude_guest = has_side ? !strchr(modifiers, 'G') : has_ring;
}

static int find_event(const char *name, struct perf_event_code *code, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		*code = (struct perf_event_code){ .type = known[i].type,
						  .config = known[i].config };
		return 0;
	}
	return perf_event_pfm(name, code, why, size);
}

int perf_event_parse(const char *name, struct perf_event_attr *attr, char *why, size_t size)
{
	const char *colon = strrchr(name, ':');
	const char *modifiers = "";
	struct perf_event_code event;
	char bare[NAME_BYTES];
	size_t length = strlen(name);
	int code;

	memset(attr, 0, sizeof(*attr));
	/* libpfm4 uses colons for unit masks too: only a tail of our letters is ours. */
	if (colon && colon[1] && strspn(colon + 1, "ukGH") == strlen(colon + 1)) {
		modifiers = colon + 1;
		length = (size_t)(colon - name);
	}
	if (!length || length >= sizeof(bare)) {
		snprintf(why, size, "expected EVENT[:MODIFIERS], read \"%.64s\"", name);
		return -EINVAL;
	}
	memcpy(bare, name, length);
	bare[length] = '\0';
	code = find_event(bare, &event, why, size);
	if (code)
		return code;
	attr->size = sizeof(*attr);
	attr->type = event.type;
	attr->config = event.config;
	attr->config1 = event.config1;
	attr->config2 = event.config2;
	set_modifiers(modifiers, attr);
	return 0;
}
