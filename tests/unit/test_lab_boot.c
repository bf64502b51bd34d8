// SPDX-License-Identifier: MIT
/* test_lab_boot.c - every way in which a boot can end, played by an emulator that is this program. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/boot.h"
#include "tests/unit/lab_boot_emulator.h"

#define PATIENCE_S 20

static char self[512], folder[64], console[96];

/* A disk without a free block, of the file with this in its path. */
static const char *full_disk;

int __real_statvfs(const char *path, struct statvfs *fs);
int __wrap_statvfs(const char *path, struct statvfs *fs);

int __wrap_statvfs(const char *path, struct statvfs *fs)
{
	int ret = __real_statvfs(path, fs);

	if (full_disk && strstr(path, full_disk))
		fs->f_bavail = 0;
	return ret;
}

static void step_pause(void)
{
	const struct timespec time = { .tv_nsec = 5000000 };

	nanosleep(&time, NULL);
}

/* Temporary folders go into one of our own, so that what is left is seen. */
static unsigned int nr_work_dirs(void)
{
	DIR *dir = opendir(folder);
	unsigned int nr = 0;
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		nr += strncmp(entry->d_name, "fpstate-bench-boot.", 19) == 0;
	closedir(dir);
	return nr;
}

static struct lab_boot_request request_of(const char *scene)
{
	return (struct lab_boot_request){
		.engine = &lab_engine_tcg,
		.machine = { .emulator = self,
			     .cpu_model = scene,
			     .kernel = "/nonexistent/kernel",
			     .initramfs = "/nonexistent/initramfs" },
		.console = console,
		.limits = { .total_s = PATIENCE_S, .silence_s = PATIENCE_S },
	};
}

static void start(const struct lab_boot_request *request, struct lab_boot *boot)
{
	struct fpb_err err = { 0 };

	if (lab_boot_start(request, boot, &err))
		fail_msg("%s", err.text);
	assert_true(boot->pid > 0);
	assert_int_equal(nr_work_dirs(), 1);
}

static void step_until_end(struct lab_boot *boot)
{
	struct fpb_err err = { 0 };

	while (boot->state == LAB_BOOT_RUNNING) {
		if (lab_boot_step(boot, &err))
			fail_msg("%s", err.text);
		step_pause();
	}
	/* Nothing is left when the outcome is known: set_up() made us the parent of any orphan. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void destroy(struct lab_boot *boot)
{
	lab_boot_destroy(boot);
	assert_int_equal(nr_work_dirs(), 0);
	assert_int_equal(access(console, R_OK), 0);
	/* Once more, of what is no boot any longer. */
	lab_boot_destroy(boot);
}

static void expect_done(const char *scene)
{
	struct lab_boot_request request = request_of(scene);
	struct lab_boot boot;

	start(&request, &boot);
	step_until_end(&boot);
	if (boot.state != LAB_BOOT_DONE)
		fail_msg("%s: %s", scene, boot.failure);
	assert_null(boot.failure);
	assert_int_equal(boot.exit_status, EMULATOR_EXIT_STATUS);
	assert_int_equal(boot.report_bytes, strlen(EMULATOR_REPORT));
	assert_memory_equal(boot.report, EMULATOR_REPORT, boot.report_bytes);
	assert_string_equal(boot.phase, "run the program");
	assert_null(boot.saved);
	destroy(&boot);
}

static void test_done(void **state)
{
	(void)state;
	expect_done("whole");
	expect_done("pieces");
}

static void test_state(void **state)
{
	struct lab_boot_request request = request_of("state");
	struct lab_boot boot;

	(void)state;
	start(&request, &boot);
	step_until_end(&boot);
	assert_int_equal(boot.state, LAB_BOOT_DONE);
	assert_int_equal(boot.saved_bytes, strlen(EMULATOR_STATE));
	assert_memory_equal(boot.saved, EMULATOR_STATE, boot.saved_bytes);
	destroy(&boot);
}

