// SPDX-License-Identifier: MIT
#include "bench/report/file_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *remedy(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return "free space there (df -h) or write to another file system";
	case EFBIG:
		return "raise the limit on the size of files (ulimit -f)";
	case EROFS:
	case EACCES:
	case EPERM:
		return "write to a directory of yours";
	case ENOENT:
	case ENOTDIR:
		return "create the directory first";
	case EISDIR:
		return "name a file in it";
	case ENOMEM:
		return "free memory, or write fewer rows to a report";
	default:
		return "see dmesg if this is a disk error";
	}
}

static int cannot_write(struct fpb_problem *problem, int error, const char *path)
{
	return fpb_problem_set(problem, error, "", "cannot write %s: %s; %s", path, strerror(error),
			       remedy(error));
}

int fpb_write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* A terminal, a pipe or /dev/null: nothing to rename over, least of all as root. */
static int write_stream(const char *path, fpb_file_writer *write_to, const void *data)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_to(fd, data);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

/* The name outlives a crash of the machine only once its directory is on disk. */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	/* The file is complete and in place: not worth a failure. */
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(copy);
}

static int write_file(const char *path, fpb_file_writer *write_to, const void *data)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s.tmp", path) < 0)
		return -ENOMEM;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		ret = -errno;
		goto out_free;
	}
	ret = write_to(fd, data);
	if (!ret && fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret)
		unlink(temporary);
	else
		sync_directory(path);
out_free:
	free(temporary);
	return ret;
}

int fpb_file_replace(const char *path, fpb_file_writer *write_to, const void *data,
		     struct fpb_problem *problem)
{
	char resolved[PATH_MAX];
	struct stat st;
	int ret;

	if (stat(path, &st))
		ret = write_file(path, write_to, data);
	else if (S_ISDIR(st.st_mode))
		ret = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		ret = write_stream(path, write_to, data);
	else if (realpath(path, resolved))
		ret = write_file(resolved, write_to, data); /* keeps a link such as /dev/stdout */
	else
		ret = -errno;
	return ret ? cannot_write(problem, -ret, path) : 0;
}
