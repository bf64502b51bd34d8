// SPDX-License-Identifier: MIT
#include "host/lab/bochs_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host/lab/boot_process.h"
#include "host/lab/console.h"

#define MKIMAGE	    "grub-mkimage"
#define XORRISO	    "xorriso"
#define PATIENCE_MS 120000
#define REMEDY                                                                                     \
	"it takes the packages grub-common, grub-pc-bin and xorriso (scripts/setup.sh --bochs "    \
	"installs them)"
#define FILE_MENU   "grub.cfg"
#define FILE_LOADER "grub.img"
#define CD_LOADER   "boot/grub.img"

static int write_file(const char *dir, const char *name, const char *text, struct fpb_err *err)
{
	char *path;
	FILE *out;
	int ret = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s", name);
	out = fopen(path, "we");
	if (!out || fputs(text, out) == EOF)
		ret = FPB_FAIL(err, -errno, "%s", path);
	if (out && fclose(out) == EOF && !ret)
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

/* What a tool said last, to be freed. */
static char *last_words(char *answer)
{
	char *last = strrchr(answer, '\n');

	if (last && !last[1]) {
		*last = '\0';
		last = strrchr(answer, '\n');
	}
	last = last ? last + 1 : answer;
	return console_harmless(last, strlen(last));
}

static int run_tool(const char *const argv[], struct fpb_err *err)
{
	struct fpb_err why = { 0 };
	char how[LAB_HOW_BYTES], *answer, *last;
	int status, ret;

	answer = lab_process_ask(argv, PATIENCE_MS, &status, &why);
	if (!answer && why.code == -ENOENT)
		return FPB_FAIL(err, -ENOENT, "no %s to make Bochs's CD with; " REMEDY, argv[0]);
	if (!answer)
		return FPB_FAIL(err, why.code, "%s", why.text);
	if (!status) {
		free(answer);
		return 0;
	}
	lab_process_how(status, how);
	last = last_words(answer);
	ret = FPB_FAIL(err, -EIO, "%s %s: %s; is there room in TMPDIR? " REMEDY, argv[0], how,
		       last ? last : "");
	free(last);
	free(answer);
	return ret;
}

int bochs_files_check(struct fpb_err *err)
{
	const char *const mkimage[] = { MKIMAGE, "--version", NULL };
	const char *const xorriso[] = { XORRISO, "-version", NULL };
	int ret = run_tool(mkimage, err);

	return ret ? ret : run_tool(xorriso, err);
}

/*
 * GRUB as one file with its commands in it. grub-mkrescue would write today's date into the packed
 * code, and a boot a second later would differ from this one by what it takes to unpack it.
 */
static int make_loader(const char *commands, const char *loader, struct fpb_err *err)
{
	const char *const argv[] = {
		MKIMAGE, "-O",	   "i386-pc-eltorito", "-o",	  loader,  "-p",     "/",
		"-c",	 commands, "biosdisk",	       "iso9660", "linux", "serial", "terminal",
		"boot",	 NULL,
	};

	return run_tool(argv, err);
}

struct cd_paths {
	char *cd, *loader, *commands;
	char *loader_graft, *kernel_graft, *initramfs_graft;
};

static char *path_in(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static void clear_paths(struct cd_paths *p)
{
	free(p->cd);
	free(p->loader);
	free(p->commands);
	free(p->loader_graft);
	free(p->kernel_graft);
	free(p->initramfs_graft);
}

/* To be cleared, whatever it returns. */
static int find_paths(const struct lab_machine *machine, struct cd_paths *p, struct fpb_err *err)
{
	*p = (struct cd_paths){
		.cd = path_in(machine->work_dir, BOCHS_FILE_CD),
		.loader = path_in(machine->work_dir, FILE_LOADER),
		.commands = path_in(machine->work_dir, FILE_MENU),
		.kernel_graft = graft("boot/vmlinuz", machine->kernel),
	};
	if (p->loader)
		p->loader_graft = graft(CD_LOADER, p->loader);
	if (machine->initramfs)
		p->initramfs_graft = graft("boot/initramfs", machine->initramfs);
	if (p->cd && p->commands && p->loader_graft && p->kernel_graft &&
	    (p->initramfs_graft || !machine->initramfs))
		return 0;
	return FPB_FAIL(err, -ENOMEM, "paths of Bochs's CD");
}

static int make_cd(const struct lab_machine *machine, struct fpb_err *err)
{
	struct cd_paths p;
	int ret = find_paths(machine, &p, err);

	if (!ret)
		ret = make_loader(p.commands, p.loader, err);
	if (!ret) {
		const char *const argv[] = {
			XORRISO,
			"-as",
			"mkisofs",
			"-graft-points",
			"-b",
			CD_LOADER,
			"-no-emul-boot",
			"-boot-load-size",
			"4",
			"-boot-info-table",
			"--grub2-boot-info",
			"-o",
			p.cd,
			p.loader_graft,
			p.kernel_graft,
			p.initramfs_graft,
			NULL,
		};

		ret = run_tool(argv, err);
	}
	clear_paths(&p);
	return ret;
}

static int write_menu(const struct lab_machine *machine, const char *command_line,
		      struct fpb_err *err)
{
	char *menu;
	int ret;

	if (asprintf(&menu,
		     "serial --unit=0 --speed=115200\n"
		     "terminal_output serial\n"
		     "linux /boot/vmlinuz %s\n"
		     "%s"
		     "boot\n",
		     command_line, machine->initramfs ? "initrd /boot/initramfs\n" : "") < 0)
		return FPB_FAIL(err, -ENOMEM, "commands of GRUB");
	ret = write_file(machine->work_dir, FILE_MENU, menu, err);
	free(menu);
	return ret;
}

int bochs_files_make(const struct lab_machine *machine, const struct bochs_emulator *emulator,
		     const char *command_line, struct fpb_err *err)
{
	const char *const cpu = machine->cpu_model ? machine->cpu_model : BOCHS_CPU_MODEL;
	char *config = bochs_config(machine, emulator, err);
	int ret;

	if (!config)
		return err->code;
	ret = bochs_emulator_check_model(emulator, cpu, strcspn(cpu, ","), err);
	if (!ret)
		ret = write_file(machine->work_dir, BOCHS_FILE_CONFIG, config, err);
	free(config);
	if (!ret)
		ret = write_file(machine->work_dir, BOCHS_FILE_COMMANDS, "c\n", err);
	if (!ret)
		ret = write_menu(machine, command_line, err);
	return ret ? ret : make_cd(machine, err);
}
