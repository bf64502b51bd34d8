/* SPDX-License-Identifier: MIT */
/*
 * checkup_priv.h - one finding under construction, shared by the files of checkup.h.
 *
 * A judge gets a finding with the value, why, and ok = "the value is known"; it decides on ok, and
 * adds to why and fix. Memory that runs out shows as a value of NULL.
 */
#ifndef HOST_MACHINE_CHECKUP_PRIV_H
#define HOST_MACHINE_CHECKUP_PRIV_H

#include "host/machine/checkup.h"
#include "host/machine/sysfile.h"

struct finding {
	const struct checkup_options *options;
	json_t *value;
	bool is_ok;
	char why[1024];
	char fix[256];
};

struct check {
	const char *key;
	/* The value is the environment's field of the same name, unless the judge finds another. */
	bool is_in_environment;
	const char *why;
	void (*judge)(struct finding *finding);
};

/* Ended by a NULL key. */
extern const struct check checkup_processor[];
extern const struct check checkup_kernel[];
extern const struct check checkup_kvm[];

/* Takes the reference to value. */
void finding_set(struct finding *finding, json_t *value);
/* No value, not ok; why ends in the reason. */
void finding_set_unknown(struct finding *finding, const char *reason);
/* The number in a file of its own, or unknown. False: unknown. */
bool finding_set_file_number(struct finding *finding, const char *path, long *value);

/* One more sentence. */
void finding_explain(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void finding_fix(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Text of a field of the environment; NULL if it is null. */
const char *finding_environment(const struct finding *finding, const char *key);
bool finding_has_file(const struct finding *finding, const char *path);
/* Whether the first processor of /proc/cpuinfo has the flag. */
bool finding_has_cpu_flag(const struct finding *finding, const char *flag);

#endif
