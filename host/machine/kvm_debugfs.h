/* SPDX-License-Identifier: MIT */
/*
 * kvm_debugfs.h - KVM's statistics of a VM below /sys/kernel/debug/kvm: a folder PID-FD for each,
 * FD being the VM's number in the process that made it, with a file for every statistic; those of
 * vCPUs are sums over them.
 */
#ifndef HOST_MACHINE_KVM_DEBUGFS_H
#define HOST_MACHINE_KVM_DEBUGFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/err.h"

/*
 * The folder of the process's VM, for the caller to free, and how many vCPUs it has. debugfs: where
 * that is mounted. -ENOENT: none of it there; -EMLINK: more than one; or -errno.
 */
int kvm_debugfs_find(pid_t pid, const char *debugfs, char **folder, unsigned int *nr_vcpus)
	FPB_MUST_CHECK;

/* Lines "NAME VALUE" of all files of one number, for the caller to free. 0 or -errno. */
int kvm_debugfs_read(const char *folder, uint8_t **text, size_t *length) FPB_MUST_CHECK;

#endif
