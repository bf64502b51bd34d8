// SPDX-License-Identifier: MIT
#include "host/lab/bochs_files.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host/lab/boot_process.h"
#include "host/lab/console.h"

#define MKRESCUE	     "grub-mkrescue"
#define MKRESCUE_PATIENCE_MS 120000
#define MEMORY_MIB	     512

static bool is_word(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '.')
			return false;
	}
	return bytes > 0;
}

/* The features with `sign`, as "name name", if any: the option takes them in one string. */
static void add_features(FILE *out, const char *features, char sign, const char *option)
{
	const char *between = "";

	for (const char *next = features; *next; next += strcspn(next, ",")) {
		next++; /* the comma */
		if (*next != sign)
			continue;
		fprintf(out, "%s%.*s", *between ? between : option, (int)strcspn(next + 1, ","),
			next + 1);
		between = " ";
	}
	if (*between)
		fputc('"', out);
}

static int add_cpu(FILE *out, const char *cpu_model, struct fpb_err *err)
{
	const char *const text = cpu_model ? cpu_model : BOCHS_CPU_MODEL;
	const size_t model = strcspn(text, ",");
	bool is_fine = is_word(text, model);

	for (const char *next = text + model; is_fine && *next; next += strcspn(next, ",")) {
		next++;
		is_fine = (*next == '+' || *next == '-') &&
			  is_word(next + 1, strcspn(next + 1, ","));
	}
	if (!is_fine)
		return FPB_FAIL(
			err, -EINVAL,
			"--cpu %s: expected a model of Bochs (its --help cpu lists them) with "
			"optional ,+feature and ,-feature",
			text);
	fprintf(out, "cpu: model=%.*s, count=1, ips=100000000, ignore_bad_msrs=1", (int)model,
		text);
	add_features(out, text + model, '+', ", add_features=\"");
	add_features(out, text + model, '-', ", exclude_features=\"");
	fputc('\n', out);
	return 0;
}

/* Inside quotes all but these stands for itself. */
static int check_path(const char *path, struct fpb_err *err)
{
	if (!strpbrk(path, "\"$\n"))
		return 0;
	return FPB_FAIL(err, -EINVAL,
			"%s: Bochs's configuration cannot hold a path with a quote, dollar or "
			"line end: name another place (--out, TMPDIR)",
			path);
}

