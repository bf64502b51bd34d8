// SPDX-License-Identifier: MIT
#include "bench/cli/output_path.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUILD_ID_DIGITS 12

/* One path component: whatever is not plain becomes '_'. */
static void make_plain(char *text)
{
	for (; *text; text++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+",
			    *text))
			*text = '_';
	}
}

int output_path_make_folders(const char *path, struct fpb_err *err)
{
	char *copy = strdup(path);
	int ret = 0;

	if (!copy)
		return FPB_FAIL(err, -ENOMEM, "%s", path);
	for (char *slash = strchr(copy + 1, '/'); !ret && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			ret = FPB_FAIL(err, -errno, "mkdir %s; name another place with --out",
				       copy);
		*slash = '/';
	}
	free(copy);
	return ret;
}

static const char *text_of(const json_t *environment, const char *key)
{
	const char *text = json_string_value(json_object_get(environment, key));

	return text ? text : "unknown";
}

/* The folders of this host and of this moment. */
static void name_place(char *host, size_t host_bytes, char *utc, size_t utc_bytes)
{
	time_t now = time(NULL);
	struct tm tm;

	memset(host, 0, host_bytes);
	if (gethostname(host, host_bytes - 1))
		snprintf(host, host_bytes, "unknown");
	make_plain(host);
	gmtime_r(&now, &tm);
	strftime(utc, utc_bytes, "%Y%m%dT%H%M%SZ", &tm);
}

char *output_path_create_folder(const char *what, struct fpb_err *err)
{
	char host[256], utc[32];
	char *path;

	name_place(host, sizeof(host), utc, sizeof(utc));
	if (asprintf(&path, "results/%s/%s/%s", host, what, utc) < 0) {
		FPB_FAIL(err, -ENOMEM, "path of the reports");
		return NULL;
	}
	return path;
}

char *output_path_create_lab(const char *engine, struct fpb_err *err)
{
	char what[64];

	snprintf(what, sizeof(what), "lab-%s", engine);
	return output_path_create_folder(what, err);
}

char *output_path_create(const json_t *environment, struct fpb_err *err)
{
	char host[256], build[256], utc[32];
	char *path;

	name_place(host, sizeof(host), utc, sizeof(utc));
	snprintf(build, sizeof(build), "%s-%.*s", text_of(environment, "kernel_release"),
		 BUILD_ID_DIGITS, text_of(environment, "kernel_build_id"));
	make_plain(build);
	if (asprintf(&path, "results/%s/%s/%s/report.json", host, build, utc) < 0) {
		FPB_FAIL(err, -ENOMEM, "path of the report");
		return NULL;
	}
	if (output_path_make_folders(path, err)) {
		free(path);
		return NULL;
	}
	return path;
}

int output_path_check(const char *path, struct fpb_err *err)
{
	struct stat st;
	char *copy;
	int ret = 0;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return FPB_FAIL(err, -EINVAL, "--out %s: not a regular file", path);
	copy = strdup(path);
	if (!copy)
		return FPB_FAIL(err, -ENOMEM, "%s", path);
	if (access(dirname(copy), W_OK | X_OK))
		ret = FPB_FAIL(err, -errno, "--out %s: its folder cannot be written", path);
	free(copy);
	return ret;
}
