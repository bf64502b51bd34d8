// SPDX-License-Identifier: MIT
#include "host/machine/perf_group.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/machine/perf_event_name.h"
#include "host/machine/sysfile.h"

#define READ_FORMAT                                                                                \
	(PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING)

const char *const perf_group_default_names[] = {
	"cycles:u",	  "cycles:k",	    "cycles:G", "instructions:u",
	"instructions:k", "instructions:G", "cycles:H", "instructions:H",
};
const size_t perf_group_nr_default_names =
	sizeof(perf_group_default_names) / sizeof(perf_group_default_names[0]);

struct counter {
	char name[64];
	char why[256];
	int fd; /* -1: could not be opened, why says the reason */
};

struct perf_group {
	const struct perf_ops *ops;
	bool is_multiplexing_fine;
	int leader_fd; /* the first that could be opened; -1: none could */
	size_t nr_counters;
	struct counter counters[PERF_GROUP_MAX];
};

static int real_open(struct perf_event_attr *attr, pid_t tid, int cpu, int group_fd,
		     unsigned long flags)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, tid, cpu, group_fd, flags);

	return fd < 0 ? -errno : fd;
}

static long real_read(int fd, void *buf, size_t bytes)
{
	ssize_t got = read(fd, buf, bytes);

	return got < 0 ? -errno : got;
}

