// SPDX-License-Identifier: MIT
#include "guest/linux/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The kernel's CONSOLE_EXT_LOG_MAX: no record is longer. */
#define RECORD_BYTES 8192

void kmsg_append(char *text, size_t size, const char *record, size_t bytes)
{
	const char *message = memchr(record, ';', bytes);
	const char *separator = text[0] ? "; " : "";
	size_t used = strlen(text);
	const char *end;

	if (!message)
		return;
	message++;
	end = memchr(message, '\n', (size_t)(record + bytes - message));
	if (!end)
		end = record + bytes;
	if (used + strlen(separator) + (size_t)(end - message) >= size)
		return;
	snprintf(text + used, size - used, "%s%.*s", separator, (int)(end - message), message);
}

int kmsg_mark(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)lseek(fd, 0, SEEK_END);
	return fd;
}

void kmsg_collect(int fd, char *text, size_t size)
{
	char record[RECORD_BYTES];
	ssize_t got;

	text[0] = '\0';
	if (fd < 0)
		return;
	/* EPIPE: records were overwritten before they were read; the next ones are there. */
	while ((got = read(fd, record, sizeof(record))) > 0 || (got < 0 && errno == EPIPE))
		if (got > 0)
			kmsg_append(text, size, record, (size_t)got);
	close(fd);
}
