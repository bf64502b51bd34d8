// SPDX-License-Identifier: MIT
/*
 * replay.c - instead of libFuzzer, where it is not linked: what was found once stays found.
 *
 *	fuzz_NAME FOLDER...	feeds it every file of the folders
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = NULL;
	long size = -1;
	int failed = 1;

	if (file && !fseek(file, 0, SEEK_END))
		size = ftell(file);
	/* No byte more, so that reading beyond the end is found. */
	if (size >= 0)
		data = malloc((size_t)size);
	if (file && (data || !size) && !fseek(file, 0, SEEK_SET))
		failed = fread(data, 1, (size_t)size, file) != (size_t)size;
	if (failed)
		fprintf(stderr, "%s: cannot be read\n", path);
	else
		LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	if (file)
		fclose(file);
	return failed;
}

static int feed_entry(const char *folder, const char *name)
{
	char *path;
	int failed;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return 1;
	/* Before, so that the last one named is the one that crashed. */
	fprintf(stderr, "%s\n", path);
	failed = feed_file(path);
	free(path);
	return failed;
}

static int feed_folder(const char *folder, size_t *nr)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int failed = 0;

	if (!dir) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return 1;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= feed_entry(folder, entry->d_name);
		++*nr;
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	size_t nr = 0;
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= feed_folder(argv[i], &nr);
	printf("%zu inputs\n", nr);
	return failed || !nr;
}
