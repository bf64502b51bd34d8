// SPDX-License-Identifier: MIT
/* What Bochs is found to be, played by a shell script, and what it is given to boot from. */
#include <errno.h>
#include <ftw.h>
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

#include "host/lab/bochs_emulator.h"
#include "host/lab/bochs_files.h"

#define VERSION_3                                                                                  \
	"========\n"                                                                               \
	"            Bochs x86 Emulator 3.0  \n"                                                   \
	"  Built from GitHub snapshot on February 16, 2025\n"
#define HELP  "Usage: bochs [flags] [bochsrc options]\n  -n  no configuration file\n"
#define DEBUG "  -rc filename  execute debugger commands stored in file\n"

static char folder[64];

static const struct lab_machine machine = {
	.kernel = "/a b/vmlinuz,1",
	.initramfs = "/a b/init=ramfs\\",
	.work_dir = "/work",
	.console = "/out/boot,1.log",
	.channel = "/work/channel",
};

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, in) > 0);
	fclose(in);
	return text;
}

static void write_script(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	assert_non_null(out);
	fprintf(out, "#!/bin/sh\n%s", text);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path_of(name), 0755), 0);
}

/* A Bochs that says `help`, and of its displays has those in `displays`: " term nogui ". */
static const char *bochs(const char *help, const char *displays)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "if [ \"$*\" = '--help cpu' ]; then\n"
		 "	printf 'Supported CPU models:\\n\\ni386\\ncorei7_icelake_u\\nryzen\\n\\n'\n"
		 "	exit\n"
		 "fi\n"
		 "if [ \"$1\" = --help ]; then cat <<'EOF'\n%sEOF\n"
		 "	exit\n"
		 "fi\n"
		 "name=$(echo \"$*\" | sed 's/.*display_library: \\([a-z]*\\).*/\\1/')\n"
		 "case '%s' in\n"
		 "*\" $name \"*) exit 0 ;;\n"
		 "esac\n"
		 "echo \"[      ] cmdline args: display library '$name' not available\"\n"
		 "exit 1\n",
		 help, displays);
	write_script("bochs", text);
	return path_of("bochs");
}

static void expect_found(const char *path, bool has_debugger, const char *display)
{
	struct bochs_emulator e;
	struct fpb_err err = { 0 };

	if (bochs_emulator_find(path, &e, &err))
		fail_msg("%s", err.text);
	assert_string_equal(e.path, path);
	assert_string_equal(e.version, "Bochs x86 Emulator 3.0, Built from GitHub snapshot on "
				       "February 16, 2025");
	assert_int_equal(e.has_debugger, has_debugger);
	assert_string_equal(e.display, display);
	bochs_emulator_clear(&e);
	bochs_emulator_clear(&e);
}

static void test_found(void **state)
{
	(void)state;
	/* Nothing to draw is preferred. */
	expect_found(bochs(VERSION_3 HELP, " term nogui "), false, "nogui");
	expect_found(bochs(VERSION_3 HELP DEBUG, " x term "), true, "term");
}

static void expect_refused(const char *path, int code, const char *const words[])
{
	struct bochs_emulator e;
	struct fpb_err err = { 0 };

	assert_int_equal(bochs_emulator_find(path, &e, &err), code);
	assert_null(e.path);
	assert_null(e.version);
	for (; *words; words++) {
		if (!strstr(err.text, *words))
			fail_msg("'%s' does not mention '%s'", err.text, *words);
	}
	assert_null(strchr(err.text, '\n'));
}

static void test_refused(void **state)
{
	const char *const missing[] = { "/nonexistent/bochs", "setup.sh --bochs", "bochs-term",
					"--emulator", NULL };
	const char *const old[] = { "Bochs x86 Emulator 2.7", "too old", "setup.sh --bochs", NULL };
	const char *const other[] = { "/bochs --help", "exited with status 0", "--emulator", NULL };
	const char *const killed[] = { "was killed by signal 11", NULL };
	const char *const windows[] = { "neither", "nogui", "term", "bochs-term", NULL };

	(void)state;
	expect_refused("/nonexistent/bochs", -ENOENT, missing);
	expect_refused(bochs("   Bochs x86 Emulator 2.7\n" HELP, " nogui "), -EOPNOTSUPP, old);
	expect_refused(bochs("   Bochs x86 Emulator\n" HELP, " nogui "), -EINVAL, other);
	expect_refused(bochs("   Bochs x86 Emulator x\n", " nogui "), -EOPNOTSUPP,
		       (const char *const[]){ "too old", NULL });
	expect_refused(bochs("", " nogui "), -EINVAL, other);
	expect_refused(bochs(VERSION_3 HELP, " x sdl2 "), -EOPNOTSUPP, windows);
	write_script("bochs", "kill -SEGV $$\n");
	expect_refused(path_of("bochs"), -EINVAL, killed);
}

