// SPDX-License-Identifier: MIT
/* The command lines of the engines, and what is said of an emulator or a KVM that cannot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/lab/engine.h"
#include "host/lab/engine_kvm.h"

static char folder[64];

static const struct lab_machine machine = {
	.kernel = "/a b/vmlinuz,1",
	.initramfs = "/a b/initramfs",
	.work_dir = "/work",
	.console = "/out/boot,1.log",
	.channel = "/work/channel",
};

static void expect_option(const struct lab_command *command, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < command->nr; i++) {
		if (strcmp(command->argv[i], option) == 0 &&
		    strcmp(command->argv[i + 1], value) == 0)
			return;
	}
	fail_msg("no %s %s", option, value);
}

static size_t find_option(const struct lab_command *command, const char *option, size_t from)
{
	for (size_t i = from; i < command->nr; i++) {
		if (strcmp(command->argv[i], option) == 0)
			return i;
	}
	return command->nr;
}

static void build(const struct lab_engine *engine, const struct lab_machine *on,
		  struct lab_command *command)
{
	struct fpb_err err = { 0 };

	*command = (struct lab_command){ 0 };
	assert_int_equal(engine->build(on, command, &err), 0);
	assert_null(command->argv[command->nr]);
}

static void test_tcg_command(void **state)
{
	struct lab_machine other = machine;
	struct lab_command command;
	size_t console;

	(void)state;
	build(&lab_engine_tcg, &machine, &command);
	assert_string_equal(command.argv[0], "qemu-system-x86_64");
	expect_option(&command, "-accel", "tcg");
	expect_option(&command, "-icount", "shift=0,sleep=off");
	expect_option(&command, "-cpu", "max,+svm,-rdrand,-rdseed,-erms,-fsrm");
	expect_option(&command, "-smp", "1");
	expect_option(&command, "-kernel", machine.kernel);
	expect_option(&command, "-initrd", machine.initramfs);
	assert_true(find_option(&command, "-no-reboot", 0) < command.nr);
	/* The first is COM1. */
	console = find_option(&command, "-serial", 0);
	assert_string_equal(command.argv[console + 1], "file:/out/boot,1.log");
	assert_string_equal(command.argv[find_option(&command, "-serial", console + 1) + 1],
			    "file:/work/channel");
	assert_int_equal(find_option(&command, "-gdb", 0), command.nr);
	assert_int_equal(find_option(&command, "-S", 0), command.nr);
	lab_command_clear(&command);
	lab_command_clear(&command);

	other.debug = "/work/debug";
	build(&lab_engine_tcg, &other, &command);
	expect_option(&command, "-gdb", "unix:/work/debug,server=on,wait=off");
	assert_true(find_option(&command, "-S", 0) < command.nr);
	lab_command_clear(&command);

	other.emulator = "/opt/qemu";
	other.cpu_model = "EPYC,+svm %s";
	other.initramfs = NULL;
	build(&lab_engine_tcg, &other, &command);
	assert_string_equal(command.argv[0], "/opt/qemu");
	expect_option(&command, "-cpu", "EPYC,+svm %s");
	assert_int_equal(find_option(&command, "-initrd", 0), command.nr);
	lab_command_clear(&command);
}

static void test_kvm_command(void **state)
{
	struct lab_command command;

	(void)state;
	build(&lab_engine_kvm, &machine, &command);
	expect_option(&command, "-accel", "kvm");
	assert_int_equal(find_option(&command, "-icount", 0), command.nr);
	lab_command_clear(&command);
}

/* Who boots a kernel knows the engine by its command line, and it is the same every time. */
static void test_command_lines(void **state)
{
	(void)state;
	for (const struct lab_engine *const *engine = lab_engines; *engine; engine++) {
		struct fpb_err err = { 0 };
		struct lab_command command;
		char *line, word[64];

		line = lab_engine_command_line(*engine, &err);
		assert_non_null(line);
		snprintf(word, sizeof(word), " fpstate_bench.engine=%s", (*engine)->name);
		assert_string_equal(line + strlen(line) - strlen(word), word);
		assert_non_null(strstr(line, "console=ttyS0 panic=-1 oops=panic nokaslr "));
		/* Bochs boots by GRUB: test_lab_bochs.c. */
		if (*engine != &lab_engine_bochs) {
			build(*engine, &machine, &command);
			expect_option(&command, "-append", line);
			lab_command_clear(&command);
		}
		free(line);
		assert_ptr_equal(lab_engine_find((*engine)->name), *engine);
	}
	assert_null(lab_engine_find("valgrind"));
	assert_true(lab_engine_find("tcg")->counts_instructions);
	assert_false(lab_engine_find("kvm")->counts_instructions);
}

static void test_own_arguments(void **state)
{
	const struct lab_engine engine = { .name = "x", .kernel_arguments = "lpj=1 tsc=reliable" };
	struct fpb_err err = { 0 };
	char *line = lab_engine_command_line(&engine, &err);

	(void)state;
	/* First: of two for one console the kernel takes the first one's options. */
	assert_memory_equal(line, "lpj=1 tsc=reliable console=ttyS0 ", 33);
	assert_non_null(strstr(line, " fpstate_bench.engine=x"));
	free(line);
}

/* An emulator that is a shell script. */
static const char *script(const char *text)
{
	static char path[96];
	FILE *out;

	snprintf(path, sizeof(path), "%s/emulator", folder);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "#!/bin/sh\n%s\n", text);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void expect_refused(const char *emulator, int code, const char *const words[])
{
	struct fpb_err err = { 0 };
	char *hypervisor;

	assert_int_equal(lab_engine_tcg.check(emulator, &hypervisor, &err), code);
	assert_null(hypervisor);
	for (; *words; words++) {
		if (!strstr(err.text, *words))
			fail_msg("'%s' does not mention '%s'", err.text, *words);
	}
}

