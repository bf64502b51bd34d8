// SPDX-License-Identifier: MIT
/* boot_explain.c - why a boot failed: the one line that a person needs, then the console's end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "host/lab/boot_priv.h"
#include "host/lab/console.h"

#define TAIL_LINES 15

/* What a file grows by: a write that failed for want of room left less than this. */
#define BLOCK_BYTES 4096

bool lab_disk_has_less(const char *path, uint64_t bytes)
{
	struct statvfs fs;

	return !statvfs(path, &fs) && (uint64_t)fs.f_bavail * fs.f_frsize < bytes;
}

static const char *phase_of(const struct lab_boot *boot)
{
	if (boot->phase)
		return boot->phase;
	return boot->private->has_hello ? "start of init" : "start of the kernel";
}

static void explain_emulator(FILE *out, const struct lab_boot *boot, const struct lab_boot_end *end)
{
	char *said = console_last_line(boot->private->emulator_log);
	char how[LAB_HOW_BYTES];

	lab_process_how(end->status, how);
	fprintf(out, "the emulator %s %s, in phase \"%s\"", boot->private->emulator, how,
		phase_of(boot));
	if (said)
		fprintf(out, ": %s", said);
	free(said);
}

static void explain_hang(FILE *out, const struct lab_boot *boot, const struct lab_boot_end *end)
{
	char *line = console_last_line(boot->private->console_path);

	if (end->kind == LAB_END_SILENT)
		fprintf(out, "the machine hangs: not a byte from it for %u s",
			boot->private->limits.silence_s);
	else
		fprintf(out, "the machine is not done after %u s", boot->private->limits.total_s);
	fprintf(out, ", in phase \"%s\"; it was ended; ", phase_of(boot));
	if (line)
		fprintf(out, "last on its console: %s", line);
	else
		fputs("nothing on its console", out);
	free(line);
}

/* The emulator ended well, and the machine inside it did not. */
static void explain_early_end(FILE *out, const struct lab_boot *boot)
{
	const size_t missing = lab_channel_missing(&boot->private->channel);

	if (missing)
		fprintf(out,
			"the results are torn: the last frame lacks %zu bytes; the machine went "
			"off in phase \"%s\"",
			missing, phase_of(boot));
	else if (boot->private->has_end)
		fputs("init reached its end and sent no report", out);
	else
		fprintf(out,
			"the machine went off or reset before the end of the run, in phase \"%s\", "
			"without a word from the kernel",
			phase_of(boot));
}

/* The file whose disk is full; NULL for none. */
static const char *find_full(const struct lab_boot_private *p)
{
	if (lab_disk_has_less(p->console_path, BLOCK_BYTES))
		return p->console_path;
	return lab_disk_has_less(p->channel_path, BLOCK_BYTES) ? p->channel_path : NULL;
}

/* Init's word, or else the kernel's, explains an emulator that merely failed, not a killed one. */
static bool is_emulators_fault(const struct lab_boot_end *end, bool has_complaint)
{
	return end->kind == LAB_END_EXIT && end->status &&
	       (WIFSIGNALED(end->status) || !has_complaint);
}

static void explain(FILE *out, const struct lab_boot *boot, const struct lab_boot_end *end)
{
	const struct lab_boot_private *p = boot->private;
	const char *const full = find_full(p);
	char *kernels = console_complaint(p->console_path);

	if (full)
		fprintf(out,
			"no space left on the disk of %s: the boot's log and results cannot be "
			"written; free some, or name another place (--out, TMPDIR)",
			full);
	else if (is_emulators_fault(end, p->complaint || kernels))
		explain_emulator(out, boot, end);
	else if (p->complaint)
		fputs(p->complaint, out);
	else if (kernels)
		fprintf(out, "the kernel gave up in phase \"%s\": %s", phase_of(boot), kernels);
	else if (end->kind == LAB_END_CHANNEL)
		fprintf(out, "the results are damaged: %s", end->what);
	else if (end->kind == LAB_END_FLOOD)
		fprintf(out,
			"the machine wrote more than %d MiB to its console, in phase \"%s\", and "
			"was ended",
			LAB_CONSOLE_MAX_BYTES >> 20, phase_of(boot));
	else if (end->kind == LAB_END_EXIT)
		explain_early_end(out, boot);
	else
		explain_hang(out, boot, end);
	free(kernels);
}

char *lab_boot_explain(const struct lab_boot *boot, const struct lab_boot_end *end)
{
	char *text = NULL, *tail = console_tail(boot->private->console_path, TAIL_LINES);
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (out) {
		explain(out, boot, end);
		if (tail)
			fprintf(out, "\nThe end of %s:%s", boot->private->console_path, tail);
		if (fclose(out)) {
			free(text);
			text = NULL;
		}
	}
	free(tail);
	return text;
}