/* Without --emulator: that in PATH, or else the prepared one, and what is wrong with it. */
static void test_prepared(void **state)
{
	const char *const old[] = { "2.8", "too old", NULL };
	const char *const none[] = { "no emulator bochs", "setup.sh --bochs", NULL };
	const char *const before = getenv("PATH");
	char *kept = strdup(before ? before : "");
	struct bochs_emulator e;
	struct fpb_err err = { 0 };

	(void)state;
	assert_non_null(kept);
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_int_equal(setenv("XDG_CACHE_HOME", folder, 1), 0);
	expect_refused(NULL, -ENOENT, none);
	assert_int_equal(mkdir(path_of("fpstate-bench"), 0755), 0);
	assert_int_equal(mkdir(path_of("fpstate-bench/bochs"), 0755), 0);
	assert_int_equal(setenv("PATH", kept, 1), 0);
	bochs(VERSION_3 HELP, " term ");
	assert_int_equal(symlink("../../bochs", path_of("fpstate-bench/bochs/bochs")), 0);
	/* What PATH has may be Debian 12's. */
	assert_int_equal(mkdir(path_of("bin"), 0755), 0);
	write_script("bin/bochs", "echo 'Bochs x86 Emulator 2.7'\n");
	assert_int_equal(setenv("PATH", path_of("bin:/usr/bin:/bin"), 1), 0);
	if (bochs_emulator_find(NULL, &e, &err))
		fail_msg("%s", err.text);
	assert_string_equal(e.path, path_of("fpstate-bench/bochs/bochs"));
	bochs_emulator_clear(&e);
	bochs("Bochs x86 Emulator 2.8\n", " term ");
	expect_refused(NULL, -EOPNOTSUPP, old);
	/* And what it has may do. */
	assert_int_equal(unlink(path_of("bin/bochs")), 0);
	bochs(VERSION_3 HELP, " term ");
	assert_int_equal(symlink("../bochs", path_of("bin/bochs")), 0);
	if (bochs_emulator_find(NULL, &e, &err))
		fail_msg("%s", err.text);
	assert_string_equal(e.path, "bochs");
	bochs_emulator_clear(&e);
	assert_int_equal(setenv("PATH", kept, 1), 0);
	free(kept);
}

