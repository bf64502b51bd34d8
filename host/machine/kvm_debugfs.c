// SPDX-License-Identifier: MIT
#include "host/machine/kvm_debugfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/sysfile.h"

/* "vcpu0" */
static bool is_vcpu_folder(const char *name)
{
	return !strncmp(name, "vcpu", 4) && isdigit((unsigned char)name[4]);
}

static unsigned int count_vcpus(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned int nr = 0;
	struct dirent *entry;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		nr += is_vcpu_folder(entry->d_name);
	closedir(dir);
	return nr;
}

static int look_for(const char *prefix, const char *kvm, DIR *dir, char **folder)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		if (*folder)
			return -EMLINK;
		if (asprintf(folder, "%s/%s", kvm, entry->d_name) < 0) {
			*folder = NULL;
			return -ENOMEM;
		}
	}
	return *folder ? 0 : -ENOENT;
}

int kvm_debugfs_find(pid_t pid, const char *debugfs, char **folder, unsigned int *nr_vcpus)
{
	char *kvm = sysfile_path(debugfs, "/kvm");
	char prefix[24];
	int ret;
	DIR *dir;

	*folder = NULL;
	*nr_vcpus = 0;
	if (!kvm)
		return -ENOMEM;
	snprintf(prefix, sizeof(prefix), "%d-", (int)pid);
	dir = opendir(kvm);
	ret = dir ? look_for(prefix, kvm, dir, folder) : -errno;
	if (dir)
		closedir(dir);
	free(kvm);
	if (!ret && *folder)
		*nr_vcpus = count_vcpus(*folder);
	return ret;
}

/* Of a file of one number; histograms and what else is there has more words. */
static int print_counter(FILE *text, const char *folder, const char *name)
{
	struct sysfile_why ignored;
	char *path = NULL, *value = NULL;
	int ret;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	ret = sysfile_read_text(NULL, path, &value, &ignored);
	if (!ret && *value && strspn(value, "0123456789") == strlen(value))
		fprintf(text, "%s %s\n", name, value);
	free(value);
	free(path);
	/* A folder, or what has no end: not a number either. */
	return ret == -EPERM || ret == -EACCES || ret == -ENOMEM ? ret : 0;
}

/* In lockdown some can be read and some not: then what is there says too little. */
static int print_counters(FILE *text, const char *folder, DIR *dir)
{
	struct dirent *entry;
	int ret = 0;

	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && !is_vcpu_folder(entry->d_name))
			ret = print_counter(text, folder, entry->d_name);
	}
	return ret;
}

int kvm_debugfs_read(const char *folder, uint8_t **out, size_t *out_length)
{
	DIR *dir = opendir(folder);
	char *bytes = NULL;
	size_t length = 0;
	FILE *text;
	int ret;

	if (!dir)
		return -errno;
	text = open_memstream(&bytes, &length);
	ret = text ? print_counters(text, folder, dir) : -ENOMEM;
	closedir(dir);
	if (text && fclose(text) && !ret)
		ret = -ENOMEM;
	if (ret) {
		free(bytes);
		return ret;
	}
	*out = (uint8_t *)bytes;
	*out_length = length;
	return 0;
}
