// SPDX-License-Identifier: MIT
#include "host/machine/kvm_process_files.h"

#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where kcmp() is not to be had they are taken for two. */
static bool is_same_file(pid_t pid, int a, int b)
{
	return syscall(SYS_kcmp, pid, pid, KCMP_FILE, (unsigned long)a, (unsigned long)b) == 0;
}

/* The number behind the prefix; -1: something else. */
static long number_behind(const char *name, const char *prefix)
{
	const size_t length = strlen(prefix);
	char *end;
	long number;

	if (strncmp(name, prefix, length) != 0 || name[length] < '0' || name[length] > '9')
		return -1;
	errno = 0;
	number = strtol(name + length, &end, 10);
	return errno || *end || number >= KVM_PROCESS_MAX_VCPUS ? -1 : number;
}

/* Since 5.9 vCPUs are "kvm-vcpu:0"; the older "kvm-vcpu" had no statistics files. */
static void look_at(pid_t pid, int fd, const char *name, bool *is_vcpu,
		    struct kvm_process_files *files)
{
	const long vcpu = number_behind(name, "anon_inode:kvm-vcpu:");
	const long stats = number_behind(name, "anon_inode:kvm-vcpu-stats:");

	if (!strcmp(name, "anon_inode:kvm-vm")) {
		if (!files->nr_vms || !is_same_file(pid, files->vm_fd, fd))
			files->nr_vms++;
		files->vm_fd = fd;
	} else if (vcpu >= 0 && !is_vcpu[vcpu]) {
		is_vcpu[vcpu] = true;
		files->nr_vcpus++;
	} else if (stats >= 0 && files->stats_fd[stats] < 0) {
		files->stats_fd[stats] = fd;
		files->nr_stats++;
	}
}

int kvm_process_files_find(pid_t pid, struct kvm_process_files *files, struct fpb_err *err)
{
	bool is_vcpu[KVM_PROCESS_MAX_VCPUS] = { false };
	struct dirent *entry;
	char path[64];
	DIR *dir;

	*files = (struct kvm_process_files){ 0 };
	for (size_t i = 0; i < KVM_PROCESS_MAX_VCPUS; i++)
		files->stats_fd[i] = -1;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return FPB_FAIL(err, -errno, "%s", path);
	while ((entry = readdir(dir))) {
		char name[128];
		const ssize_t length =
			readlinkat(dirfd(dir), entry->d_name, name, sizeof(name) - 1);

		if (length <= 0)
			continue;
		name[length] = '\0';
		look_at(pid, atoi(entry->d_name), name, is_vcpu, files);
	}
	closedir(dir);
	return 0;
}
