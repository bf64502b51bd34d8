// SPDX-License-Identifier: MIT
#include "host/lab/bochs_emulator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lab/boot_process.h"
#include "host/lab/console.h"

#define PATIENCE_MS   10000
#define LEAST_VERSION 3
#define BANNER	      "Bochs x86 Emulator "
#define MODELS	      "Supported CPU models"
#define REMEDY                                                                                     \
	"install Debian 13's packages bochs and bochs-term, run scripts/setup.sh --bochs on "      \
	"Debian 12, or name another with --emulator PATH"

/* The rest of the line that `start` stands in, trimmed and made harmless. */
static char *rest_of_line(const char *start)
{
	size_t bytes = strcspn(start, "\n");

	while (bytes && (start[bytes - 1] == ' ' || start[bytes - 1] == '\r'))
		bytes--;
	return console_harmless(start, bytes);
}

/* "Bochs x86 Emulator 3.0", and what it was built from where it says so. */
static char *version_in(const char *banner)
{
	const char *built = strstr(banner, "Built from");
	char *name = rest_of_line(banner);
	char *origin = built ? rest_of_line(built) : NULL;
	char *version = NULL;

	if (name &&
	    asprintf(&version, "%s%s%s", name, origin ? ", " : "", origin ? origin : "") < 0)
		version = NULL;
	free(name);
	free(origin);
	return version;
}

/* One that cannot be started at all is explained by who asks for it. */
static int ask_what_it_is(struct bochs_emulator *e, struct fpb_err *err)
{
	const char *const argv[] = { e->path, "--help", NULL };
	int status;
	char *answer = lab_process_ask(argv, PATIENCE_MS, &status, err);
	const char *banner;
	long major;

	if (!answer)
		return err->code;
	banner = strstr(answer, BANNER);
	e->has_debugger = strstr(answer, "-rc ");
	e->version = banner ? version_in(banner) : NULL;
	major = banner ? strtol(banner + strlen(BANNER), NULL, 10) : 0;
	free(answer);
	if (!banner) {
		char how[LAB_HOW_BYTES];

		lab_process_how(status, how);
		return FPB_FAIL(err, -EINVAL,
				"%s --help: expected the words \"" BANNER
				"\", it %s without them; " REMEDY,
				e->path, how);
	}
	if (!e->version)
		return FPB_FAIL(err, -ENOMEM, "version of %s", e->path);
	if (major < LEAST_VERSION)
		return FPB_FAIL(err, -EOPNOTSUPP,
				"%s is \"%s\", too old: before version %d Linux disables XSAVE "
				"there; " REMEDY,
				e->path, e->version, LEAST_VERSION);
	return 0;
}

/*
 * A machine of a million ticks, to see whether the library is there. A debugger takes the end of its
 * input, /dev/null, for the wish to quit.
 */
static int has_display(const struct bochs_emulator *e, const char *name, struct fpb_err *err)
{
	char option[64], refusal[64], *answer;
	const char *const argv[] = { e->path, "-q", "-n", option, "-benchmark", "1", NULL };
	int status, has;

	snprintf(option, sizeof(option), "display_library: %s", name);
	snprintf(refusal, sizeof(refusal), "'%s' not available", name);
	answer = lab_process_ask(argv, PATIENCE_MS, &status, err);
	if (!answer)
		return err->code;
	has = !strstr(answer, refusal);
	free(answer);
	return has;
}

static int find_display(struct bochs_emulator *e, struct fpb_err *err)
{
	/* Nothing to draw is best; a terminal can be had anywhere. */
	static const char *const displays[] = { "nogui", "term" };
	int ret = 0;

	for (size_t i = 0; !e->display && i < sizeof(displays) / sizeof(displays[0]); i++) {
		ret = has_display(e, displays[i], err);
		if (ret < 0)
			return ret;
		e->display = ret ? displays[i] : NULL;
	}
	if (!e->display)
		return FPB_FAIL(
			err, -EOPNOTSUPP,
			"%s has neither the display library nogui nor term; install Debian's "
			"package bochs-term",
			e->path);
	return 0;
}

static int examine(const char *path, struct bochs_emulator *e, struct fpb_err *err)
{
	struct bochs_emulator found = { .path = strdup(path) };
	int ret;

	if (!found.path)
		return FPB_FAIL(err, -ENOMEM, "path of Bochs");
	ret = ask_what_it_is(&found, err);
	if (!ret)
		ret = find_display(&found, err);
	if (ret)
		bochs_emulator_clear(&found);
	else
		*e = found;
	return ret;
}

/* Where scripts/setup.sh --bochs puts its wrapper; NULL without a home. */
static char *prepared_path(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int bytes = -1;

	if (cache && *cache)
		bytes = asprintf(&path, "%s/fpstate-bench/bochs/bochs", cache);
	else if (home && *home)
		bytes = asprintf(&path, "%s/.cache/fpstate-bench/bochs/bochs", home);
	return bytes < 0 ? NULL : path;
}

int bochs_emulator_find(const char *path, struct bochs_emulator *e, struct fpb_err *err)
{
	struct fpb_err of_path = { 0 }, of_prepared = { 0 };
	char *prepared;
	int ret;

	*e = (struct bochs_emulator){ 0 };
	ret = examine(path ? path : "bochs", e, &of_path);
	if (!ret)
		return 0;
	prepared = path ? NULL : prepared_path();
	if (prepared && access(prepared, F_OK) == 0) {
		ret = examine(prepared, e, &of_prepared);
		free(prepared);
		return ret ? FPB_FAIL(err, ret, "%s", of_prepared.text) : 0;
	}
	free(prepared);
	if (ret == -ENOENT)
		return FPB_FAIL(err, -ENOENT, "no emulator %s; " REMEDY, path ? path : "bochs");
	return FPB_FAIL(err, ret, "%s", of_path.text);
}

static bool has_line(const char *text, const char *line, size_t bytes)
{
	for (; *text; text += strspn(text, "\r\n")) {
		const size_t length = strcspn(text, "\r\n");

		if (length == bytes && memcmp(text, line, bytes) == 0)
			return true;
		text += length;
	}
	return false;
}

int bochs_emulator_check_model(const struct bochs_emulator *e, const char *name, size_t bytes,
			       struct fpb_err *err)
{
	const char *const argv[] = { e->path, "--help", "cpu", NULL };
	int status, ret = 0;
	char *answer = lab_process_ask(argv, PATIENCE_MS, &status, err);

	if (!answer)
		return err->code;
	if (strstr(answer, MODELS) && !has_line(answer, name, bytes))
		ret = FPB_FAIL(
			err, -EINVAL,
			"--cpu %.*s: %s has no such model; `%s --help cpu` lists those it has",
			(int)bytes, name, e->version, e->path);
	free(answer);
	return ret;
}

void bochs_emulator_clear(struct bochs_emulator *e)
{
	free(e->path);
	free(e->version);
	*e = (struct bochs_emulator){ 0 };
}