static void test_check(void **state)
{
	struct fpb_err err = { 0 };
	char *hypervisor;

	(void)state;
	assert_int_equal(lab_engine_tcg.check(script("[ \"$*\" = --version ] && "
						     "echo 'Emulator version 9\033'; echo more"),
					      &hypervisor, &err),
			 0);
	assert_string_equal(hypervisor, "Emulator version 9?");
	free(hypervisor);
}

static void test_check_refuses(void **state)
{
	const char *const package[] = { "/nonexistent/qemu", "qemu-system-x86", "--emulator",
					NULL };
	const char *const failed[] = { "/emulator --version", "status 3", "no idea", "--emulator",
				       NULL };
	const char *const silent[] = { "said nothing", NULL };
	const char *const killed[] = { "signal 11", NULL };
	const char *const forbidden[] = { "/dev/null", NULL };

	(void)state;
	expect_refused("/nonexistent/qemu", -ENOENT, package);
	expect_refused(script("echo no idea >&2; exit 3"), -EINVAL, failed);
	expect_refused(script("exit 0"), -EINVAL, silent);
	expect_refused(script("kill -SEGV $$"), -EINVAL, killed);
	expect_refused("/dev/null", -EACCES, forbidden);
}

/* A /dev/kvm that answers what `kvm` says. */
static struct {
	int fail_open;
	int nested_state;
	int nr_open;
} kvm;

static int kvm_open_file(const char *path, int flags)
{
	(void)flags;
	assert_string_equal(path, "/dev/kvm");
	if (kvm.fail_open)
		return kvm.fail_open;
	kvm.nr_open++;
	return 1000;
}

static int answer(int fd, unsigned long request, unsigned long arg)
{
	assert_int_equal(fd, 1000);
	if (request == KVM_GET_API_VERSION)
		return 12;
	if (request == KVM_CHECK_EXTENSION && arg == KVM_CAP_NESTED_STATE)
		return kvm.nested_state;
	return -EINVAL;
}

static void close_file(int fd)
{
	assert_int_equal(fd, 1000);
	kvm.nr_open--;
}

static const struct kvm_sys kvm_sys_nested = {
	.open = kvm_open_file,
	.ioctl = answer,
	.close = close_file,
};

static void set_nested(const char *module, const char *value)
{
	char path[160];
	FILE *out;
	int at;

	at = snprintf(path, sizeof(path), "%s", folder);
	for (const char *const *part =
		     (const char *const[]){ "sys", "module", module, "parameters", NULL };
	     *part; part++) {
		at += snprintf(path + at, sizeof(path) - (size_t)at, "/%s", *part);
		assert_true(!mkdir(path, 0755) || errno == EEXIST);
	}
	snprintf(path + at, sizeof(path) - (size_t)at, "/nested");
	if (!value) {
		assert_true(!unlink(path) || errno == ENOENT);
		return;
	}
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(value, out);
	assert_int_equal(fclose(out), 0);
}

static void expect_nesting(const char *intel, const char *amd, const char *const words[])
{
	struct fpb_err err = { 0 };

	set_nested("kvm_intel", intel);
	set_nested("kvm_amd", amd);
	assert_int_equal(kvm_can_nest(&kvm_sys_nested, folder, &err), words ? -EOPNOTSUPP : 0);
	assert_int_equal(kvm.nr_open, 0);
	for (; words && *words; words++) {
		if (!strstr(err.text, *words))
			fail_msg("'%s' does not mention '%s'", err.text, *words);
	}
}

static void test_nesting(void **state)
{
	const char *const off[] = { "kvm_intel/parameters/nested",
				    "read \"N\"",
				    "modprobe",
				    "nested=1",
				    "--engine tcg",
				    NULL };
	const char *const zero[] = { "kvm_amd/parameters/nested", "read \"0\"", NULL };
	const char *const incapable[] = { "KVM_CAP_NESTED_STATE", "read 0", "--engine tcg", NULL };
	const char *const missing[] = { "/dev/kvm", "modprobe", "--engine tcg", NULL };
	const char *const forbidden[] = { "/dev/kvm", "permission", "kvm $USER", NULL };

	(void)state;
	memset(&kvm, 0, sizeof(kvm));
	kvm.nested_state = 4288;
	expect_nesting("Y\n", NULL, NULL);
	expect_nesting(NULL, "1\n", NULL);
	expect_nesting("N\n", NULL, off);
	expect_nesting(NULL, "0\n", zero);
	kvm.nested_state = 0;
	expect_nesting("Y\n", NULL, incapable);
	expect_nesting(NULL, NULL, incapable);
	kvm.fail_open = -ENOENT;
	expect_nesting("Y\n", NULL, missing);
	kvm.fail_open = -EACCES;
	expect_nesting("Y\n", NULL, forbidden);
	set_nested("kvm_intel", NULL);
	set_nested("kvm_amd", NULL);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fpb-test-engine.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const left[] = { "emulator",
					    "sys/module/kvm_intel/parameters",
					    "sys/module/kvm_intel",
					    "sys/module/kvm_amd/parameters",
					    "sys/module/kvm_amd",
					    "sys/module",
					    "sys",
					    "" };
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, left[i]);
		if (remove(path))
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcg_command),   cmocka_unit_test(test_kvm_command),
		cmocka_unit_test(test_command_lines), cmocka_unit_test(test_own_arguments),
		cmocka_unit_test(test_check),	      cmocka_unit_test(test_check_refuses),
		cmocka_unit_test(test_nesting),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