char *bochs_config(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		   struct fpb_err *err)
{
	char *text = NULL;
	size_t bytes;
	FILE *out;
	int ret = check_path(machine->work_dir, err);

	if (!ret)
		ret = check_path(machine->console, err);
	if (!ret)
		ret = check_path(machine->channel, err);
	if (ret)
		return NULL;
	out = open_memstream(&text, &bytes);
	if (!out) {
		FPB_FAIL(err, -ENOMEM, "configuration of Bochs");
		return NULL;
	}
	ret = add_cpu(out, machine->cpu_model, err);
	fprintf(out, "memory: guest=%d, host=%d\n", MEMORY_MIB, MEMORY_MIB);
	/* Given, since without it a BXSHARE of the environment is not looked at. */
	fputs("romimage: file=$BXSHARE/BIOS-bochs-latest\n"
	      "vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest\n"
	      "boot: cdrom\n"
	      "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n",
	      out);
	fprintf(out, "ata0-master: type=cdrom, path=\"%s/" BOCHS_FILE_CD "\", status=inserted\n",
		machine->work_dir);
	/* Ticks alone make time, from a fixed day on. */
	fputs("clock: sync=none, time0=1\n", out);
	fprintf(out, "com1: enabled=1, mode=file, dev=\"%s\"\n", machine->console);
	fprintf(out, "com2: enabled=1, mode=file, dev=\"%s\"\n", machine->channel);
	fprintf(out, "display_library: %s\n", emulator->display);
	fprintf(out, "log: \"%s/bochs.log\"\n", machine->work_dir);
	/* Powering off is a panic to Bochs; asking what to do about one would be a hang. */
	fputs("panic: action=fatal\n"
	      "error: action=report\n"
	      "info: action=ignore\n"
	      "debug: action=ignore\n",
	      out);
	if (fclose(out) && !ret)
		ret = FPB_FAIL(err, -ENOMEM, "configuration of Bochs");
	if (ret) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_file(const char *dir, const char *name, const char *text, struct fpb_err *err)
{
	char *path;
	FILE *out;
	int ret = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s", name);
	out = fopen(path, "we");
	if (!out)
		ret = FPB_FAIL(err, -errno, "%s", path);
	else if ((fputs(text, out) == EOF) | (fclose(out) == EOF))
		ret = FPB_FAIL(err, -errno, "%s", path);
	free(path);
	return ret;
}

/* xorriso takes what stands before the first '=' for the place on the CD. */
static char *graft(const char *place, const char *path)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	fprintf(out, "%s=", place);
	for (; *path; path++) {
		if (*path == '=' || *path == '\\')
			fputc('\\', out);
		fputc(*path, out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int run_mkrescue(const char *const argv[], struct fpb_err *err)
{
	struct fpb_err why = { 0 };
	char how[LAB_HOW_BYTES], *answer, *last;
	int status, ret;

	answer = lab_process_ask(argv, MKRESCUE_PATIENCE_MS, &status, &why);
	if (!answer && why.code == -ENOENT)
		return FPB_FAIL(err, -ENOENT,
				"no " MKRESCUE " to make Bochs's CD with; install the packages "
				"grub-common, grub-pc-bin, xorriso and mtools (scripts/setup.sh "
				"--bochs does)");
	if (!answer)
		return FPB_FAIL(err, why.code, "%s", why.text);
	if (!status) {
		free(answer);
		return 0;
	}
	lab_process_how(status, how);
	last = strrchr(answer, '\n');
	if (last && !last[1]) {
		*last = '\0';
		last = strrchr(answer, '\n');
	}
	last = console_harmless(last ? last + 1 : answer, strlen(last ? last + 1 : answer));
	ret = FPB_FAIL(err, -EIO,
		       MKRESCUE " %s: %s; it needs the packages grub-pc-bin, xorriso and mtools, "
				"and room in TMPDIR",
		       how, last ? last : "");
	free(last);
	free(answer);
	return ret;
}

static int make_cd(const struct lab_machine *machine, struct fpb_err *err)
{
	char *cd = NULL, *menu_path = NULL, *menu = NULL, *kernel, *initramfs = NULL;
	int ret = 0;

	kernel = graft("boot/vmlinuz", machine->kernel);
	if (machine->initramfs)
		initramfs = graft("boot/initramfs", machine->initramfs);
	if (asprintf(&cd, "%s/" BOCHS_FILE_CD, machine->work_dir) < 0)
		cd = NULL;
	if (asprintf(&menu_path, "%s/grub.cfg", machine->work_dir) < 0)
		menu_path = NULL;
	if (menu_path)
		menu = graft("boot/grub/grub.cfg", menu_path);
	if (!cd || !kernel || !menu || (machine->initramfs && !initramfs)) {
		ret = FPB_FAIL(err, -ENOMEM, "command line of " MKRESCUE);
	} else {
		const char *const argv[] = { MKRESCUE, "-o", cd, menu, kernel, initramfs, NULL };

		ret = run_mkrescue(argv, err);
	}
	free(cd);
	free(menu_path);
	free(menu);
	free(kernel);
	free(initramfs);
	return ret;
}

static int write_menu(const struct lab_machine *machine, const char *command_line,
		      struct fpb_err *err)
{
	char *menu;
	int ret;

	if (asprintf(&menu,
		     "set timeout=0\n"
		     "serial --unit=0 --speed=115200\n"
		     "terminal_output serial\n"
		     "linux /boot/vmlinuz %s\n"
		     "%s"
		     "boot\n",
		     command_line, machine->initramfs ? "initrd /boot/initramfs\n" : "") < 0)
		return FPB_FAIL(err, -ENOMEM, "menu of GRUB");
	ret = write_file(machine->work_dir, "grub.cfg", menu, err);
	free(menu);
	return ret;
}

int bochs_files_make(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		     const char *command_line, struct fpb_err *err)
{
	char *config = bochs_config(machine, emulator, err);
	int ret;

	if (!config)
		return err->code;
	ret = write_file(machine->work_dir, BOCHS_FILE_CONFIG, config, err);
	free(config);
	if (!ret)
		ret = write_file(machine->work_dir, BOCHS_FILE_COMMANDS, "c\n", err);
	if (!ret)
		ret = write_menu(machine, command_line, err);
	return ret ? ret : make_cd(machine, err);
}
