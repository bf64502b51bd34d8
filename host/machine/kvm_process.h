/* SPDX-License-Identifier: MIT */
/*
 * kvm_process.h - KVM's statistics of another process's VM, as bytes.
 *
 * KVM answers the ioctls of a VM to the process that made it and to no other; its statistics files
 * (KVM_GET_STATS_FD) it lets anybody read who has one open. So those that the process holds are
 * borrowed by pidfd_getfd(2), which takes the right to trace it. Where it does not hold one of each
 * vCPU there are the sums below /sys/kernel/debug/kvm, for root and with debugfs mounted.
 */
#ifndef HOST_MACHINE_KVM_PROCESS_H
#define HOST_MACHINE_KVM_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/err.h"

struct kvm_process;

/* One vCPU's statistics file, whole; or lines "NAME VALUE" of all vCPUs together. */
struct kvm_statistics {
	uint8_t *bytes; /* of the process's own, until the next reading */
	size_t length;
};

/*
 * Finds the VM of the process. debugfs: where that is mounted, "/sys/kernel/debug".
 * -ESRCH: no such process. -ENOENT: it has no VM. -EMLINK: it has more than one.
 * -EACCES, -EPERM: not allowed to look, with what to do. -ENODATA: nothing to read, and why.
 */
int kvm_process_open(pid_t pid, const char *debugfs, struct kvm_process **out, struct fpb_err *err)
	FPB_MUST_CHECK;
void kvm_process_close(struct kvm_process *process);

/* "statistics files of 4 vCPUs" or "/sys/kernel/debug/kvm/4711-12". */
const char *kvm_process_source(const struct kvm_process *process);
unsigned int kvm_process_nr_vcpus(const struct kvm_process *process);
/* What is read: binary files, one a vCPU; or one text. */
int kvm_process_is_text(const struct kvm_process *process);

/*
 * Reads all of them now. *nr is 1 or the number of vCPUs. -ESRCH: the process ended meanwhile;
 * -ENOENT: its VM did.
 */
int kvm_process_read(struct kvm_process *process, const struct kvm_statistics **all, size_t *nr,
		     struct fpb_err *err) FPB_MUST_CHECK;

#endif
