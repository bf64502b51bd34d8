// SPDX-License-Identifier: MIT
/* The group logic against a PMU that does as it is told, and once against this kernel. */
#include <errno.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "host/machine/perf_event_name.h"
#include "host/machine/perf_group.h"

#define FIRST_FD 100
#define MAX_OPEN 32

/* The n-th open gets descriptor FIRST_FD + n. */
static struct {
	int open_code[MAX_OPEN]; /* -errno of the n-th open, 0 to let it succeed */
	int ioctl_code;
	long read_code;
	long cut_bytes; /* taken off what read gives */
	uint64_t extra_nr;
	uint64_t time_enabled, time_running;
	uint64_t first_value; /* counters count first_value, twice that, three times .. */

	int nr_opens;
	struct perf_event_attr attrs[MAX_OPEN];
	int group_fds[MAX_OPEN];
	pid_t tid;
	int cpu;
	unsigned long flags;
	int nr_alive;
	int closed[MAX_OPEN];
	int nr_closed;
	unsigned long ioctl_request, ioctl_arg;
	int ioctl_fd;
	int read_fd;
} pmu;

static int fake_open(struct perf_event_attr *attr, pid_t tid, int cpu, int group_fd,
		     unsigned long flags)
{
	int n = pmu.nr_opens++;

	assert_true(n < MAX_OPEN);
	pmu.attrs[n] = *attr;
	pmu.group_fds[n] = group_fd;
	pmu.tid = tid;
	pmu.cpu = cpu;
	pmu.flags = flags;
	if (pmu.open_code[n])
		return pmu.open_code[n];
	pmu.nr_alive++;
	return FIRST_FD + n;
}

static long fake_read(int fd, void *buf, size_t bytes)
{
	uint64_t raw[3 + MAX_OPEN] = { (uint64_t)pmu.nr_alive + pmu.extra_nr, pmu.time_enabled,
				       pmu.time_running };
	size_t length = (3 + (size_t)pmu.nr_alive) * sizeof(raw[0]) - (size_t)pmu.cut_bytes;
	int i;

	pmu.read_fd = fd;
	if (pmu.read_code)
		return pmu.read_code;
	for (i = 0; i < pmu.nr_alive; i++)
		raw[3 + i] = pmu.first_value * (uint64_t)(i + 1);
	assert_true(length <= bytes);
	memcpy(buf, raw, length);
	return (long)length;
}

static int fake_ioctl(int fd, unsigned long request, unsigned long arg)
{
	pmu.ioctl_fd = fd;
	pmu.ioctl_request = request;
	pmu.ioctl_arg = arg;
	return pmu.ioctl_code;
}

static void fake_close(int fd)
{
	assert_true(pmu.nr_closed < MAX_OPEN);
	pmu.closed[pmu.nr_closed++] = fd;
	pmu.nr_alive--;
}

static const struct perf_ops fake_ops = {
	.open = fake_open,
	.read = fake_read,
	.ioctl = fake_ioctl,
	.close = fake_close,
};

static const char *const three[] = { "cycles:u", "instructions:k", "branches:G" };

static struct perf_group *make(const char *const *names, size_t nr_names, bool is_multiplexing_fine)
{
	struct perf_group_options options = {
		.names = names,
		.nr_names = nr_names,
		.tid = 42,
		.is_multiplexing_fine = is_multiplexing_fine,
		.ops = &fake_ops,
		.sysroot = FPB_FIXTURES "/machines/server-amx",
	};
	struct fpb_err err = { 0 };
	struct perf_group *group;

	if (perf_group_create(&group, &options, &err))
		fail_msg("%s", err.text);
	return group;
}

static int reset_pmu(void **state)
{
	(void)state;
	memset(&pmu, 0, sizeof(pmu));
	pmu.time_enabled = 1000;
	pmu.time_running = 1000;
	pmu.first_value = 7;
	return 0;
}

