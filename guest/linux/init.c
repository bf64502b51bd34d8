// SPDX-License-Identifier: MIT
/*
 * init.c - process 1 of the lab's machine: makes KVM ready, runs the program once, sends what it
 * left and switches the machine off.
 *
 * It takes no decision by the time of day, by chance or by addresses, so that two boots stay alike
 * to the instruction. It never returns: that would be a kernel panic.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/linux/file.h"
#include "guest/linux/kmsg.h"
#include "guest/linux/layout.h"
#include "guest/linux/symbols.h"
#include "guest/linux/uart.h"
#include "guest/x86/cpuid.h"

/*
 * In the machine's own time. Where that stands still when nothing runs, or jumps to the next timer
 * (QEMU -icount with sleep=off), a program that waits for ever is found at once.
 */
#define PROGRAM_LIMIT_S 600

/* FRAME_END of a program that did not run, or not to its end. */
#define STATUS_NONE 255

#define KERNEL_WORDS_BYTES 2048

static const struct mount_point {
	const char *type, *path;
} mount_points[] = {
	{ "devtmpfs", "/dev" }, { "proc", "/proc" },	 { "sysfs", "/sys" },
	{ "tmpfs", "/tmp" },	{ "tmpfs", "/dev/shm" },
};

/* These return 0, or -1 after a FRAME_FAILURE. */

static int mount_all(struct frame_sink *sink)
{
	for (size_t i = 0; i < sizeof(mount_points) / sizeof(mount_points[0]); i++) {
		const struct mount_point *m = &mount_points[i];

		if (mkdir(m->path, 0755) && errno != EEXIST) {
			frame_print(sink, FRAME_FAILURE, "mkdir %s: %m", m->path);
			return -1;
		}
		if (mount(m->type, m->path, m->type, 0, NULL)) {
			frame_print(sink, FRAME_FAILURE, "mount of %s on %s: %m", m->type, m->path);
			return -1;
		}
	}
	return 0;
}

/* The kernel opens it for us only where its own image has /dev/console. */
static void open_console(void)
{
	int input = open("/dev/null", O_RDONLY);
	int console = open("/dev/console", O_WRONLY | O_NOCTTY);

	if (input >= 0)
		dup2(input, STDIN_FILENO);
	if (console >= 0) {
		dup2(console, STDOUT_FILENO);
		dup2(console, STDERR_FILENO);
	}
	if (input > STDERR_FILENO)
		close(input);
	if (console > STDERR_FILENO)
		close(console);
}

/*
 * The same seed in every boot. Without one the first getrandom() waits until the kernel has drawn
 * entropy from the jitter of its timer, of which this machine has none: billions of instructions.
 */
static void seed_random(void)
{
	enum { SEED_BYTES = 32 };
	static _Alignas(
		struct rand_pool_info) char seed[sizeof(struct rand_pool_info) + SEED_BYTES];
	struct rand_pool_info *info = (struct rand_pool_info *)(void *)seed;
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	info->entropy_count = 8 * SEED_BYTES;
	info->buf_size = SEED_BYTES;
	/* Where it fails, the program waits. */
	(void)ioctl(fd, RNDADDENTROPY, info);
	close(fd);
}

/* LAYOUT_NEEDED_BY_x of the virtualisation that this CPU offers. */
static uint32_t virtualisation(void)
{
	const uint32_t extended = CPUID_EXTENDED + 1;
	uint32_t mask = 0;

	if (cpuid(1, 0).ecx & CPUID_1_ECX_VMX)
		mask |= LAYOUT_NEEDED_BY_INTEL;
	if (cpuid(CPUID_EXTENDED, 0).eax >= extended &&
	    cpuid(extended, 0).ecx & CPUID_80000001_ECX_SVM)
		mask |= LAYOUT_NEEDED_BY_AMD;
	return mask;
}

