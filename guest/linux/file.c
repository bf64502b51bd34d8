// SPDX-License-Identifier: MIT
#include "guest/linux/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, char **data, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size, used = 0;
	struct stat st;
	ssize_t got;
	int ret = 0;
	char *buf;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		ret = -errno;
		goto out_close;
	}
	size = (size_t)st.st_size;
	buf = malloc(size + 1);
	if (!buf) {
		ret = -ENOMEM;
		goto out_close;
	}
	while (used < size && (got = read(fd, buf + used, size - used)) != 0) {
		if (got < 0) {
			ret = -errno;
			free(buf);
			goto out_close;
		}
		used += (size_t)got;
	}
	buf[used] = '\0';
	*data = buf;
	*bytes = used;
out_close:
	close(fd);
	return ret;
}

char **arguments_parse(char *program, char *data, size_t bytes)
{
	char *next = data, *const end = data + bytes;
	size_t nr = 1;
	char **argv;

	for (size_t i = 0; i < bytes; i++)
		nr += data[i] == '\0';
	argv = calloc(nr + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[0] = program;
	for (size_t i = 1; i < nr; i++) {
		argv[i] = next;
		next = (char *)memchr(next, '\0', (size_t)(end - next)) + 1;
	}
	return argv;
}

int module_list_next(char **rest, char **file, uint32_t *needed_by)
{
	char *number, *end;

	*file = strsep(rest, "\n");
	if (!*file || !**file)
		return 0;
	number = strchr(*file, ' ');
	if (!number)
		return -EINVAL;
	errno = 0;
	*needed_by = (uint32_t)strtoul(number + 1, &end, 10);
	if (errno || end == number + 1 || *end)
		return -EINVAL;
	*number = '\0';
	return 1;
}
