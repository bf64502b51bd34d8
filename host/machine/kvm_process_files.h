/* SPDX-License-Identifier: MIT */
/* kvm_process_files.h - which files of a process are KVM's, by what /proc/PID/fd calls them. */
#ifndef HOST_MACHINE_KVM_PROCESS_FILES_H
#define HOST_MACHINE_KVM_PROCESS_FILES_H

#include <stddef.h>
#include <sys/types.h>

#include "host/err.h"

/* KVM_MAX_VCPUS of x86. */
#define KVM_PROCESS_MAX_VCPUS 4096

struct kvm_process_files {
	unsigned int nr_vms;
	int vm_fd;			     /* of the last VM, as the process numbers it */
	unsigned int nr_vcpus;		     /* different ones */
	unsigned int nr_stats;		     /* vCPUs of which a statistics file is open */
	int stats_fd[KVM_PROCESS_MAX_VCPUS]; /* in the process, by vCPU; -1: none */
};

/*
 * A file that the process has open twice counts once, where the kernel tells (kcmp(2)). 0, -ENOENT:
 * no such process, -EACCES: not allowed to look, or another -errno of /proc.
 */
int kvm_process_files_find(pid_t pid, struct kvm_process_files *files, struct fpb_err *err)
	FPB_MUST_CHECK;

#endif
