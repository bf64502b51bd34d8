// SPDX-License-Identifier: MIT
#include "bench/cli/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/cli/interrupt.h"
#include "bench/report/text.h"
#include "host/lab/boot_process.h"

#define WAIT_MS	   20
#define SAID_BYTES 2048
#define TOLD_BYTES 300

/* What ended it comes last, after warnings; of blanks and carets one blank is left. */
static void read_output(int fd, char told[TOLD_BYTES])
{
	char said[SAID_BYTES + 1], printable[4 * SAID_BYTES + 1];
	const off_t end = lseek(fd, 0, SEEK_END), start = end > SAID_BYTES ? end - SAID_BYTES : 0;
	const ssize_t got = pread(fd, said, SAID_BYTES, start);
	size_t used = 0;

	for (ssize_t i = 0; i < got; i++) {
		const bool is_blank = strchr(" \t\r\n^", said[i]);

		if (!is_blank)
			said[used++] = said[i];
		else if (used && said[used - 1] != ' ')
			said[used++] = ' ';
	}
	used -= used && said[used - 1] == ' ';
	said[used] = '\0';
	used = fpb_text_printable(said, printable, sizeof(printable));
	if (used < TOLD_BYTES)
		memcpy(told, printable, used + 1);
	else
		snprintf(told, TOLD_BYTES, "...%s", printable + used - (TOLD_BYTES - 4));
}

static int report_end(int status, int output, struct fpb_err *err)
{
	char how[LAB_HOW_BYTES], told[TOLD_BYTES];

	lab_process_how(status, how);
	read_output(output, told);
	return FPB_FAIL(err, -ECHILD, "gnuplot %s, expected status 0; it said%s%s", how,
			told[0] ? ": " : " nothing", told);
}

static int report_slow(int output, struct fpb_err *err)
{
	char told[TOLD_BYTES];

	read_output(output, told);
	return FPB_FAIL(err, -ECHILD,
			"gnuplot had not ended after %d s and was killed; it said%s%s",
			GNUPLOT_PATIENCE_S, told[0] ? ": " : " nothing", told);
}

static int wait_for(struct lab_process *process, int output, struct fpb_err *err)
{
	int status, waited_ms = 0;

	while (!lab_process_wait(process, WAIT_MS, &status)) {
		waited_ms += WAIT_MS;
		if (!is_interrupted && waited_ms < GNUPLOT_PATIENCE_S * 1000)
			continue;
		lab_process_end(process);
		return is_interrupted ? FPB_FAIL(err, -EINTR, "interrupted while gnuplot drew")
				      : report_slow(output, err);
	}
	return status ? report_end(status, output, err) : 0;
}

/* It inherits the folder; we have but one thread, and go back at once. */
static int start_in(int folder, const char *script, int output, struct lab_process *process,
		    struct fpb_err *err)
{
	const char *const argv[] = { "gnuplot", "-d", script, NULL };
	const int home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (home < 0)
		return FPB_FAIL(err, -errno, "the working directory");
	if (fchdir(folder)) {
		ret = FPB_FAIL(err, -errno, "the folder of the figure");
	} else {
		ret = lab_process_start(argv, output, process, err);
		if (fchdir(home) && !ret)
			ret = FPB_FAIL(err, -errno, "the working directory");
	}
	close(home);
	return ret;
}

int gnuplot_run(int folder, const char *script, struct fpb_err *err)
{
	const int output = memfd_create("gnuplot", MFD_CLOEXEC);
	struct lab_process process = { 0 };
	struct fpb_err start = { 0 };
	int ret;

	if (output < 0)
		return FPB_FAIL(err, -errno, "memfd_create for what gnuplot says");
	ret = start_in(folder, script, output, &process, &start);
	if (ret == -ENOENT)
		ret = FPB_FAIL(err, ret,
			       "gnuplot is not in PATH; install it (Debian: gnuplot-nox)");
	else if (ret)
		ret = FPB_FAIL(err, ret, "%s", start.text);
	else
		ret = wait_for(&process, output, err);
	lab_process_end(&process);
	close(output);
	return ret;
}