static void opens_members_behind_the_leader(void **state)
{
	struct perf_group *group = make(three, 3, false);

	(void)state;
	assert_int_equal(pmu.nr_opens, 3);
	assert_int_equal(pmu.tid, 42);
	assert_int_equal(pmu.cpu, -1);
	assert_int_equal(pmu.flags, PERF_FLAG_FD_CLOEXEC);
	assert_int_equal(pmu.group_fds[0], -1);
	assert_int_equal(pmu.group_fds[1], FIRST_FD);
	assert_int_equal(pmu.group_fds[2], FIRST_FD);
	assert_true(pmu.attrs[0].disabled);
	assert_false(pmu.attrs[1].disabled);
	assert_int_equal(pmu.attrs[0].read_format, PERF_FORMAT_GROUP |
							   PERF_FORMAT_TOTAL_TIME_ENABLED |
							   PERF_FORMAT_TOTAL_TIME_RUNNING);
	assert_true(perf_group_has_any(group));
	assert_int_equal(perf_group_nr(group), 3);
	assert_string_equal(perf_group_name(group, 2), "branches:G");
	assert_string_equal(perf_group_why(group, 2), "");
	perf_group_destroy(group);
	assert_int_equal(pmu.nr_alive, 0);
	assert_int_equal(pmu.closed[2], FIRST_FD); /* the leader last */
	perf_group_destroy(NULL);
}

static void modifiers_split_host_and_guest(void **state)
{
	static const struct {
		const char *name;
		unsigned int user, kernel, host, guest; /* excluded */
	} cases[] = {
		{ "cycles", 0, 0, 0, 0 },    { "cycles:u", 0, 1, 0, 1 },
		{ "cycles:k", 1, 0, 0, 1 },  { "cycles:uk", 0, 0, 0, 1 },
		{ "cycles:G", 0, 0, 1, 0 },  { "cycles:H", 0, 0, 0, 1 },
		{ "cycles:uG", 0, 1, 1, 0 }, { "cycles:kG", 1, 0, 1, 0 },
		{ "cycles:GH", 0, 0, 0, 0 },
	};
	struct perf_event_attr attr;
	char why[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(perf_event_parse(cases[i].name, &attr, why, sizeof(why)), 0);
		assert_int_equal(attr.size, sizeof(attr));
		assert_int_equal(attr.type, PERF_TYPE_HARDWARE);
		assert_int_equal(attr.config, PERF_COUNT_HW_CPU_CYCLES);
		if (attr.exclude_user != cases[i].user || attr.exclude_kernel != cases[i].kernel ||
		    attr.exclude_host != cases[i].host || attr.exclude_guest != cases[i].guest)
			fail_msg("%s: excludes user %u kernel %u host %u guest %u", cases[i].name,
				 (unsigned int)attr.exclude_user, (unsigned int)attr.exclude_kernel,
				 (unsigned int)attr.exclude_host, (unsigned int)attr.exclude_guest);
	}
	assert_int_equal(perf_event_parse(":u", &attr, why, sizeof(why)), -EINVAL);
	assert_int_equal(perf_event_parse("", &attr, why, sizeof(why)), -EINVAL);
	assert_int_equal(perf_event_parse("no-such-event-anywhere", &attr, why, sizeof(why)),
			 -ENOENT);
	assert_non_null(strstr(why, "no-such-event-anywhere"));
}

static void default_set_is_split_and_ends_with_the_sums(void **state)
{
	struct perf_group *group = make(NULL, 0, false);

	(void)state;
	assert_int_equal(perf_group_nr(group), 8);
	assert_string_equal(perf_group_name(group, 0), "cycles:u");
	assert_string_equal(perf_group_name(group, 5), "instructions:G");
	assert_string_equal(perf_group_name(group, 6), "cycles:H");
	assert_string_equal(perf_group_name(group, 7), "instructions:H");
	perf_group_destroy(group);
}