/* Where they are asked for; and the debugger's socket lies in the boot's own folder. */
static void test_symbols(void **state)
{
	struct lab_boot_request request = request_of("symbols");
	struct lab_boot boot;

	(void)state;
	start(&request, &boot);
	assert_null(boot.debug);
	step_until_end(&boot);
	assert_int_equal(boot.state, LAB_BOOT_DONE);
	assert_int_equal(boot.symbols_bytes, strlen(EMULATOR_SYMBOLS));
	assert_string_equal(boot.symbols, EMULATOR_SYMBOLS);
	destroy(&boot);

	request = request_of("whole");
	request.is_debugged = true;
	start(&request, &boot);
	assert_int_equal(strncmp(boot.debug, folder, strlen(folder)), 0);
	step_until_end(&boot);
	assert_null(boot.symbols);
	destroy(&boot);
}

/* The first line begins with `line` (of what is printable), the rest of the text has `other`. */
static void expect_failed_within(const char *scene, struct lab_limits limits, const char *line,
				 const char *other)
{
	struct lab_boot_request request = request_of(scene);
	struct lab_boot boot;

	request.limits = limits;
	start(&request, &boot);
	step_until_end(&boot);
	assert_int_equal(boot.state, LAB_BOOT_FAILED);
	assert_null(boot.report);
	if (strncmp(boot.failure, line, strlen(line)) != 0 || !strstr(boot.failure, other))
		fail_msg("%s: \"%s\" does not begin with \"%s\" or lacks \"%s\"", scene,
			 boot.failure, line, other);
	for (const char *c = boot.failure; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
	destroy(&boot);
}

static void expect_failed(const char *scene, const char *line, const char *other)
{
	const struct lab_limits patient = { .total_s = PATIENCE_S, .silence_s = PATIENCE_S };

	expect_failed_within(scene, patient, line, other);
}

static void test_emulator_fails(void **state)
{
	char line[640];

	(void)state;
	snprintf(line, sizeof(line),
		 "the emulator %s exited with status 1, in phase \"start of the kernel\": "
		 "qemu: could not load kernel 'x': Exec format error",
		 self);
	expect_failed("refuse", line, "");
	snprintf(line, sizeof(line),
		 "the emulator %s was killed by signal 9 (Killed), in phase \"run the program\": "
		 "qemu: terminating",
		 self);
	expect_failed("kill", line, "\n  [    1.594391] Run /init as init process");
	/* Whatever the kernel said before: signals come from elsewhere. */
	snprintf(line, sizeof(line), "the emulator %s was killed by signal 9", self);
	expect_failed("panic-and-kill", line, "Kernel panic");
	/* Good results of a machine that did not end well. */
	snprintf(line, sizeof(line), "the emulator %s exited with status 1", self);
	expect_failed("late-failure", line, "qemu: cannot write the console");
}

static void expect_end(const struct lab_engine *engine, const char *scene,
		       enum lab_boot_state expected)
{
	struct lab_boot_request request = request_of(scene);
	struct lab_boot boot;

	request.engine = engine;
	start(&request, &boot);
	step_until_end(&boot);
	if (boot.state != expected)
		fail_msg("%s: %s", scene, boot.failure ? boot.failure : "done");
	if (expected == LAB_BOOT_FAILED)
		assert_non_null(strstr(boot.failure, "exited with status 1, in phase"));
	destroy(&boot);
}

/* An emulator that calls power-off a failure: after init's end it is none, before it is one. */
static void test_off_status(void **state)
{
	struct lab_engine engine = lab_engine_tcg;

	(void)state;
	expect_end(&engine, "late-failure", LAB_BOOT_FAILED);
	engine.off_status = 1;
	expect_end(&engine, "late-failure", LAB_BOOT_DONE);
	expect_end(&engine, "whole", LAB_BOOT_DONE);
	expect_end(&engine, "refuse", LAB_BOOT_FAILED);
	expect_end(&engine, "no-end-failure", LAB_BOOT_FAILED);
}

/* More than a terminal holds, and more than its log keeps. */
static void test_screen(void **state)
{
	struct lab_engine engine = lab_engine_tcg;

	(void)state;
	engine.draws = true;
	expect_end(&engine, "screen", LAB_BOOT_DONE);
}

static void test_kernel_fails(void **state)
{
	(void)state;
	expect_failed("panic",
		      "the kernel gave up in phase \"run the program\": [    2.100000] Kernel "
		      "panic - not syncing: VFS: Unable to mount root fs",
		      "\n  [    2.200000] CPU: 0 PID: 1?[2J");
	expect_failed("oops",
		      "the kernel gave up in phase \"run the program\": [    2.0] BUG: kernel NULL "
		      "pointer dereference",
		      "Fatal exception");
	expect_failed("refusal", "module kvm.ko does not load",
		      "the kernel says: kvm: RT requires X86_FEATURE_CONSTANT_TSC\nThe end of ");
}

static void test_hangs(void **state)
{
	const struct lab_limits impatient = { .total_s = PATIENCE_S, .silence_s = 1 };
	const struct lab_limits brief = { .total_s = 1, .silence_s = PATIENCE_S };

	(void)state;
	expect_failed_within("hang", impatient,
			     "the machine hangs: not a byte from it for 1 s, in phase \"run the "
			     "program\"; it was ended; last on its console: [    1.594391] Run "
			     "/init as init process",
			     "");
	expect_failed_within("chatter", brief,
			     "the machine is not done after 1 s, in phase \"run the program\"",
			     "\n  still here");
	expect_failed("flood", "the machine wrote more than 32 MiB to its console", "");
}

static void test_bad_results(void **state)
{
	const char *const damaged = "the results are damaged: ";

	(void)state;
	expect_failed("checksum", damaged, "checksum 0x");
	expect_failed("torn", "the results are torn: the last frame lacks 996 bytes", "run the");
	expect_failed("two-reports", damaged, "a second report");
	expect_failed("two-states", damaged, "a second state");
	expect_failed("huge-state", damaged, "a state of 1048577 bytes, at most 1048576");
	expect_failed("two-hellos", damaged, "a frame of type 1 in their midst");
	expect_failed("no-hello", damaged, "a frame of type 3 instead of the first");
	expect_failed("two-symbols", damaged, "symbols a second time");
	expect_failed("bad-symbols", damaged, "no zlib stream");
	expect_failed("other-version", damaged, "another version of the frames than 3");
	expect_failed("after-end", damaged, "a frame of type 2 after the last");
	expect_failed("bad-status", damaged, "no exit status");
	expect_failed("no-report", "init reached its end and sent no report", "");
	expect_failed("no-end", "the machine went off or reset before the end of the run", "");
	expect_failed("report-and-failure", "a module does not load", "");
	expect_failed("early-off",
		      "the machine went off or reset before the end of the run, in phase \"run the "
		      "program\", without a word from the kernel",
		      "reboot: Power down");
}

static void expect_full(const char *scene, const char *disk, const char *line)
{
	struct lab_boot_request request = request_of(scene);
	struct lab_boot boot;

	start(&request, &boot);
	full_disk = disk;
	step_until_end(&boot);
	full_disk = NULL;
	assert_int_equal(boot.state, LAB_BOOT_FAILED);
	if (!strstr(boot.failure, line) || !strstr(boot.failure, disk) ||
	    strncmp(boot.failure, "no space left", 13) != 0)
		fail_msg("%s", boot.failure);
	destroy(&boot);
}

static void test_disk_fills_up(void **state)
{
	(void)state;
	expect_full("torn", "/channel", "TMPDIR");
	expect_full("panic", "/console.log", "--out");
}

static void expect_no_start(const struct lab_boot_request *request, int code, const char *word)
{
	struct fpb_err err = { 0 };
	struct lab_boot boot;

	assert_int_equal(lab_boot_start(request, &boot, &err), code);
	if (!strstr(err.text, word))
		fail_msg("'%s' does not mention '%s'", err.text, word);
	assert_int_equal(nr_work_dirs(), 0);
	lab_boot_destroy(&boot);
}

static void test_no_start(void **state)
{
	struct lab_boot_request request = request_of("whole");

	(void)state;
	full_disk = "/console.log";
	expect_no_start(&request, -ENOSPC, console);
	full_disk = "/channel";
	expect_no_start(&request, -ENOSPC, "/channel");
	full_disk = NULL;

	request.console = "/nonexistent/console.log";
	expect_no_start(&request, -ENOENT, request.console);

	request = request_of("whole");
	request.machine.emulator = "/nonexistent/emulator";
	expect_no_start(&request, -ENOENT, request.machine.emulator);
	request.machine.emulator = "/dev/null";
	expect_no_start(&request, -EACCES, request.machine.emulator);

	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	request = request_of("whole");
	expect_no_start(&request, -ENOENT, "TMPDIR");
	assert_int_equal(setenv("TMPDIR", folder, 1), 0);
}

static void test_destroyed_in_midst(void **state)
{
	struct lab_boot_request request = request_of("hang");
	struct lab_boot boot;

	(void)state;
	start(&request, &boot);
	destroy(&boot);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Somebody kills the guard, from outside: the kernel ends the emulator. */
static void test_guard_killed(void **state)
{
	struct lab_boot_request request = request_of("hang");
	struct fpb_err err = { 0 };
	struct lab_boot boot;

	(void)state;
	start(&request, &boot);
	while (!boot.phase) {
		assert_int_equal(lab_boot_step(&boot, &err), 0);
		step_pause();
	}
	assert_int_equal(kill(boot.pid, SIGKILL), 0);
	while (boot.state == LAB_BOOT_RUNNING) {
		assert_int_equal(lab_boot_step(&boot, &err), 0);
		step_pause();
	}
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(boot.state, LAB_BOOT_FAILED);
	assert_non_null(strstr(boot.failure, "was killed by signal 9"));
	destroy(&boot);
}

/* Boots side by side do not meet. */
static void test_two_at_once(void **state)
{
	struct lab_boot_request whole = request_of("pieces"), other = request_of("panic");
	struct fpb_err err = { 0 };
	struct lab_boot a, b;
	char second[96];

	(void)state;
	snprintf(second, sizeof(second), "%s/second.log", folder);
	other.console = second;
	assert_int_equal(lab_boot_start(&whole, &a, &err), 0);
	assert_int_equal(lab_boot_start(&other, &b, &err), 0);
	while (a.state == LAB_BOOT_RUNNING || b.state == LAB_BOOT_RUNNING) {
		assert_int_equal(lab_boot_step(&a, &err), 0);
		assert_int_equal(lab_boot_step(&b, &err), 0);
		step_pause();
	}
	assert_int_equal(a.state, LAB_BOOT_DONE);
	assert_int_equal(b.state, LAB_BOOT_FAILED);
	lab_boot_destroy(&b);
	destroy(&a);
}

/* With QEMU itself: a kernel that is none. */
static void test_real_emulator(void **state)
{
	struct lab_boot_request request = request_of(NULL);
	struct fpb_err err = { 0 };
	struct lab_boot boot;
	char *hypervisor;

	(void)state;
	if (lab_engine_tcg.check(NULL, &hypervisor, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	assert_non_null(strstr(hypervisor, "QEMU emulator version"));
	free(hypervisor);
	request.machine.emulator = NULL;
	request.machine.kernel = self;
	request.machine.initramfs = NULL;
	start(&request, &boot);
	step_until_end(&boot);
	assert_int_equal(boot.state, LAB_BOOT_FAILED);
	if (strncmp(boot.failure, "the emulator qemu-system-x86_64 exited with status 1", 52) != 0)
		fail_msg("%s", boot.failure);
	assert_non_null(strstr(boot.failure, "phase \"start of the kernel\": qemu"));
	destroy(&boot);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fpb-test-boot.XXXXXX");
	if (bytes < 0 || !mkdtemp(folder) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return -1;
	snprintf(console, sizeof(console), "%s/console.log", folder);
	return setenv("TMPDIR", folder, 1);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),	      cmocka_unit_test(test_state),
		cmocka_unit_test(test_symbols),	      cmocka_unit_test(test_emulator_fails),
		cmocka_unit_test(test_kernel_fails),  cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_off_status),    cmocka_unit_test(test_screen),
		cmocka_unit_test(test_bad_results),   cmocka_unit_test(test_disk_fills_up),
		cmocka_unit_test(test_no_start),      cmocka_unit_test(test_destroyed_in_midst),
		cmocka_unit_test(test_guard_killed),  cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_real_emulator),
	};

	if (argc > 1)
		return lab_boot_emulator(argc, argv);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
