// SPDX-License-Identifier: MIT
#include "bench/core/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_TIMEOUT_MS 2000
#define LOCK_POLL_MS	10

static int name_file(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
{
	char *path;

	*journal = (struct fpb_journal){ .fd = -1 };
	if (asprintf(&path, "%s.journal", report_path) < 0 || !path)
		return FPB_FAIL(err, -ENOMEM, "name of the journal");
	journal->path = path;
	return 0;
}

/*
 * Two processes must not measure into one journal. A killed run's lock is gone with it, but for a
 * child caught between fork and exec, hence the patience.
 */
static int lock(const struct fpb_journal *journal, struct fpb_err *err)
{
	for (int waited = 0; flock(journal->fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno == EINTR)
			continue;
		/* A kernel without CONFIG_FILE_LOCKING, as a small one of the lab may be. */
		if (errno == ENOSYS)
			return 0;
		if (errno != EWOULDBLOCK)
			return FPB_FAIL(err, -errno, "%s: lock", journal->path);
		if (waited >= LOCK_TIMEOUT_MS)
			return FPB_FAIL(err, -EBUSY,
					"%s: the run that writes it is not over; wait for it or "
					"end it",
					journal->path);
		poll(NULL, 0, LOCK_POLL_MS);
	}
	return 0;
}

int fpb_journal_create(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
{
	int ret = name_file(journal, report_path, err);

	if (ret)
		return ret;
	journal->fd = open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (journal->fd >= 0)
		return lock(journal, err);
	return FPB_FAIL(err, -errno, "%s: cannot start a journal%s", journal->path,
			errno == EEXIST
				? "; an unfinished run left one: continue it with --resume, remove "
				  "it, or choose another --out"
				: "");
}

int fpb_journal_open(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
{
	int ret = name_file(journal, report_path, err);

	if (ret)
		return ret;
	journal->fd = open(journal->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (journal->fd < 0)
		return FPB_FAIL(err, -errno, "%s: cannot go on with this journal", journal->path);
	return lock(journal, err);
}

int fpb_journal_cut(struct fpb_journal *journal, size_t bytes, struct fpb_err *err)
{
	if (ftruncate(journal->fd, (off_t)bytes))
		return FPB_FAIL(err, -errno, "%s: cutting off a torn line", journal->path);
	return 0;
}

/* One write, one line. Half a line, on a full disk, is taken back. */
static int write_line(const struct fpb_journal *journal, const char *line, size_t bytes)
{
	struct stat before;
	ssize_t done;
	int ret;

	if (fstat(journal->fd, &before))
		return -errno;
	done = write(journal->fd, line, bytes);
	if (done == (ssize_t)bytes)
		return 0;
	ret = done < 0 ? -errno : -ENOSPC;
	/* Should that fail too, the reader leaves out a torn line at the end. */
	while (done > 0 && ftruncate(journal->fd, before.st_size) && errno == EINTR)
		;
	return ret;
}

static const char *remedy(int code)
{
	return code == -EFBIG ? "raise the limit on the size of files (ulimit -f)"
			      : "free space on this disk (df -h)";
}

int fpb_journal_append(struct fpb_journal *journal, json_t *line, struct fpb_err *err)
{
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	size_t bytes;
	int ret;

	json_decref(line);
	if (!text)
		return FPB_FAIL(err, -ENOMEM, "line of the journal");
	bytes = strlen(text);
	text[bytes] = '\n'; /* in place of the terminator */
	ret = write_line(journal, text, bytes + 1);
	free(text);
	if (ret)
		return FPB_FAIL(err, ret, "%s: cannot be written; %s and continue with --resume",
				journal->path, remedy(ret));
	if (fsync(journal->fd))
		return FPB_FAIL(err, -errno, "%s: fsync", journal->path);
	return 0;
}

void fpb_journal_close(struct fpb_journal *journal, bool is_done)
{
	/* In this order: the lock is kept until nobody can find the file any more. */
	if (is_done && journal->path)
		unlink(journal->path);
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->path);
	*journal = (struct fpb_journal){ .fd = -1 };
}
