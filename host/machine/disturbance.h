/* SPDX-License-Identifier: MIT */
/*
 * disturbance.h - what the system did to the measuring thread between two points in time.
 *
 * Used to flag figures, never to drop them. Steal time is counted in steps of 10 ms and booked late,
 * so it can be told of a whole sample but not of one batch. Counts are -1 where the machine does not tell.
 *
 *	disturbance_open(&watch, cpu, NULL);
 *	disturbance_snapshot(&watch, &before);
 *	... a sample ...
 *	disturbance_snapshot(&watch, &after);
 *	d = disturbance_between(&before, &after);
 */
#ifndef HOST_MACHINE_DISTURBANCE_H
#define HOST_MACHINE_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors kept open for the life of the watch; -1 for a source this machine lacks. */
struct disturbance_watch {
	int cpu;
	int sched_fd; /* /proc/thread-self/sched */
	int stat_fd;  /* /proc/stat */
	char *stat_text;
	size_t stat_bytes;
};

struct disturbance_snapshot {
	int64_t nr_involuntary_switches;
	int64_t nr_migrations; /* -1: only the CPU is known */
	int64_t steal_ticks;   /* of the watched CPU, USER_HZ ticks: 10 ms on x86 */
	int64_t idle_ticks;    /* likewise: the time in which it ran nothing */
	int cpu;	       /* where the thread was */
};

struct disturbance {
	int64_t nr_involuntary_switches;
	int64_t nr_migrations; /* at least; exact where the kernel counts them */
	int64_t steal_ticks;
	int64_t idle_ticks; /* no disturbance as such: the thread may have slept */
};

/*
 * Opens the sources of the CALLING thread, which is also the one that must take the snapshots.
 * cpu: the CPU it is pinned to, whose steal time is watched; -1: none is. sysroot: prefix of /proc,
 * NULL for none. Never fails: a source that cannot be opened is one that reads -1. On bare metal
 * there is no steal time, and /proc/stat, dear on large machines, is left alone: pass cpu -1.
 */
void disturbance_open(struct disturbance_watch *watch, int cpu, const char *sysroot);
void disturbance_close(struct disturbance_watch *watch);

/* Three system calls at most, no allocation. Not for inside a timed region. */
void disturbance_snapshot(const struct disturbance_watch *watch,
			  struct disturbance_snapshot *snapshot);

struct disturbance disturbance_between(const struct disturbance_snapshot *before,
				       const struct disturbance_snapshot *after);

/* Something was seen. Unknown counts say nothing. */
bool disturbance_is_any(const struct disturbance *disturbance);

/* The same question about one batch, by one cheap system call at each end. */
struct switch_counts {
	long nr_voluntary;
	long nr_involuntary;
};

/* Of the calling thread; zeroes where the kernel does not tell. */
void switch_counts_read(struct switch_counts *counts);

/*
 * The thread lost its CPU in between. Not where it also went to sleep by itself: whoever takes
 * turns with other threads is switched by its own doing.
 */
bool switch_counts_tell_preemption(const struct switch_counts *before,
				   const struct switch_counts *after);

#endif
