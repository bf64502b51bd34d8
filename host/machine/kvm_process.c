// SPDX-License-Identifier: MIT
#include "host/machine/kvm_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/machine/kvm_debugfs.h"
#include "host/machine/kvm_process_files.h"

/* The kernel's have some 6 KB. */
#define MAX_STATISTICS_BYTES (1u << 20)

struct kvm_process {
	pid_t pid;
	int pidfd;
	unsigned int nr_vcpus;
	int *fd;      /* borrowed, nr_vcpus of them; NULL: what is read is the folder */
	int vm_fd;    /* number of the VM in the process, while it was found */
	char *folder; /* below debugfs */
	char source[320];
	struct kvm_statistics *all; /* as read last; of nr_vcpus or 1 */
};

static size_t nr_statistics(const struct kvm_process *p)
{
	return p->fd ? p->nr_vcpus : 1;
}

static const char *why(int code)
{
	const char *text = strerrordesc_np(-code);

	return text ? text : "unknown error";
}

static int open_pidfd(struct kvm_process *p, struct fpb_err *err)
{
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->pidfd >= 0)
		return 0;
	if (errno == EINVAL)
		return FPB_FAIL(err, -ESRCH, "%d is a thread; its process is wanted", (int)p->pid);
	if (errno == ENOSYS)
		return FPB_FAIL(err, -ENODATA, "pidfd_open: this kernel is older than 5.3");
	return FPB_FAIL(err, -errno, "process %d: %s", (int)p->pid, why(-errno));
}

static int find_files(struct kvm_process *p, struct kvm_process_files *files, struct fpb_err *err)
{
	struct fpb_err cause = { 0 };
	int ret = kvm_process_files_find(p->pid, files, &cause);

	if (ret == -ENOENT)
		return FPB_FAIL(err, -ESRCH, "process %d: %s", (int)p->pid, why(-ESRCH));
	if (ret == -EACCES)
		return FPB_FAIL(err, ret,
				"process %d: not allowed to see its files; run this as root or as "
				"the user of that process",
				(int)p->pid);
	if (ret)
		return FPB_FAIL(err, ret, "process %d: %s: %s", (int)p->pid, cause.text, why(ret));
	if (!files->nr_vms)
		return FPB_FAIL(err, -ENOENT,
				"process %d has no VM: none of its open files is a kvm-vm",
				(int)p->pid);
	if (files->nr_vms > 1)
		return FPB_FAIL(err, -EMLINK,
				"process %d has %u VMs, expected one: their statistics cannot be "
				"told apart",
				(int)p->pid, files->nr_vms);
	return 0;
}

/* -1 with errno. What the process put there since it was found is not read: it may block. */
static int borrow(int pidfd, int theirs)
{
	static const char expected[] = "anon_inode:kvm-vcpu-stats:";
	const int fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	char path[64], name[sizeof(expected)] = "";

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, name, sizeof(name) - 1) > 0 && !strcmp(name, expected))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

/* Of each vCPU its file; -ENODATA: the process has not all of them, -errno of pidfd_getfd(). */
static int borrow_files(struct kvm_process *p, const struct kvm_process_files *files)
{
	unsigned int nr = 0;

	if (!files->nr_stats || files->nr_stats != files->nr_vcpus)
		return -ENODATA;
	p->fd = malloc(files->nr_stats * sizeof(*p->fd));
	if (!p->fd)
		return -ENOMEM;
	for (size_t i = 0; i < KVM_PROCESS_MAX_VCPUS; i++) {
		if (files->stats_fd[i] < 0)
			continue;
		p->fd[nr] = borrow(p->pidfd, files->stats_fd[i]);
		if (p->fd[nr] < 0)
			break;
		nr++;
	}
	p->nr_vcpus = nr;
	if (nr == files->nr_stats)
		return 0;
	nr = (unsigned int)errno;
	while (p->nr_vcpus)
		close(p->fd[--p->nr_vcpus]);
	free(p->fd);
	p->fd = NULL;
	return -(int)nr;
}

static int explain(const struct kvm_process *p, const struct kvm_process_files *files, int borrowed,
		   const char *debugfs, int found, struct fpb_err *err)
{
	if (borrowed == -EPERM)
		return FPB_FAIL(
			err, borrowed,
			"process %d: not allowed to borrow its files (pidfd_getfd: %s); run "
			"this as root, or where kernel.yama.ptrace_scope is 0 as its user",
			(int)p->pid, why(borrowed));
	if (borrowed != -ENODATA)
		return FPB_FAIL(err, borrowed, "process %d: pidfd_getfd: %s", (int)p->pid,
				why(borrowed));
	return FPB_FAIL(err, -ENODATA,
			"process %d has a VM of %u vCPUs and the statistics files of %u of them "
			"open, and below %s/kvm: %s; mount -t debugfs none %s, as root",
			(int)p->pid, files->nr_vcpus, files->nr_stats, debugfs, why(found),
			debugfs);
}