static void reads_values_in_the_order_of_the_names(void **state)
{
	struct perf_group *group = make(three, 3, false);
	struct perf_reading before, after, difference;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(perf_group_enable(group, &err), 0);
	assert_int_equal(pmu.ioctl_fd, FIRST_FD);
	assert_int_equal(pmu.ioctl_request, PERF_EVENT_IOC_ENABLE);
	assert_int_equal(pmu.ioctl_arg, PERF_IOC_FLAG_GROUP);
	assert_int_equal(perf_group_read(group, &before, &err), 0);
	assert_int_equal(pmu.read_fd, FIRST_FD);
	pmu.first_value = 107;
	pmu.time_enabled = pmu.time_running = 1500;
	assert_int_equal(perf_group_read(group, &after, &err), 0);
	assert_int_equal(after.values[2].value, 321);
	assert_int_equal(perf_group_difference(group, &before, &after, &difference, &err), 0);
	assert_int_equal(difference.time_enabled_ns, 500);
	assert_int_equal(difference.values[0].value, 100);
	assert_int_equal(difference.values[1].value, 200);
	assert_int_equal(difference.values[2].value, 300);
	assert_true(difference.values[2].has_value);
	assert_false(difference.values[3].has_value);
	assert_int_equal(perf_group_disable(group, &err), 0);
	assert_int_equal(pmu.ioctl_request, PERF_EVENT_IOC_DISABLE);
	perf_group_destroy(group);
}

static void without_its_first_the_second_leads(void **state)
{
	struct perf_reading reading;
	struct fpb_err err = { 0 };
	struct perf_group *group;

	(void)state;
	pmu.open_code[0] = -ENOENT;
	group = make(three, 3, false);
	assert_int_equal(pmu.group_fds[1], -1);
	assert_true(pmu.attrs[1].disabled);
	assert_int_equal(pmu.group_fds[2], FIRST_FD + 1);
	assert_non_null(strstr(perf_group_why(group, 0), "no PMU"));
	assert_int_equal(perf_group_read(group, &reading, &err), 0);
	assert_false(reading.values[0].has_value);
	assert_int_equal(reading.values[1].value, 7);
	assert_int_equal(reading.values[2].value, 14);
	perf_group_destroy(group);
	assert_int_equal(pmu.nr_alive, 0);
}

static void a_member_that_fails_leaves_the_others(void **state)
{
	struct perf_reading reading;
	struct fpb_err err = { 0 };
	struct perf_group *group;

	(void)state;
	pmu.open_code[1] = -EINVAL;
	group = make(three, 3, false);
	assert_non_null(strstr(perf_group_why(group, 1), "no counter left"));
	assert_int_equal(perf_group_read(group, &reading, &err), 0);
	assert_true(reading.values[0].has_value);
	assert_false(reading.values[1].has_value);
	assert_int_equal(reading.values[2].value, 14);
	perf_group_destroy(group);

	reset_pmu(NULL);
	pmu.open_code[2] = -EBUSY;
	group = make(three, 3, false);
	assert_non_null(strstr(perf_group_why(group, 2), "EBUSY"));
	assert_int_equal(perf_group_read(group, &reading, &err), 0);
	assert_int_equal(reading.values[1].value, 14);
	assert_false(reading.values[2].has_value);
	perf_group_destroy(group);
}

static void every_errno_has_a_reason(void **state)
{
	static const struct {
		int code;
		const char *text;
	} cases[] = {
		{ -ENOENT, "no PMU" },
		{ -EOPNOTSUPP, "no PMU" },
		{ -ENODEV, "no PMU" },
		{ -ENOSYS, "CONFIG_PERF_EVENTS" },
		{ -EACCES, "kernel.perf_event_paranoid is 3; sysctl -w "
			   "kernel.perf_event_paranoid=1" },
		{ -EPERM, "not permitted (EPERM)" },
		{ -EINVAL, "refuses the event's attributes" },
		{ -EMFILE, "Too many open files" },
		{ -524, "unknown error" },
	};
	struct perf_group *group;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reset_pmu(NULL);
		pmu.open_code[0] = cases[i].code;
		group = make(three, 1, false);
		if (!strstr(perf_group_why(group, 0), cases[i].text))
			fail_msg("%d: %s", cases[i].code, perf_group_why(group, 0));
		perf_group_destroy(group);
	}
}