static int real_ioctl(int fd, unsigned long request, unsigned long arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

static void real_close(int fd)
{
	close(fd);
}

const struct perf_ops perf_ops_real = {
	.open = real_open,
	.read = real_read,
	.ioctl = real_ioctl,
	.close = real_close,
};

static void explain_permission(const char *sysroot, int code, char *why, size_t size)
{
	static const char path[] = "/proc/sys/kernel/perf_event_paranoid";
	struct sysfile_why unread;
	long level;

	if (sysfile_read_long(sysroot, path, &level, &unread))
		snprintf(why, size, "not permitted (%s); %.192s", strerrorname_np(-code),
			 unread.text);
	else if (level > 1)
		snprintf(why, size,
			 "not permitted (%s): kernel.perf_event_paranoid is %ld; "
			 "sysctl -w kernel.perf_event_paranoid=1",
			 strerrorname_np(-code), level);
	else
		snprintf(why, size,
			 "not permitted (%s) although kernel.perf_event_paranoid is %ld; "
			 "give the process CAP_PERFMON, or allow perf_event_open in the "
			 "container's seccomp profile",
			 strerrorname_np(-code), level);
}

/* What the errors of perf_event_open(2) mean for somebody who wants the counter. */
static void explain(const struct perf_group *group, const char *sysroot, int code, char *why,
		    size_t size)
{
	const char *text;

	switch (code) {
	case -ENOENT:
	case -ENODEV:
	case -EOPNOTSUPP:
		snprintf(why, size, "this machine has no PMU for the event (%s)",
			 strerrorname_np(-code));
		return;
	case -ENOSYS:
		snprintf(why, size, "the kernel was built without CONFIG_PERF_EVENTS (ENOSYS)");
		return;
	case -EACCES:
	case -EPERM:
		explain_permission(sysroot, code, why, size);
		return;
	case -EINVAL:
		if (group->leader_fd >= 0)
			snprintf(why, size,
				 "the PMU has no counter left in the group, or cannot tell the "
				 "event's host from its guest (EINVAL)");
		else
			snprintf(why, size, "the kernel refuses the event's attributes (EINVAL)");
		return;
	case -EBUSY:
		snprintf(why, size, "the PMU is in other hands (EBUSY)");
		return;
	default:
		text = strerrordesc_np(-code);
		snprintf(why, size, "perf_event_open: %s", text ? text : "unknown error");
		return;
	}
}

static void open_counter(struct perf_group *group, struct counter *counter,
			 const struct perf_group_options *options)
{
	struct perf_event_attr attr;
	int fd;

	if (perf_event_parse(counter->name, &attr, counter->why, sizeof(counter->why)))
		return;
	attr.read_format = READ_FORMAT;
	/* Members follow their leader, which is enabled last. */
	attr.disabled = group->leader_fd < 0;
	fd = group->ops->open(&attr, options->tid, -1, group->leader_fd, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0) {
		explain(group, options->sysroot, fd, counter->why, sizeof(counter->why));
		return;
	}
	counter->fd = fd;
	if (group->leader_fd < 0)
		group->leader_fd = fd;
}

int perf_group_create(struct perf_group **group, const struct perf_group_options *options,
		      struct fpb_err *err)
{
	const char *const *names = options->names ? options->names : perf_group_default_names;
	size_t nr_names = options->names ? options->nr_names : perf_group_nr_default_names;
	struct perf_group *g;
	size_t i;

	*group = NULL;
	if (nr_names > PERF_GROUP_MAX)
		return FPB_FAIL(err, -EINVAL, "perf group: %zu events, at most %d fit", nr_names,
				PERF_GROUP_MAX);
	for (i = 0; i < nr_names; i++)
		if (strlen(names[i]) >= sizeof(g->counters[i].name))
			return FPB_FAIL(err, -EINVAL, "perf event \"%.64s\": name too long",
					names[i]);
	g = calloc(1, sizeof(*g));
	if (!g)
		return FPB_FAIL(err, -ENOMEM, "perf group");
	g->ops = options->ops ? options->ops : &perf_ops_real;
	g->is_multiplexing_fine = options->is_multiplexing_fine;
	g->leader_fd = -1;
	g->nr_counters = nr_names;
	for (i = 0; i < nr_names; i++) {
		snprintf(g->counters[i].name, sizeof(g->counters[i].name), "%s", names[i]);
		g->counters[i].fd = -1;
		open_counter(g, &g->counters[i], options);
	}
	*group = g;
	return 0;
}

void perf_group_destroy(struct perf_group *group)
{
	size_t i;

	if (!group)
		return;
	/* Members before their leader: without it each would become a group of its own. */
	for (i = group->nr_counters; i-- > 0;)
		if (group->counters[i].fd >= 0)
			group->ops->close(group->counters[i].fd);
	free(group);
}

size_t perf_group_nr(const struct perf_group *group)
{
	return group->nr_counters;
}

const char *perf_group_name(const struct perf_group *group, size_t i)
{
	return group->counters[i].name;
}

const char *perf_group_why(const struct perf_group *group, size_t i)
{
	return group->counters[i].why;
}

bool perf_group_has_any(const struct perf_group *group)
{
	return group->leader_fd >= 0;
}

static int control(struct perf_group *group, unsigned long request, const char *name,
		   struct fpb_err *err)
{
	int code;

	if (group->leader_fd < 0)
		return 0;
	code = group->ops->ioctl(group->leader_fd, request, PERF_IOC_FLAG_GROUP);
	return code < 0 ? FPB_FAIL(err, code, "%s: %s", name, group->counters[0].name) : 0;
}

int perf_group_enable(struct perf_group *group, struct fpb_err *err)
{
	return control(group, PERF_EVENT_IOC_ENABLE, "PERF_EVENT_IOC_ENABLE", err);
}

int perf_group_disable(struct perf_group *group, struct fpb_err *err)
{
	return control(group, PERF_EVENT_IOC_DISABLE, "PERF_EVENT_IOC_DISABLE", err);
}

int perf_group_read(const struct perf_group *group, struct perf_reading *reading,
		    struct fpb_err *err)
{
	/* struct read_format of perf_event_open(2) for READ_FORMAT. */
	struct {
		uint64_t nr;
		uint64_t time_enabled;
		uint64_t time_running;
		uint64_t values[PERF_GROUP_MAX];
	} raw = { 0 };
	uint64_t nr_open = 0;
	size_t bytes;
	long got;
	size_t i;

	*reading = (struct perf_reading){ 0 };
	if (group->leader_fd < 0)
		return 0;
	for (i = 0; i < group->nr_counters; i++)
		nr_open += group->counters[i].fd >= 0;
	bytes = offsetof(typeof(raw), values) + nr_open * sizeof(raw.values[0]);
	got = group->ops->read(group->leader_fd, &raw, sizeof(raw));
	if (got < 0)
		return FPB_FAIL(err, (int)got, "perf group: read");
	if ((size_t)got != bytes || raw.nr != nr_open)
		return FPB_FAIL(err, -EIO,
				"perf group: read: expected %zu bytes with %llu counters, got %ld "
				"bytes with %llu",
				bytes, (unsigned long long)nr_open, got,
				(unsigned long long)raw.nr);
	reading->time_enabled_ns = raw.time_enabled;
	reading->time_running_ns = raw.time_running;
	/* The leader first, then the members in the order they joined: that of the names. */
	nr_open = 0;
	for (i = 0; i < group->nr_counters; i++)
		if (group->counters[i].fd >= 0)
			reading->values[i] = (struct perf_value){ true, raw.values[nr_open++] };
	return 0;
}

static uint64_t scaled(uint64_t count, uint64_t enabled_ns, uint64_t running_ns)
{
	return (uint64_t)((unsigned __int128)count * enabled_ns / running_ns);
}

int perf_group_difference(const struct perf_group *group, const struct perf_reading *before,
			  const struct perf_reading *after, struct perf_reading *difference,
			  struct fpb_err *err)
{
	uint64_t enabled_ns = after->time_enabled_ns - before->time_enabled_ns;
	uint64_t running_ns = after->time_running_ns - before->time_running_ns;
	size_t i;

	*difference = (struct perf_reading){ 0 };
	if (group->leader_fd < 0)
		return 0;
	if (after->time_enabled_ns < before->time_enabled_ns ||
	    after->time_running_ns < before->time_running_ns || running_ns > enabled_ns)
		return FPB_FAIL(err, -EINVAL, "perf group: the readings are not in order");
	if (!running_ns)
		return FPB_FAIL(err, -ENODATA,
				"perf group: enabled %llu ns and never on the PMU: nothing counted",
				(unsigned long long)enabled_ns);
	if (running_ns < enabled_ns && !group->is_multiplexing_fine)
		return FPB_FAIL(err, -EBUSY,
				"perf group: on the PMU for %llu of %llu ns, so the counts are "
				"partial; ask for fewer events or stop other users of the PMU",
				(unsigned long long)running_ns, (unsigned long long)enabled_ns);
	difference->time_enabled_ns = enabled_ns;
	difference->time_running_ns = running_ns;
	for (i = 0; i < group->nr_counters; i++) {
		if (!before->values[i].has_value || !after->values[i].has_value)
			continue;
		difference->values[i].has_value = true;
		difference->values[i].value = scaled(
			after->values[i].value - before->values[i].value, enabled_ns, running_ns);
	}
	return 0;
}
