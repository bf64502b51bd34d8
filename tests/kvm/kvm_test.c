// SPDX-License-Identifier: MIT
#include "tests/kvm/kvm_test.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/vmm/kvm_sys.h"

#define SKIP 77

/* At the end of the kernel's log, or -1 where it may not be read (dmesg_restrict). */
static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int is_alarming(const char *record)
{
	static const char *const words[] = {
		"WARNING: ",
		"BUG: ",
		"kernel BUG at",
		"Oops",
		"general protection fault",
		"unchecked MSR access",
		"self-detected stall",
		"Bad FPU state",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(record, words[i]))
			return 1;
	}
	return 0;
}

/* One record a read (Documentation/ABI/testing/dev-kmsg). */
static int nr_alarms(int fd)
{
	char record[8192];
	int nr = 0;
	ssize_t got;

	while ((got = read(fd, record, sizeof(record) - 1)) > 0 || (got < 0 && errno == EPIPE)) {
		if (got < 0)
			continue;
		record[got] = 0;
		if (!is_alarming(record))
			continue;
		printf("kernel log: %s", record);
		nr++;
	}
	return nr;
}

int kvm_test_main(const char *name, const struct CMUnitTest *tests, size_t nr)
{
	struct fpb_err err = { 0 };
	int fd = kvm_open(&kvm_sys_real, &err);
	int log, ret;

	if (fd < 0) {
		char text[sizeof(err.text) + 64];

		fpb_err_describe(&err, text, sizeof(text));
		printf("SKIP: %s\n", text);
		return SKIP;
	}
	kvm_sys_real.close(fd);
	log = open_log();
	ret = _cmocka_run_group_tests(name, tests, nr, NULL, NULL);
	if (log < 0)
		return ret != 0;
	if (nr_alarms(log))
		ret = 1;
	close(log);
	return ret != 0;
}