static void without_any_counter_everything_reads_as_nothing(void **state)
{
	struct perf_reading reading, difference;
	struct fpb_err err = { 0 };
	struct perf_group *group;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		pmu.open_code[i] = -ENOENT;
	group = make(three, 3, false);
	assert_false(perf_group_has_any(group));
	assert_int_equal(perf_group_enable(group, &err), 0);
	assert_int_equal(perf_group_read(group, &reading, &err), 0);
	assert_int_equal(perf_group_difference(group, &reading, &reading, &difference, &err), 0);
	assert_int_equal(perf_group_disable(group, &err), 0);
	assert_int_equal(pmu.ioctl_fd, 0); /* nothing was called */
	for (i = 0; i < 3; i++) {
		assert_false(difference.values[i].has_value);
		assert_string_not_equal(perf_group_why(group, i), "");
	}
	perf_group_destroy(group);
}

static void multiplexing_is_an_error_unless_it_is_fine(void **state)
{
	struct perf_reading before = { 0 }, after, difference;
	struct fpb_err err = { 0 };
	struct perf_group *group;

	(void)state;
	pmu.time_running = 250;
	group = make(three, 2, false);
	assert_int_equal(perf_group_read(group, &after, &err), 0);
	before.values[0].has_value = before.values[1].has_value = true;
	assert_int_equal(perf_group_difference(group, &before, &after, &difference, &err), -EBUSY);
	assert_non_null(strstr(err.text, "250 of 1000 ns"));
	assert_false(difference.values[0].has_value);
	perf_group_destroy(group);

	reset_pmu(NULL);
	pmu.time_running = 250;
	group = make(three, 2, true);
	err = (struct fpb_err){ 0 };
	assert_int_equal(perf_group_difference(group, &before, &after, &difference, &err), 0);
	assert_int_equal(difference.values[0].value, 28);
	assert_int_equal(difference.values[1].value, 56);
	perf_group_destroy(group);
}

static void a_group_that_never_ran_counted_nothing(void **state)
{
	struct perf_reading before = { .time_enabled_ns = 1000, .time_running_ns = 1000 };
	struct perf_reading after = { .time_enabled_ns = 2000, .time_running_ns = 1000 };
	struct perf_reading difference;
	struct perf_group *group = make(three, 1, true);
	struct fpb_err err = { 0 };

	(void)state;
	before.values[0].has_value = after.values[0].has_value = true;
	assert_int_equal(perf_group_difference(group, &before, &after, &difference, &err),
			 -ENODATA);
	assert_false(difference.values[0].has_value);
	/* Not even enabled. */
	assert_int_equal(perf_group_difference(group, &before, &before, &difference, NULL),
			 -ENODATA);
	assert_int_equal(perf_group_difference(group, &after, &before, &difference, NULL), -EINVAL);
	perf_group_destroy(group);
}

static void a_read_of_the_wrong_shape_is_an_error(void **state)
{
	struct perf_group *group = make(three, 3, false);
	struct perf_reading reading;
	struct fpb_err err = { 0 };

	(void)state;
	pmu.cut_bytes = 8;
	assert_int_equal(perf_group_read(group, &reading, &err), -EIO);
	assert_non_null(strstr(err.text, "expected 48 bytes with 3 counters, got 40"));
	assert_false(reading.values[0].has_value);
	pmu.cut_bytes = 48;
	assert_int_equal(perf_group_read(group, &reading, NULL), -EIO);
	pmu.cut_bytes = 0;
	pmu.extra_nr = 1;
	assert_int_equal(perf_group_read(group, &reading, NULL), -EIO);
	pmu.extra_nr = 0;
	pmu.read_code = -EINTR;
	assert_int_equal(perf_group_read(group, &reading, NULL), -EINTR);
	pmu.read_code = 0;
	pmu.ioctl_code = -EBADF;
	assert_int_equal(perf_group_enable(group, &(struct fpb_err){ 0 }), -EBADF);
	perf_group_destroy(group);
}