static void test_model(void **state)
{
	char version[] = "Bochs 3";
	struct bochs_emulator e = { .version = version };
	struct fpb_err err = { 0 }, shorter = { 0 }, listless = { 0 };

	(void)state;
	e.path = strdup(bochs(VERSION_3, ""));
	assert_int_equal(bochs_emulator_check_model(&e, "ryzen,+x", 5, &err), 0);
	assert_int_equal(bochs_emulator_check_model(&e, "corei7_icelake_u", 16, &err), 0);
	assert_int_equal(bochs_emulator_check_model(&e, "ryzen", 4, &shorter), -EINVAL);
	assert_int_equal(bochs_emulator_check_model(&e, "ryzen2", 6, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--cpu ryzen2: Bochs 3 has no such model"));
	assert_non_null(strstr(err.text, "--help cpu"));
	write_script("bochs", "exit 1\n");
	assert_int_equal(bochs_emulator_check_model(&e, "ryzen2", 6, &listless), 0);
	free(e.path);
}

static void test_configuration(void **state)
{
	const struct bochs_emulator e = { .display = "term" };
	struct lab_machine other = machine;
	struct fpb_err err = { 0 };
	char *text;

	(void)state;
	text = bochs_config(&machine, &e, &err);
	assert_non_null(text);
	assert_string_equal(
		text,
		"cpu: model=corei7_icelake_u, count=1, ips=10000000, reset_on_triple_fault=0, "
		"ignore_bad_msrs=1, exclude_features=\"rdrand rdseed\"\n"
		"memory: guest=512, host=512\n"
		"romimage: file=$BXSHARE/BIOS-bochs-latest\n"
		"vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest\n"
		"boot: cdrom\n"
		"ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
		"ata0-master: type=cdrom, path=\"/work/cd.iso\", status=inserted\n"
		"clock: sync=none, time0=1704067200\n"
		"com1: enabled=1, mode=file, dev=\"/out/boot,1.log\"\n"
		"com2: enabled=1, mode=file, dev=\"/work/channel\"\n"
		"display_library: term\n"
		"log: \"/work/bochs.log\"\n"
		"panic: action=fatal\n"
		"error: action=report\n"
		"info: action=ignore\n"
		"debug: action=ignore\n");
	free(text);
	other.cpu_model = "ryzen,+amx,-vmx,+svm,-avx512.x";
	text = bochs_config(&other, &e, &err);
	assert_non_null(text);
	*strchr(text, '\n') = '\0';
	assert_string_equal(text, "cpu: model=ryzen, count=1, ips=10000000, "
				  "reset_on_triple_fault=0, ignore_bad_msrs=1, "
				  "add_features=\"amx svm\", exclude_features=\"vmx avx512.x\"");
	free(text);
	other.cpu_model = "ryzen";
	text = bochs_config(&other, &e, &err);
	assert_non_null(text);
	assert_null(strstr(text, "features"));
	free(text);
}

/* Nothing of what is given may become a line, an option or a variable of its own. */
static void test_hostile(void **state)
{
	static const char *const models[] = {
		"",	     ",",	 "ryzen,",	 "ryzen,amx",	     "ryzen,+",
		"ryzen, +a", "ryzen +a", "ryzen,+a,,+b", "ryzen,+a b",	     "ryzen\nmegs: 1",
		"ry\"zen",   "ryzen;ls", "$HOME",	 "ryzen,+a\"\nlog:", "ryzen,count=2",
		"%n",	     "\xff\xfe",
	};
	static const char *const paths[] = { "/a\"b", "/a$HOME", "/a\nlog: x" };
	const struct bochs_emulator e = { .display = "nogui" };

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct lab_machine on = machine;
		struct fpb_err err = { 0 };

		on.cpu_model = models[i];
		if (bochs_config(&on, &e, &err))
			fail_msg("--cpu '%s' is taken", models[i]);
		assert_int_equal(err.code, -EINVAL);
		assert_non_null(strstr(err.text, "expected a model of Bochs"));
	}
	for (size_t i = 0; i < 3 * sizeof(paths) / sizeof(paths[0]); i++) {
		struct lab_machine on = machine;
		struct fpb_err err = { 0 };

		*(i % 3 == 0   ? &on.work_dir
		  : i % 3 == 1 ? &on.console
			       : &on.channel) = paths[i / 3];
		if (bochs_config(&on, &e, &err))
			fail_msg("path '%s' is taken", paths[i / 3]);
		assert_int_equal(err.code, -EINVAL);
		assert_non_null(strstr(err.text, "name another place"));
	}
}

/* The CD's makers are scripts that note what they were given. */
static void write_tools(const char *text)
{
	if (access(path_of("tools"), F_OK))
		assert_int_equal(mkdir(path_of("tools"), 0755), 0);
	write_script("tools/grub-mkimage", text);
	write_script("tools/xorriso", text);
}

/* PATH with the tools before all else; to be given to restore_path(). */
static char *use_tools(void)
{
	const char *const before = getenv("PATH");
	char *kept = strdup(before ? before : ""), path[128];

	assert_non_null(kept);
	snprintf(path, sizeof(path), "%s/tools:/usr/bin:/bin", folder);
	assert_int_equal(setenv("PATH", path, 1), 0);
	return kept;
}

static void restore_path(char *kept)
{
	assert_int_equal(setenv("PATH", kept, 1), 0);
	free(kept);
}

static void test_files(void **state)
{
	struct fpb_err err = { 0 }, refused = { 0 }, missing = { 0 };
	struct bochs_emulator e = { .display = "nogui" };
	struct lab_machine on = machine;
	char *kept, *text, *cd, note[200], loader[200];

	(void)state;
	e.path = strdup(bochs(VERSION_3, ""));
	snprintf(note, sizeof(note), "printf '[%%s]\\n' \"$@\" >>'%s/given'\n", folder);
	write_tools(note);
	kept = use_tools();
	on.work_dir = folder;
	if (bochs_files_make(&on, &e, "console=ttyS0 x=y", &err))
		fail_msg("%s", err.text);

	text = read_all(path_of("given"));
	snprintf(loader, sizeof(loader), "\n[-o]\n[%s/grub.img]\n[-p]\n[/]\n[-c]\n[%s/grub.cfg]\n",
		 folder, folder);
	assert_non_null(strstr(text, loader));
	cd = strstr(text, "[mkisofs]\n");
	assert_non_null(cd);
	snprintf(loader, sizeof(loader), "\n[-o]\n[%s/cd.iso]\n[boot/grub.img=%s/grub.img]\n",
		 folder, folder);
	assert_non_null(strstr(cd, loader));
	assert_string_equal(strstr(cd, "[boot/vmlinuz"),
			    "[boot/vmlinuz=/a b/vmlinuz,1]\n"
			    "[boot/initramfs=/a b/init\\=ramfs\\\\]\n");
	free(text);
	text = read_all(path_of("grub.cfg"));
	assert_non_null(strstr(text, "\nlinux /boot/vmlinuz console=ttyS0 x=y\n"
				     "initrd /boot/initramfs\nboot\n"));
	free(text);
	text = read_all(path_of(BOCHS_FILE_COMMANDS));
	assert_string_equal(text, "c\n");
	free(text);
	text = read_all(path_of(BOCHS_FILE_CONFIG));
	assert_memory_equal(text, "cpu: ", 5);
	free(text);

	write_script("tools/xorriso", "echo first; echo 'xorriso: \033no room'; exit 3\n");
	assert_int_equal(bochs_files_make(&on, &e, "", &refused), -EIO);
	assert_non_null(strstr(refused.text, "xorriso exited with status 3: xorriso: ?no room"));
	assert_non_null(strstr(refused.text, "grub-pc-bin"));
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_int_equal(bochs_files_check(&missing), -ENOENT);
	assert_non_null(strstr(missing.text, "grub-pc-bin"));
	restore_path(kept);
	free(e.path);
}

/* The whole: the command that boots, with the debugger's commands where there is one. */
static void test_command(void **state)
{
	struct lab_machine on = machine;
	struct lab_command command = { 0 };
	struct fpb_err err = { 0 };
	char *kept, *emulator, *hypervisor, *line, *menu;

	(void)state;
	write_tools("exit 0\n");
	kept = use_tools();
	on.work_dir = folder;
	on.emulator = emulator = strdup(bochs(VERSION_3 HELP DEBUG, " term "));
	assert_int_equal(lab_engine_bochs.check(on.emulator, &hypervisor, &err), 0);
	assert_memory_equal(hypervisor, "Bochs x86 Emulator 3.0, ", 24);
	free(hypervisor);
	if (lab_engine_bochs.build(&on, &command, &err))
		fail_msg("%s", err.text);
	assert_int_equal(command.nr, 6);
	assert_string_equal(command.argv[0], on.emulator);
	assert_string_equal(command.argv[1], "-q");
	assert_string_equal(command.argv[2], "-f");
	assert_string_equal(command.argv[3], path_of(BOCHS_FILE_CONFIG));
	assert_string_equal(command.argv[4], "-rc");
	assert_string_equal(command.argv[5], path_of(BOCHS_FILE_COMMANDS));
	line = lab_engine_command_line(&lab_engine_bochs, &err);
	menu = read_all(path_of("grub.cfg"));
	assert_non_null(line);
	assert_non_null(strstr(menu, line));
	free(line);
	free(menu);
	lab_command_clear(&command);

	bochs(VERSION_3 HELP, " term ");
	assert_int_equal(lab_engine_bochs.build(&on, &command, &err), 0);
	assert_int_equal(command.nr, 4);
	lab_command_clear(&command);
	on.cpu_model = "nonsense,+avx512";
	assert_int_equal(lab_engine_bochs.build(&on, &command, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--cpu nonsense: "));
	lab_command_clear(&command);
	/* Found before the first boot. */
	write_script("tools/xorriso", "exit 1\n");
	assert_int_equal(lab_engine_bochs.check(emulator, &hypervisor, &err), -EIO);
	assert_null(hypervisor);
	restore_path(kept);
	free(emulator);
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
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/fpb-test-bochs.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),	      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_prepared),      cmocka_unit_test(test_model),
		cmocka_unit_test(test_configuration), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_files),	      cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
