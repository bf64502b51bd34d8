// SPDX-License-Identifier: MIT
#include "host/temporary.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

int temporary_folder_make(const char *name, char **path, struct fpb_err *err)
{
	const char *const tmp = getenv("TMPDIR");
	int ret;

	if (asprintf(path, "%s/fpstate-bench-%s.XXXXXX", tmp && *tmp ? tmp : "/tmp", name) < 0) {
		*path = NULL;
		return FPB_FAIL(err, -ENOMEM, "temporary folder");
	}
	if (mkdtemp(*path))
		return 0;
	ret = FPB_FAIL(err, -errno, "%s: temporary folder (TMPDIR names its place)", *path);
	free(*path);
	*path = NULL;
	return ret;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void temporary_folder_remove(const char *path)
{
	if (path)
		nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
