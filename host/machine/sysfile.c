// SPDX-License-Identifier: MIT
#include "host/machine/sysfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sysfile_fail(struct sysfile_why *why, int code, const char *path)
{
	const char *text = strerrordesc_np(-code);

	*why = (struct sysfile_why){ 0 };
	snprintf(why->text, sizeof(why->text), "%s: %s", path, text ? text : "unknown error");
	return code;
}

char *sysfile_path(const char *sysroot, const char *path)
{
	char *full;

	if (asprintf(&full, "%s%s", sysroot ? sysroot : "", path) < 0)
		return NULL;
	return full;
}

/*
 * Files of /proc and /sys have no size to ask for: read until there is no more. A full buffer grows
 * at once, so that there is room for the terminator.
 */
static int read_all(int fd, char **data, size_t *bytes)
{
	size_t used = 0, room = 4096;
	char *buf = malloc(room);
	int code = -ENOMEM;
	ssize_t got;
	char *more;

	if (!buf)
		return code;
	for (;;) {
		got = read(fd, buf + used, room - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			code = -errno;
			goto out_free;
		}
		if (got == 0)
			break;
		used += (size_t)got;
		if (used < room)
			continue;
		if (room >= SYSFILE_MAX_BYTES) {
			code = -EFBIG;
			goto out_free;
		}
		more = realloc(buf, 2 * room);
		if (!more)
			goto out_free;
		buf = more;
		room *= 2;
	}
	buf[used] = '\0';
	*data = buf;
	*bytes = used;
	return 0;

out_free:
	free(buf);
	return code;
}

int sysfile_read(const char *sysroot, const char *path, char **data, size_t *bytes,
		 struct sysfile_why *why)
{
	char *full = sysfile_path(sysroot, path);
	size_t length = 0;
	int code;
	int fd;

	*data = NULL;
	if (!full)
		return sysfile_fail(why, -ENOMEM, path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	code = fd < 0 ? -errno : 0;
	free(full);
	if (!code) {
		code = read_all(fd, data, &length);
		close(fd);
	}
	if (bytes)
		*bytes = length;
	return *data ? 0 : sysfile_fail(why, code ? code : -EIO, path);
}

int sysfile_read_text(const char *sysroot, const char *path, char **text, struct sysfile_why *why)
{
	size_t length;
	int code;

	code = sysfile_read(sysroot, path, text, &length, why);
	if (code)
		return code;
	while (length && isspace((unsigned char)(*text)[length - 1]))
		(*text)[--length] = '\0';
	return 0;
}

int sysfile_read_long(const char *sysroot, const char *path, long *value, struct sysfile_why *why)
{
	char *text, *end;
	int code;

	code = sysfile_read_text(sysroot, path, &text, why);
	if (code)
		return code;
	errno = 0;
	*value = strtol(text, &end, 10);
	if (end == text || *end || errno) {
		code = -EINVAL;
		snprintf(why->text, sizeof(why->text), "%s: expected a number, read \"%.32s\"",
			 path, text);
	}
	free(text);
	return code;
}