static int choose(struct kvm_process *p, const char *debugfs, struct fpb_err *err)
{
	struct kvm_process_files *files = malloc(sizeof(*files));
	int ret, borrowed, found;

	if (!files)
		return FPB_FAIL(err, -ENOMEM, "out of memory");
	ret = find_files(p, files, err);
	if (ret)
		goto out_free;
	p->vm_fd = files->vm_fd;
	borrowed = borrow_files(p, files);
	found = borrowed ? kvm_debugfs_find(p->pid, debugfs, &p->folder, &p->nr_vcpus) : 0;
	if (found || !p->nr_vcpus)
		ret = explain(p, files, borrowed, debugfs, found ? found : -ENODATA, err);
	else if (borrowed)
		snprintf(p->source, sizeof(p->source), "%s", p->folder);
	else
		snprintf(p->source, sizeof(p->source), "statistics files of %u vCPU%s", p->nr_vcpus,
			 p->nr_vcpus > 1 ? "s" : "");
out_free:
	free(files);
	return ret;
}

int kvm_process_open(pid_t pid, const char *debugfs, struct kvm_process **out, struct fpb_err *err)
{
	struct kvm_process *p = calloc(1, sizeof(*p));
	int ret;

	*out = NULL;
	if (!p)
		return FPB_FAIL(err, -ENOMEM, "out of memory");
	p->pid = pid;
	p->pidfd = -1;
	ret = open_pidfd(p, err);
	ret = ret ? ret : choose(p, debugfs, err);
	if (!ret) {
		p->all = calloc(nr_statistics(p) + 1, sizeof(*p->all));
		ret = p->all ? 0 : FPB_FAIL(err, -ENOMEM, "out of memory");
	}
	if (ret)
		kvm_process_close(p);
	else
		*out = p;
	return ret;
}

static void forget(struct kvm_process *p)
{
	for (size_t i = 0; p->all && i < nr_statistics(p); i++) {
		free(p->all[i].bytes);
		p->all[i] = (struct kvm_statistics){ 0 };
	}
}

void kvm_process_close(struct kvm_process *p)
{
	if (!p)
		return;
	forget(p);
	free(p->all);
	for (unsigned int i = 0; p->fd && i < p->nr_vcpus; i++)
		close(p->fd[i]);
	free(p->fd);
	free(p->folder);
	if (p->pidfd >= 0)
		close(p->pidfd);
	free(p);
}

const char *kvm_process_source(const struct kvm_process *p)
{
	return p->source;
}

unsigned int kvm_process_nr_vcpus(const struct kvm_process *p)
{
	return p->nr_vcpus;
}

int kvm_process_is_text(const struct kvm_process *p)
{
	return !p->fd;
}

static int read_binary(int fd, struct kvm_statistics *out)
{
	uint8_t *bytes = malloc(MAX_STATISTICS_BYTES);
	size_t used = 0;
	ssize_t got = -ENOMEM;

	if (!bytes)
		return -ENOMEM;
	do {
		got = pread(fd, bytes + used, MAX_STATISTICS_BYTES - used, (off_t)used);
		used += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && used < MAX_STATISTICS_BYTES) || (got < 0 && errno == EINTR));
	if (got < 0) {
		const int code = -errno;

		free(bytes);
		return code;
	}
	*out = (struct kvm_statistics){ bytes, used };
	return 0;
}

/* What is borrowed outlives the process and its VM, and stands still then. */
static int check_alive(const struct kvm_process *p, struct fpb_err *err)
{
	struct pollfd poll_pid = { .fd = p->pidfd, .events = POLLIN };
	char path[64], name[64];
	ssize_t length;

	if (poll(&poll_pid, 1, 0) > 0)
		return FPB_FAIL(err, -ESRCH, "process %d ended meanwhile", (int)p->pid);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)p->pid, p->vm_fd);
	length = readlink(path, name, sizeof(name) - 1);
	name[length > 0 ? length : 0] = '\0';
	if (strcmp(name, "anon_inode:kvm-vm") != 0)
		return FPB_FAIL(err, -ENOENT, "the VM of process %d ended meanwhile", (int)p->pid);
	return 0;
}

int kvm_process_read(struct kvm_process *p, const struct kvm_statistics **all, size_t *nr,
		     struct fpb_err *err)
{
	int ret = 0;

	forget(p);
	for (size_t i = 0; i < nr_statistics(p) && !ret; i++)
		ret = p->fd ? read_binary(p->fd[i], &p->all[i])
			    : kvm_debugfs_read(p->folder, &p->all[0].bytes, &p->all[0].length);
	/* After it: what was alive here was while it was read. */
	if (check_alive(p, err))
		return err ? err->code : -ESRCH;
	if (ret)
		return FPB_FAIL(err, ret, "%s: %s%s", p->source, why(ret),
				ret == -EPERM && !p->fd ? "; a kernel in lockdown lets nobody read "
							  "there"
							: "");
	*all = p->all;
	*nr = nr_statistics(p);
	return 0;
}