static int load_module(struct frame_sink *sink, const char *file)
{
	char path[256], words[KERNEL_WORDS_BYTES];
	int fd, log, error = 0;

	frame_print(sink, FRAME_PHASE, "load module %s", file);
	snprintf(path, sizeof(path), "%s/%s", LAYOUT_MODULES, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		frame_print(sink, FRAME_FAILURE, "%s: %m", path);
		return -1;
	}
	log = kmsg_mark();
	if (syscall(SYS_finit_module, fd, "", 0))
		error = errno;
	close(fd);
	kmsg_collect(log, words, sizeof(words));
	if (!error || error == EEXIST)
		return 0;
	frame_print(sink, FRAME_FAILURE, "module %s does not load: %s (errno %d)%s%s", file,
		    strerror(error), error, words[0] ? "; the kernel says: " : "", words);
	return -1;
}

static int load_modules(struct frame_sink *sink)
{
	const uint32_t vendors = virtualisation();
	char *list, *rest, *file;
	uint32_t needed_by;
	size_t bytes;
	int ret;

	if (!vendors) {
		frame_print(sink, FRAME_PHASE,
			    "no KVM: this CPU has neither the svm nor the vmx flag");
		return 0;
	}
	ret = file_read(LAYOUT_MODULE_LIST, &list, &bytes);
	if (ret) {
		frame_print(sink, FRAME_FAILURE, "%s: %s", LAYOUT_MODULE_LIST, strerror(-ret));
		return -1;
	}
	rest = list;
	while ((ret = module_list_next(&rest, &file, &needed_by)) > 0) {
		if (!(needed_by & vendors))
			continue;
		ret = load_module(sink, file);
		if (ret)
			goto out_free;
	}
	if (ret) {
		frame_print(sink, FRAME_FAILURE, "%s: \"%s\" is not \"FILE NUMBER\"",
			    LAYOUT_MODULE_LIST, file);
		ret = -1;
	}
out_free:
	free(list);
	return ret;
}

/* With the arguments in the file `arguments`. */
static int start_program(struct frame_sink *sink, const char *arguments, pid_t *pid)
{
	char program[] = LAYOUT_PROGRAM, home[] = "HOME=/", libraries[4096];
	char carried[] = LAYOUT_CARRIED_VARIABLE "=" LAYOUT_CARRIED;
	const bool has_carried = access(LAYOUT_CARRIED, F_OK) == 0;
	char *const envp[] = { home, libraries, has_carried ? carried : NULL, NULL };
	char *data = NULL, *text, **argv = NULL;
	posix_spawnattr_t attr;
	sigset_t none;
	size_t bytes;
	int error;

	error = -file_read(LAYOUT_LIBRARIES, &text, &bytes);
	if (error) {
		frame_print(sink, FRAME_FAILURE, "%s: %s", LAYOUT_LIBRARIES, strerror(error));
		return -1;
	}
	snprintf(libraries, sizeof(libraries), "LD_LIBRARY_PATH=%s", text);
	free(text);
	error = -file_read(arguments, &data, &bytes);
	if (error) {
		frame_print(sink, FRAME_FAILURE, "%s: %s", arguments, strerror(error));
		return -1;
	}
	sigemptyset(&none);
	argv = arguments_parse(program, data, bytes);
	error = argv ? posix_spawnattr_init(&attr) : ENOMEM;
	if (!error) {
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
		posix_spawnattr_setsigmask(&attr, &none);
		error = posix_spawn(pid, LAYOUT_PROGRAM, NULL, &attr, argv, envp);
		posix_spawnattr_destroy(&attr);
	}
	free(argv);
	free(data);
	if (error) {
		frame_print(sink, FRAME_FAILURE, "%s does not start: %s", LAYOUT_PROGRAM,
			    strerror(error));
		return -1;
	}
	return 0;
}

static time_t uptime_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* SIGCHLD is blocked. Orphans of the program are ours to reap, too. */
static int wait_program(struct frame_sink *sink, pid_t pid, int *status)
{
	const time_t deadline = uptime_s() + PROGRAM_LIMIT_S;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		const struct timespec left = { .tv_sec = deadline - uptime_s() };
		pid_t ended;

		while ((ended = waitpid(-1, status, WNOHANG)) > 0)
			if (ended == pid)
				return 0;
		if (left.tv_sec <= 0)
			break;
		sigtimedwait(&child, NULL, &left);
	}
	kill(pid, SIGKILL);
	frame_print(sink, FRAME_FAILURE,
		    "the program did not end within %d s of the machine's time and was killed",
		    PROGRAM_LIMIT_S);
	return -1;
}

