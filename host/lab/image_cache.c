// SPDX-License-Identifier: MIT
#include "host/lab/image_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/image.h"

#define TEMPORARY "tmp" /* one is enough: its writer holds the lock of the directory */
#define LOCK	  "lock"

/* Creates it with its parents; what exists may be of any mode, as long as it can be searched. */
static int make_directory(char *path)
{
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		int ret;

		*slash = '\0';
		ret = mkdir(path, 0700);
		*slash = '/';
		/* A parent on a read-only file system may well be there. */
		if (ret && errno != EEXIST && errno != EROFS && errno != EACCES)
			return -errno;
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

char *lab_cache_dir(struct fpb_err *err)
{
	/* A relative path is to be ignored (XDG Base Directory Specification). */
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path;
	int ret;

	if (cache && cache[0] == '/') {
		ret = asprintf(&path, "%s/fpstate-bench/lab", cache);
	} else if (home && home[0] == '/') {
		ret = asprintf(&path, "%s/.cache/fpstate-bench/lab", home);
	} else {
		(void)FPB_FAIL(
			err, -ENOENT,
			"no directory for the lab's images: set XDG_CACHE_HOME or HOME to an "
			"absolute path");
		return NULL;
	}
	if (ret < 0) {
		(void)FPB_FAIL(err, -ENOMEM, "directory for the lab's images");
		return NULL;
	}
	ret = make_directory(path);
	if (!ret && access(path, R_OK | W_OK | X_OK))
		ret = -errno;
	if (ret) {
		(void)FPB_FAIL(
			err, ret,
			"%s: cannot keep the lab's images there; set XDG_CACHE_HOME to a directory "
			"of yours",
			path);
		free(path);
		return NULL;
	}
	return path;
}

int lab_cache_lock(const char *directory, struct fpb_err *err)
{
	char *path;
	int fd, ret = 0;

	if (asprintf(&path, "%s/" LOCK, directory) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s", directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		ret = FPB_FAIL(err, -errno, "%s", path);
	} else {
		do
			ret = flock(fd, LOCK_EX) ? -errno : 0;
		while (ret == -EINTR);
		if (ret) {
			(void)FPB_FAIL(err, ret,
				       "%s: flock; set XDG_CACHE_HOME to a directory of a file "
				       "system with locks",
				       path);
			close(fd);
		}
	}
	free(path);
	return ret ? ret : fd;
}

/* The descriptor of a file that is there and has the right size, locked; or -1. */
static int hold_existing(const char *path, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	/* Cut, by a disk that lost data. */
	if (fstat(fd, &st) || (uintmax_t)st.st_size != bytes) {
		close(fd);
		return -1;
	}
	(void)flock(fd, LOCK_SH);
	(void)futimens(fd, NULL); /* used now; it may be somebody else's file */
	return fd;
}

static int write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t done = write(fd, data, bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		data += done;
		bytes -= (size_t)done;
	}
	return fsync(fd) ? -errno : 0;
}

static void sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* After a crash of the machine the file is made anew: not worth a failure. */
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
}

static int hold_new(const char *directory, const char *path, const void *data, size_t bytes)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s/" TEMPORARY, directory) < 0)
		return -ENOMEM;
	fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	ret = fd < 0 ? -errno : write_all(fd, data, bytes);
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (!ret) {
		(void)flock(fd, LOCK_SH);
		sync_directory(directory);
	} else if (fd >= 0) {
		unlink(temporary);
		close(fd);
	}
	free(temporary);
	return ret ? ret : fd;
}

int lab_cache_hold(const char *directory, const char *suffix, const void *data, size_t bytes,
		   char **path, struct fpb_err *err)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	int fd;

	SHA256Data(data, bytes, hex);
	if (asprintf(path, "%s/%s%s", directory, hex, suffix) < 0) {
		*path = NULL;
		return FPB_FAIL(err, -ENOMEM, "%s", directory);
	}
	fd = hold_existing(*path, bytes);
	if (fd < 0)
		fd = hold_new(directory, *path, data, bytes);
	if (fd >= 0)
		return fd;
	free(*path);
	*path = NULL;
	return FPB_FAIL(err, fd,
			"%s: cannot write a file of %zu bytes for the lab there; make room, or set "
			"XDG_CACHE_HOME to another directory",
			directory, bytes);
}

struct cached {
	char *name;
	struct timespec used;
};

static int longest_unused_last(const void *left, const void *right)
{
	const struct cached *a = left, *b = right;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? 1 : -1;
	if (a->used.tv_nsec != b->used.tv_nsec)
		return a->used.tv_nsec < b->used.tv_nsec ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void remove_unused(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		(void)unlinkat(directory, name, 0);
	close(fd);
}

static bool ends_in(const char *name, const char *suffix)
{
	const size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && !strcmp(name + length - tail, suffix);
}

void lab_cache_prune(const char *directory, const char *suffix, size_t keep)
{
	struct cached *all = NULL;
	struct dirent *entry;
	size_t nr = 0;
	DIR *dir = opendir(directory);

	if (!dir)
		return;
	(void)unlinkat(dirfd(dir), TEMPORARY, 0);
	while ((entry = readdir(dir))) {
		struct cached *grown;
		struct stat st;

		if (!ends_in(entry->d_name, suffix) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		grown = reallocarray(all, nr + 1, sizeof(*grown));
		if (!grown)
			break;
		all = grown;
		all[nr] = (struct cached){ strdup(entry->d_name), st.st_mtim };
		if (!all[nr].name)
			break;
		nr++;
	}
	if (nr)
		qsort(all, nr, sizeof(*all), longest_unused_last);
	for (size_t i = 0; i < nr; i++) {
		if (i >= keep)
			remove_unused(dirfd(dir), all[i].name);
		free(all[i].name);
	}
	free(all);
	closedir(dir);
}
