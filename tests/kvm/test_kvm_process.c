// SPDX-License-Identifier: MIT
/* Another process's VM: its statistics are found, read while it runs, and missed when it is gone. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/model/workload_kvm_stats.h"
#include "host/machine/kvm_process.h"
#include "tests/kvm/kvm_test.h"

#define NR_OUTS	   1000
#define NO_DEBUGFS "/nowhere/debug"

struct other {
	pid_t pid;
	FILE *to, *from;
};

static void start(struct other *other)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	char line[128];

	if (pipe(to) || pipe(from))
		fail_msg("pipe: %s", strerror(errno));
	other->pid = fork();
	if (other->pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[1]);
		close(from[0]);
		execl(RUNNING_VM, RUNNING_VM, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	other->to = fdopen(to[1], "w");
	other->from = fdopen(from[0], "r");
	if (!fgets(line, sizeof(line), other->from))
		fail_msg("%s did not start", RUNNING_VM);
	if (!strncmp(line, "SKIP", 4)) {
		print_message("%s", line);
		skip();
	}
	assert_string_equal(line, "ready\n");
}

static void tell(struct other *other, const char *command)
{
	char line[128];

	fprintf(other->to, "%s\n", command);
	fflush(other->to);
	if (!fgets(line, sizeof(line), other->from) || strcmp(line, "ok\n") != 0)
		fail_msg("'%s' failed", command);
}

static void stop(struct other *other)
{
	fclose(other->to);
	fclose(other->from);
	waitpid(other->pid, NULL, 0);
}

static struct kvm_process *look(const struct other *other, const char *debugfs)
{
	struct kvm_process *process;
	struct fpb_err err = { 0 };

	if (kvm_process_open(other->pid, debugfs, &process, &err))
		fail_msg("%s", err.text);
	return process;
}

static void expect_refusal(pid_t pid, const char *debugfs, int code, const char *word)
{
	struct kvm_process *process = (void *)&pid;
	struct fpb_err err = { 0 };
	const int ret = kvm_process_open(pid, debugfs, &process, &err);

	if (ret != code || !strstr(err.text, word))
		fail_msg("expected %d and '%s', got %d '%s'", code, word, ret, err.text);
	assert_null(process);
}

static struct fpb_kvm_counts read_counts(struct kvm_process *process)
{
	const struct kvm_statistics *all;
	struct fpb_kvm_counts counts = { 0 };
	struct fpb_problem problem = { 0 };
	struct fpb_err err = { 0 };
	size_t nr = 0;

	if (kvm_process_read(process, &all, &nr, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < nr; i++) {
		if (fpb_kvm_counts_add_binary(&counts, all[i].bytes, all[i].length, &problem))
			fail_msg("%s: %s", problem.where, problem.text);
	}
	return counts;
}

/* What the guest does between two readings is what they differ by. */
static void test_running(void **state)
{
	struct kvm_process *process;
	struct fpb_kvm_counts before, after;
	struct fpb_workload workload;
	struct fpb_import_note note;
	struct fpb_problem problem = { 0 };
	struct other other;
	char command[32];

	(void)state;
	start(&other);
	process = look(&other, NO_DEBUGFS);
	assert_int_equal(kvm_process_nr_vcpus(process), 1);
	assert_false(kvm_process_is_text(process));
	assert_string_equal(kvm_process_source(process), "statistics files of 1 vCPU");
	before = read_counts(process);
	assert_int_equal(before.nr_vcpus, 1);
	snprintf(command, sizeof(command), "out %d", NR_OUTS);
	tell(&other, command);
	after = read_counts(process);
	/* One KVM_RUN for each that came to user space, and that of the doorbell. */
	assert_int_equal(after.value[FPB_KVM_FPU_RELOAD] - before.value[FPB_KVM_FPU_RELOAD],
			 NR_OUTS + 1);
	if (fpb_workload_from_kvm_counts(&before, &after, 2, "test", &workload, &note, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
	assert_true(fpb_workload_exits(&workload) >= NR_OUTS / 2.0);
	assert_true(workload.rate[FPB_RATE_USER_EXITS] >= NR_OUTS / 2.0);
	kvm_process_close(process);
	stop(&other);
}

static void test_vm_ends(void **state)
{
	const struct kvm_statistics *all;
	struct kvm_process *process;
	struct fpb_err err = { 0 };
	struct other other;
	size_t nr;

	(void)state;
	start(&other);
	process = look(&other, NO_DEBUGFS);
	read_counts(process);
	tell(&other, "end");
	assert_int_equal(kvm_process_read(process, &all, &nr, &err), -ENOENT);
	assert_non_null(strstr(err.text, "ended meanwhile"));
	kvm_process_close(process);
	expect_refusal(other.pid, NO_DEBUGFS, -ENOENT, "has no VM");
	stop(&other);
}

static void test_process_ends(void **state)
{
	const struct kvm_statistics *all;
	struct kvm_process *process;
	struct fpb_err err = { 0 };
	struct other other;
	size_t nr;

	(void)state;
	start(&other);
	process = look(&other, NO_DEBUGFS);
	read_counts(process);
	kill(other.pid, SIGKILL);
	stop(&other);
	assert_int_equal(kvm_process_read(process, &all, &nr, &err), -ESRCH);
	assert_non_null(strstr(err.text, "ended meanwhile"));
	kvm_process_close(process);
	expect_refusal(other.pid, NO_DEBUGFS, -ESRCH, "No such process");
}

static void test_two_vms(void **state)
{
	struct other other;

	(void)state;
	start(&other);
	tell(&other, "second");
	expect_refusal(other.pid, NO_DEBUGFS, -EMLINK, "2 VMs");
	stop(&other);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Without a statistics file open there is debugfs, here one of our own. */
static void test_debugfs(void **state)
{
	char root[] = "/tmp/fpb-debugfs-XXXXXX", kvm[64], vm[96], vcpu[128], command[192];
	const struct kvm_statistics *all;
	struct fpb_kvm_counts counts = { 0 };
	struct fpb_problem problem = { 0 };
	struct kvm_process *process;
	struct fpb_err err = { 0 };
	struct other other;
	size_t nr;

	(void)state;
	start(&other);
	tell(&other, "blind");
	expect_refusal(other.pid, NO_DEBUGFS, -ENODATA, "mount -t debugfs");
	assert_non_null(mkdtemp(root));
	snprintf(kvm, sizeof(kvm), "%s/kvm", root);
	mkdir(kvm, 0700);
	expect_refusal(other.pid, root, -ENODATA, "statistics files of 0 of them");
	snprintf(vm, sizeof(vm), "%s/%d-7", kvm, (int)other.pid);
	snprintf(vcpu, sizeof(vcpu), "%s/vcpu0", vm);
	mkdir(vm, 0700);
	mkdir(vcpu, 0700);
	write_file(vm, "exits", "4711\n");
	write_file(vm, "halt_wait_hist", "1 2 3\n");
	process = look(&other, root);
	assert_true(kvm_process_is_text(process));
	assert_string_equal(kvm_process_source(process), vm);
	if (kvm_process_read(process, &all, &nr, &err))
		fail_msg("%s", err.text);
	assert_int_equal(nr, 1);
	if (fpb_kvm_counts_set_text(&counts, kvm_process_nr_vcpus(process),
				    (const char *)all->bytes, all->length, &problem))
		fail_msg("%s: %s", problem.where, problem.text);
	assert_int_equal(counts.nr_vcpus, 1);
	assert_int_equal(counts.value[FPB_KVM_EXITS], 4711);
	kvm_process_close(process);
	stop(&other);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0); // NOLINT: of our own making
}

static void test_nothing_there(void **state)
{
	(void)state;
	expect_refusal(getpid(), NO_DEBUGFS, -ENOENT, "has no VM");
	/* The largest pid there can be is 2^22. */
	expect_refusal(1 << 30, NO_DEBUGFS, -ESRCH, "No such process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running),	     cmocka_unit_test(test_vm_ends),
		cmocka_unit_test(test_process_ends), cmocka_unit_test(test_two_vms),
		cmocka_unit_test(test_debugfs),	     cmocka_unit_test(test_nothing_there),
	};

	return kvm_test_main("kvm_process", tests, sizeof(tests) / sizeof(tests[0]));
}