static int send_report(struct frame_sink *sink, int status)
{
	size_t bytes;
	char *report;
	int ret = file_read(LAYOUT_REPORT, &report, &bytes);

	if (ret == -ENOENT) {
		frame_print(sink, FRAME_FAILURE, "the program ended with status %d and left no %s",
			    status, LAYOUT_REPORT);
		return -1;
	}
	if (!ret) {
		ret = frame_write(sink, FRAME_REPORT, report, bytes);
		free(report);
	}
	if (ret) {
		frame_print(sink, FRAME_FAILURE, "%s: %s", LAYOUT_REPORT, strerror(-ret));
		return -1;
	}
	return 0;
}

/*
 * Where it is asked for: the xstate of a vCPU under this kernel. What cannot be saved is no failure
 * of the boot; the program's own words are on the console.
 */
static int send_state(struct frame_sink *sink)
{
	size_t bytes;
	char *state;
	int status;
	pid_t pid;

	if (access(LAYOUT_SAVE, F_OK))
		return 0;
	frame_print(sink, FRAME_PHASE, "save the state");
	if (start_program(sink, LAYOUT_SAVE, &pid) || wait_program(sink, pid, &status))
		return -1;
	if (file_read(LAYOUT_STATE, &state, &bytes))
		return 0;
	if (bytes <= FRAME_STATE_MAX_BYTES)
		(void)frame_write(sink, FRAME_STATE, state, bytes);
	free(state);
	return 0;
}

/* The program's exit status, or STATUS_NONE after a FRAME_FAILURE. */
static int run(struct frame_sink *sink)
{
	int status;
	pid_t pid;

	frame_print(sink, FRAME_PHASE, "load KVM");
	if (load_modules(sink) || send_state(sink))
		return STATUS_NONE;
	frame_print(sink, FRAME_PHASE, "run the program");
	if (start_program(sink, LAYOUT_ARGUMENTS, &pid) || wait_program(sink, pid, &status))
		return STATUS_NONE;
	if (WIFSIGNALED(status)) {
		frame_print(sink, FRAME_FAILURE, "the program was killed by signal %d (%s)",
			    WTERMSIG(status), strsignal(WTERMSIG(status)));
		return STATUS_NONE;
	}
	frame_print(sink, FRAME_PHASE, "send the report");
	if (send_report(sink, WEXITSTATUS(status)))
		return STATUS_NONE;
	/* Last, so that whatever it does to the machine's memory is in no figure. */
	if (!access(LAYOUT_WANTS_SYMBOLS, F_OK)) {
		frame_print(sink, FRAME_PHASE, "send the kernel's symbols");
		if (symbols_send(sink))
			return STATUS_NONE;
	}
	return WEXITSTATUS(status);
}

static _Noreturn void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	fprintf(stderr, "init: the machine does not power off: %m\n");
	for (;;)
		pause();
}

int main(void)
{
	struct utsname kernel;
	struct uart uart;
	sigset_t child;
	int ret, status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);

	ret = uart_open(&uart, FRAME_PORT);
	if (ret) {
		fprintf(stderr, "init: no serial port at 0x%x for the results: %s%s\n", FRAME_PORT,
			strerror(-ret),
			ret == -ENODEV ? ""
				       : "; the kernel needs CONFIG_X86_IOPL_IOPERM or "
					 "CONFIG_DEVPORT");
		power_off();
	}
	uname(&kernel);
	frame_print(&uart.sink, FRAME_HELLO, "%u %s", FRAME_VERSION, kernel.release);
	frame_print(&uart.sink, FRAME_PHASE, "mount file systems");
	if (mount_all(&uart.sink)) {
		status = STATUS_NONE;
	} else {
		open_console();
		seed_random();
		status = run(&uart.sink);
	}
	frame_print(&uart.sink, FRAME_END, "%d", status);
	power_off();
}
