// SPDX-License-Identifier: MIT
#include "bench/cli/model_pid.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/model/workload_kvm_stats.h"
#include "host/machine/kvm_process.h"

#define DEBUGFS "/sys/kernel/debug"

static const char prefix[] = "pid:";

bool model_is_pid(const char *workload)
{
	return !strncmp(workload, prefix, strlen(prefix));
}

static int parse_pid(const char *workload, pid_t *pid, struct fpb_problem *problem)
{
	const char *digits = workload + strlen(prefix);
	char *end;
	long number;

	errno = 0;
	number = strtol(digits, &end, 10);
	if (errno || *digits < '0' || *digits > '9' || *end || number < 1 || number > INT_MAX)
		return fpb_problem_set(problem, EINVAL, "--workload",
				       "'%s': expected pid: and the number of a process", workload);
	*pid = (pid_t)number;
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void wait_for(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

/* What the text of `err` says is all there is to say. */
static int fail(struct fpb_problem *problem, int code, const struct fpb_err *err)
{
	return fpb_problem_set(problem, -code, "", "%s", err->text);
}

static int take(struct kvm_process *process, struct fpb_kvm_counts *counts, double *at,
		struct fpb_problem *problem)
{
	const struct kvm_statistics *all;
	struct fpb_err err = { 0 };
	size_t nr;
	int ret = kvm_process_read(process, &all, &nr, &err);

	*at = now();
	if (ret)
		return fail(problem, ret, &err);
	*counts = (struct fpb_kvm_counts){ 0 };
	if (kvm_process_is_text(process))
		return fpb_kvm_counts_set_text(counts, kvm_process_nr_vcpus(process),
					       (const char *)all[0].bytes, all[0].length, problem);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = fpb_kvm_counts_add_binary(counts, all[i].bytes, all[i].length, problem);
	return ret;
}

static int watch(struct kvm_process *process, pid_t pid, double seconds, struct fpb_workload *out,
		 struct fpb_import_note *note, struct fpb_problem *problem)
{
	struct fpb_kvm_counts before = { 0 }, after = { 0 };
	double begin = 0, end = 0;
	char source[400];
	int ret = take(process, &before, &begin, problem);

	if (ret)
		return ret;
	wait_for(seconds);
	ret = take(process, &after, &end, problem);
	if (ret)
		return ret;
	snprintf(source, sizeof(source), "process %d: %s, %.1f s", (int)pid,
		 kvm_process_source(process), end - begin);
	return fpb_workload_from_kvm_counts(&before, &after, end - begin, source, out, note,
					    problem);
}

/* What the user can put right with another argument, and what not. */
static enum exit_code code_of(int ret)
{
	return ret == -ESRCH || ret == -ENOENT || ret == -EMLINK || ret == -EINVAL ? EXIT_USAGE
										   : EXIT_UNFIT;
}

enum exit_code model_workload_of_pid(const char *workload, double seconds, struct fpb_workload *out,
				     struct fpb_import_note *note)
{
	struct fpb_problem problem = { 0 };
	struct fpb_err err = { 0 };
	struct kvm_process *process;
	pid_t pid = 0;
	int ret = parse_pid(workload, &pid, &problem);

	if (ret)
		return report_problem(&problem, EXIT_USAGE);
	ret = kvm_process_open(pid, DEBUGFS, &process, &err);
	if (ret) {
		fail(&problem, ret, &err);
		return report_problem(&problem, code_of(ret));
	}
	ret = watch(process, pid, seconds > 0 ? seconds : MODEL_PID_SECONDS, out, note, &problem);
	kvm_process_close(process);
	/* It was there when this began. */
	return ret ? report_problem(&problem, EXIT_UNFIT) : EXIT_FINE;
}
