// SPDX-License-Identifier: MIT
#include "bench/core/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fpb_journal_create(struct fpb_journal *journal, const char *report_path, struct fpb_err *err)
{
	*journal = (struct fpb_journal){ .fd = -1 };
	if (asprintf(&journal->path, "%s.journal", report_path) < 0) {
		journal->path = NULL;
		return FPB_FAIL(err, -ENOMEM, "name of the journal");
	}
	journal->fd = open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (journal->fd >= 0)
		return 0;
	return FPB_FAIL(err, -errno, "%s: cannot start a journal%s", journal->path,
			errno == EEXIST
				? "; an unfinished run left one: remove it, or choose another "
				  "--out"
				: "");
}

int fpb_journal_append(struct fpb_journal *journal, json_t *line, struct fpb_err *err)
{
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	size_t bytes;
	ssize_t done;

	json_decref(line);
	if (!text)
		return FPB_FAIL(err, -ENOMEM, "line of the journal");
	bytes = strlen(text);
	text[bytes] = '\n'; /* in place of the terminator: one write, one line */
	done = write(journal->fd, text, bytes + 1);
	free(text);
	if (done != (ssize_t)(bytes + 1))
		return FPB_FAIL(err, done < 0 ? -errno : -ENOSPC, "%s: free space on this disk",
				journal->path);
	if (fsync(journal->fd))
		return FPB_FAIL(err, -errno, "%s: fsync", journal->path);
	return 0;
}

void fpb_journal_close(struct fpb_journal *journal, bool is_done)
{
	if (journal->fd >= 0)
		close(journal->fd);
	if (is_done && journal->path)
		unlink(journal->path);
	free(journal->path);
	*journal = (struct fpb_journal){ .fd = -1 };
}
