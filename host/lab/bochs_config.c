// SPDX-License-Identifier: MIT
#include "host/lab/bochs_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MIB 512

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
	/*
	 * Devices wait in time, and instructions are what a wait takes: the fewer a second, the
	 * sooner a byte is sent and a sector read.
	 */
	fprintf(out,
		"cpu: model=%.*s, count=1, ips=10000000, reset_on_triple_fault=0, "
		"ignore_bad_msrs=1",
		(int)model, text);
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
	/* Ticks alone make time, from 2024-01-01 on. (1 would stand for the day of today.) */
	fputs("clock: sync=none, time0=1704067200\n", out);
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
