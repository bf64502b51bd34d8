// SPDX-License-Identifier: MIT
#include "bench/cli/preparation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/text.h"
#include "host/lab/boot_process.h"

#define WAIT_MS	   20
#define TAIL_BYTES 512

/* The last line that is not empty, of what was written behind `start`. "" if there is none. */
static void last_line(int fd, off_t start, char *line, size_t size)
{
	char tail[TAIL_BYTES + 1];
	const off_t end = lseek(fd, 0, SEEK_END);
	const off_t from = end - start > TAIL_BYTES ? end - TAIL_BYTES : start;
	const ssize_t got = pread(fd, tail, TAIL_BYTES, from);
	size_t length = got > 0 ? (size_t)got : 0;
	const char *newline;

	while (length && strchr(" \t\r\n", tail[length - 1]))
		length--;
	tail[length] = 0;
	newline = strrchr(tail, '\n');
	fpb_text_printable(newline ? newline + 1 : tail, line, size);
}

static int report_end(const struct preparation *p, int status, int log, off_t start,
		      struct fpb_err *err)
{
	char how[LAB_HOW_BYTES], command[128], line[160];

	lab_process_how(status, how);
	fpb_text_printable(p->command, command, sizeof(command));
	last_line(log, start, line, sizeof(line));
	return FPB_FAIL(err, -ECHILD, "%s '%s' %s, expected status 0; it %s%s%s; see %.100s",
			p->option, command, how, line[0] ? "ended with '" : "said nothing", line,
			line[0] ? "'" : "", p->log);
}

static int run(const struct preparation *p, int log, const volatile sig_atomic_t *is_interrupted,
	       struct fpb_err *err)
{
	const char *const argv[] = { "/bin/sh", "-c", p->command, NULL };
	const off_t start = lseek(log, 0, SEEK_END);
	struct lab_process process;
	int status, ret = lab_process_start(argv, log, &process, err);

	if (ret)
		return ret;
	while (!lab_process_wait(&process, WAIT_MS, &status)) {
		if (!*is_interrupted)
			continue;
		lab_process_end(&process);
		return FPB_FAIL(err, -EINTR, "%s", p->option);
	}
	return status ? report_end(p, status, log, start, err) : 0;
}

int preparation_run(const struct preparation *p, const volatile sig_atomic_t *is_interrupted,
		    struct fpb_err *err)
{
	const int log = open(p->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int ret;

	if (log < 0)
		return FPB_FAIL(err, -errno, "%s", p->log);
	ret = run(p, log, is_interrupted, err);
	close(log);
	return ret;
}