static void refuses_too_much(void **state)
{
	static const char *const long_name[] = { "e123456789012345678901234567890123456789"
						 "12345678901234567890123456789" };
	const char *names[PERF_GROUP_MAX + 1];
	struct perf_group_options options = { .names = names, .ops = &fake_ops };
	struct fpb_err err = { 0 };
	struct perf_group *group;
	size_t i;

	(void)state;
	for (i = 0; i < PERF_GROUP_MAX + 1; i++)
		names[i] = "cycles";
	options.nr_names = PERF_GROUP_MAX + 1;
	assert_int_equal(perf_group_create(&group, &options, &err), -EINVAL);
	assert_null(group);
	options.nr_names = PERF_GROUP_MAX;
	assert_int_equal(perf_group_create(&group, &options, NULL), 0);
	perf_group_destroy(group);
	options.names = long_name;
	options.nr_names = 1;
	assert_int_equal(perf_group_create(&group, &options, NULL), -EINVAL);
}

/* Software events need no PMU: with this kernel the whole path runs for real. */
static void counts_page_faults_for_real(void **state)
{
	static const char *const names[] = { "page-faults:u", "task-clock:u", "cycles:u" };
	struct perf_group_options options = { .names = names, .nr_names = 3 };
	struct perf_reading before, after, difference;
	static volatile char pages[64 * 4096];
	struct fpb_err err = { 0 };
	struct perf_group *group;
	size_t i;

	(void)state;
	assert_int_equal(perf_group_create(&group, &options, &err), 0);
	if (*perf_group_why(group, 0)) {
		print_message("no software events: %s\n", perf_group_why(group, 0));
		perf_group_destroy(group);
		skip();
	}
	assert_int_equal(perf_group_enable(group, &err), 0);
	assert_int_equal(perf_group_read(group, &before, &err), 0);
	for (i = 0; i < sizeof(pages); i += 4096)
		pages[i] = 1;
	assert_int_equal(perf_group_read(group, &after, &err), 0);
	assert_int_equal(perf_group_disable(group, &err), 0);
	if (perf_group_difference(group, &before, &after, &difference, &err))
		fail_msg("%s", err.text);
	/* Large pages may serve all 64 with one fault, never with none. */
	assert_true(difference.values[0].value >= 1);
	assert_true(difference.values[1].value > 0);
	assert_true(difference.values[2].has_value == !*perf_group_why(group, 2));
	perf_group_destroy(group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opens_members_behind_the_leader, reset_pmu),
		cmocka_unit_test_setup(modifiers_split_host_and_guest, reset_pmu),
		cmocka_unit_test_setup(default_set_is_split_and_ends_with_the_sums, reset_pmu),
		cmocka_unit_test_setup(reads_values_in_the_order_of_the_names, reset_pmu),
		cmocka_unit_test_setup(without_its_first_the_second_leads, reset_pmu),
		cmocka_unit_test_setup(a_member_that_fails_leaves_the_others, reset_pmu),
		cmocka_unit_test_setup(every_errno_has_a_reason, reset_pmu),
		cmocka_unit_test_setup(without_any_counter_everything_reads_as_nothing, reset_pmu),
		cmocka_unit_test_setup(multiplexing_is_an_error_unless_it_is_fine, reset_pmu),
		cmocka_unit_test_setup(a_group_that_never_ran_counted_nothing, reset_pmu),
		cmocka_unit_test_setup(a_read_of_the_wrong_shape_is_an_error, reset_pmu),
		cmocka_unit_test_setup(refuses_too_much, reset_pmu),
		cmocka_unit_test_setup(counts_page_faults_for_real, reset_pmu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
