// SPDX-License-Identifier: MIT
#include "host/machine/disturbance.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/machine/sysfile.h"

#define UNKNOWN (-1)

/* "cpuN" and ten numbers of 20 digits: no line of /proc/stat's first part is longer. */
#define STAT_LINE_BYTES 220u
enum { STAT_IDLE = 3, STAT_IOWAIT, STAT_STEAL = 7, STAT_NR_FIELDS };
/* nr_migrations stands among the first lines. */
#define SCHED_BYTES 2048u

static int open_beneath(const char *sysroot, const char *path)
{
	char *full = sysfile_path(sysroot, path);
	int fd = full ? open(full, O_RDONLY | O_CLOEXEC) : -1;

	free(full);
	return fd;
}

void disturbance_open(struct disturbance_watch *watch, int cpu, const char *sysroot)
{
	*watch = (struct disturbance_watch){ .cpu = cpu, .stat_fd = -1 };
	watch->sched_fd = open_beneath(sysroot, "/proc/thread-self/sched");
	if (cpu < 0)
		return;
	/* The total's line, one per CPU up to ours, and the terminator. */
	watch->stat_bytes = ((size_t)cpu + 2) * STAT_LINE_BYTES + 1;
	watch->stat_text = malloc(watch->stat_bytes);
	if (watch->stat_text)
		watch->stat_fd = open_beneath(sysroot, "/proc/stat");
}

void disturbance_close(struct disturbance_watch *watch)
{
	if (watch->sched_fd >= 0)
		close(watch->sched_fd);
	if (watch->stat_fd >= 0)
		close(watch->stat_fd);
	free(watch->stat_text);
	*watch = (struct disturbance_watch){ .cpu = -1, .sched_fd = -1, .stat_fd = -1 };
}

/* From the start each time: /proc makes the text anew for offset 0. */
static bool reread(int fd, char *text, size_t bytes)
{
	ssize_t got = fd < 0 ? -1 : pread(fd, text, bytes - 1, 0);

	if (got < 0)
		return false;
	text[got] = '\0';
	return true;
}

/* "se.nr_migrations      :      0" */
static int64_t read_migrations(const struct disturbance_watch *watch)
{
	char text[SCHED_BYTES];
	const char *line;

	if (!reread(watch->sched_fd, text, sizeof(text)))
		return UNKNOWN;
	line = strstr(text, "nr_migrations");
	line = line ? strchr(line, ':') : NULL;
	return line ? strtoll(line + 1, NULL, 10) : UNKNOWN;
}

/* "cpu1 user nice system idle iowait irq softirq steal guest guest_nice" */
static void read_stat(const struct disturbance_watch *watch, struct disturbance_snapshot *snapshot)
{
	long long value[STAT_NR_FIELDS];
	char label[24];
	char *at, *end;

	if (!reread(watch->stat_fd, watch->stat_text, watch->stat_bytes))
		return;
	snprintf(label, sizeof(label), "\ncpu%d ", watch->cpu);
	at = strstr(watch->stat_text, label);
	if (!at)
		return;
	at += strlen(label);
	for (int field = 0; field < STAT_NR_FIELDS; field++) {
		value[field] = strtoll(at, &end, 10);
		/* Kernels before 2.6.11 end the line earlier, and so would a torn read. */
		if (end == at || (*end != ' ' && *end != '\n'))
			return;
		if (*end == '\n' && field < STAT_NR_FIELDS - 1)
			return;
		at = end;
	}
	snapshot->idle_ticks = value[STAT_IDLE] + value[STAT_IOWAIT];
	snapshot->steal_ticks = value[STAT_STEAL];
}

void disturbance_snapshot(const struct disturbance_watch *watch,
			  struct disturbance_snapshot *snapshot)
{
	struct rusage usage;

	snapshot->nr_involuntary_switches = getrusage(RUSAGE_THREAD, &usage) ? UNKNOWN
									     : usage.ru_nivcsw;
	snapshot->nr_migrations = read_migrations(watch);
	snapshot->idle_ticks = snapshot->steal_ticks = UNKNOWN;
	read_stat(watch, snapshot);
	snapshot->cpu = sched_getcpu();
}

static int64_t grown(int64_t before, int64_t after)
{
	if (before < 0 || after < 0)
		return UNKNOWN;
	/* steal_ticks may step back by one when the hypervisor corrects it. */
	return after > before ? after - before : 0;
}

struct disturbance disturbance_between(const struct disturbance_snapshot *before,
				       const struct disturbance_snapshot *after)
{
	struct disturbance d = {
		.nr_involuntary_switches =
			grown(before->nr_involuntary_switches, after->nr_involuntary_switches),
		.nr_migrations = grown(before->nr_migrations, after->nr_migrations),
		.steal_ticks = grown(before->steal_ticks, after->steal_ticks),
		.idle_ticks = grown(before->idle_ticks, after->idle_ticks),
	};

	if (d.nr_migrations < 0 && before->cpu >= 0 && after->cpu >= 0)
		d.nr_migrations = before->cpu != after->cpu;
	return d;
}

bool disturbance_is_any(const struct disturbance *disturbance)
{
	return disturbance->nr_involuntary_switches > 0 || disturbance->nr_migrations > 0 ||
	       disturbance->steal_ticks > 0;
}

void switch_counts_read(struct switch_counts *counts)
{
	struct rusage usage = { 0 };

	(void)getrusage(RUSAGE_THREAD, &usage);
	counts->nr_voluntary = usage.ru_nvcsw;
	counts->nr_involuntary = usage.ru_nivcsw;
}

bool switch_counts_tell_preemption(const struct switch_counts *before,
				   const struct switch_counts *after)
{
	return after->nr_involuntary > before->nr_involuntary &&
	       after->nr_voluntary == before->nr_voluntary;
}
