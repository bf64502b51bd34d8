/* SPDX-License-Identifier: MIT */
/*
 * perf_group.h - counters of one thread by perf_event_open(2), read together.
 *
 * A counter that cannot be had is no error: it stays in the group without a value and with the
 * reason, and reads as "no value", never as 0. So a machine without a PMU gives a group in which
 * every counter has a reason.
 *
 * Names are EVENT[:MODIFIERS]. Modifiers are perf's letters, but u and k mean the host's user space
 * and kernel, so that u + k = H:
 *	u  ring 3 of the host		k  ring 0 of the host
 *	G  the guest, every ring	H  the host, every ring
 *	uG, kG  ring 3, ring 0 of the guest; no modifier: all of it
 * Events known without help: cycles, instructions, ref-cycles, branches, branch-misses,
 * cache-references, cache-misses, task-clock, context-switches, cpu-migrations, page-faults. Every
 * other name goes to libpfm4 where the build found it.
 */
#ifndef HOST_MACHINE_PERF_GROUP_H
#define HOST_MACHINE_PERF_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/err.h"

#define PERF_GROUP_MAX 16

struct perf_event_attr;

/* The system calls, in a table so that tests can fail each. They return a value >= 0 or -errno. */
struct perf_ops {
	int (*open)(struct perf_event_attr *attr, pid_t tid, int cpu, int group_fd,
		    unsigned long flags);
	long (*read)(int fd, void *buf, size_t bytes);
	int (*ioctl)(int fd, unsigned long request, unsigned long arg);
	void (*close)(int fd);
};

extern const struct perf_ops perf_ops_real;

/*
 * cycles and instructions, each :u :k :G, then each :H. A PMU with few counters refuses the last:
 * the sums, which u + k replaces.
 */
extern const char *const perf_group_default_names[];
extern const size_t perf_group_nr_default_names;

struct perf_group_options {
	const char *const *names;   /* NULL: the default set */
	size_t nr_names;	    /* <= PERF_GROUP_MAX */
	pid_t tid;		    /* the thread to count; 0: the calling one */
	bool is_multiplexing_fine;  /* scale up counts of a group that ran part of the time */
	const struct perf_ops *ops; /* NULL: perf_ops_real */
	const char *sysroot;	    /* prefix of /proc, for reasons; NULL: none */
};

struct perf_group;

/*
 * Opens what can be opened, disabled. The first that can is the group's leader, so that none drags
 * the others down. -EINVAL: too many names, or one of 64 bytes and more. *group is NULL on failure.
 */
int perf_group_create(struct perf_group **group, const struct perf_group_options *options,
		      struct fpb_err *err) FPB_MUST_CHECK;
void perf_group_destroy(struct perf_group *group);

/* In the order of the names. why is "" for a counter that was opened. */
size_t perf_group_nr(const struct perf_group *group);
const char *perf_group_name(const struct perf_group *group, size_t i);
const char *perf_group_why(const struct perf_group *group, size_t i);
bool perf_group_has_any(const struct perf_group *group);

/* Count from here, and stop counting. 0 for a group without any counter. */
int perf_group_enable(struct perf_group *group, struct fpb_err *err) FPB_MUST_CHECK;
int perf_group_disable(struct perf_group *group, struct fpb_err *err) FPB_MUST_CHECK;

struct perf_value {
	bool has_value;
	uint64_t value; /* 0 and meaningless without has_value */
};

/* Counts since the group was created; see perf_group_difference() for those of an interval. */
struct perf_reading {
	uint64_t time_enabled_ns;
	uint64_t time_running_ns; /* on the PMU; less than enabled means multiplexed */
	struct perf_value values[PERF_GROUP_MAX];
};

/*
 * Raw counts as the kernel gives them, unscaled. One read(2). A group without any counter gives a
 * reading without values. -EIO: a short read, or one of a shape that was not asked for.
 */
int perf_group_read(const struct perf_group *group, struct perf_reading *reading,
		    struct fpb_err *err) FPB_MUST_CHECK;

/*
 * What was counted between two readings of one group, into *difference. -EBUSY if the group was
 * multiplexed in between and that is not fine; if it is fine, counts are scaled by
 * enabled / running. -ENODATA if the group was not enabled or never reached the PMU in between:
 * such a 0 counts nothing. -EINVAL: after is older than before.
 */
int perf_group_difference(const struct perf_group *group, const struct perf_reading *before,
			  const struct perf_reading *after, struct perf_reading *difference,
			  struct fpb_err *err) FPB_MUST_CHECK;

#endif
