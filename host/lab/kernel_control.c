// SPDX-License-Identifier: MIT
#include "host/lab/kernel_control.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_END " \t\n,|(:" /* of a package in a dependency */

/* The value of a field, with the lines that continue it; *length 0: no such field. */
static const char *find_field(const char *text, const char *name, size_t *length)
{
	const size_t name_length = strlen(name);
	const char *at, *end;

	for (at = text; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		while (end[0] && (end[1] == ' ' || end[1] == '\t'))
			end = strchrnul(end + 1, '\n');
		if (strncasecmp(at, name, name_length) != 0 || at[name_length] != ':')
			continue;
		at += name_length + 1;
		at += strspn(at, " \t");
		*length = end > at ? (size_t)(end - at) : 0;
		return at;
	}
	*length = 0;
	return text;
}

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	const size_t n = strlen(suffix);

	return length >= n && !memcmp(text + length - n, suffix, n);
}

static bool is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(text, word, length);
}

int kernel_control_check(const char *text, const char *path, struct fpb_err *err)
{
	size_t length, package_length;
	const char *package = find_field(text, "Package", &package_length);
	const char *architecture = find_field(text, "Architecture", &length);

	if (!package_length || !length)
		return FPB_FAIL(err, -EINVAL,
				"%s: its control file lacks Package or Architecture: not a binary "
				"package",
				path);
	if (!is(architecture, length, "amd64") && !is(architecture, length, "all"))
		return FPB_FAIL(err, -EINVAL,
				"%s: package %.*s is for architecture %.*s, expected amd64", path,
				(int)package_length, package, (int)length, architecture);
	if (ends_with(package, package_length, "-dbg") ||
	    ends_with(package, package_length, "-dbgsym"))
		return FPB_FAIL(err, -ENODATA,
				"%s: package %.*s holds debug symbols, no kernel: give the package "
				"of that name without the ending",
				path, (int)package_length, package);
	return 0;
}

static bool is_kernel_package(const char *name)
{
	static const char *const prefixes[] = { "linux-image-", "linux-binary-", "linux-modules-",
						"linux-base-" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

int kernel_control_depends(const char *text, char **list, struct fpb_err *err)
{
	size_t length, name_length;
	const char *at = find_field(text, "Depends", &length), *end = at + length;
	char *longer;

	for (; at < end; at += strcspn(at, ","), at++) {
		at += strspn(at, " \t\n");
		name_length = strcspn(at, NAME_END);
		if (at >= end || !is_kernel_package(at))
			continue;
		if (asprintf(&longer, "%s%s%.*s", *list ? *list : "", *list ? ", " : "",
			     (int)name_length, at) < 0)
			return FPB_FAIL(err, -ENOMEM, "a package's dependencies");
		free(*list);
		*list = longer;
	}
	return 0;
}
