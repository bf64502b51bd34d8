// SPDX-License-Identifier: MIT
/*
 * Built with -mgeneral-regs-only: swap and exit rows keep vector state live across these calls.
 */
#include "host/vmm/kvm_sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KVM_API_VERSION_STABLE 12

/* The bare instruction: the C library's variadic wrapper may save or use vector registers. */
static int real_ioctl(int fd, unsigned long request, unsigned long arg)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"((long)SYS_ioctl), "D"((long)fd), "S"(request), "d"(arg)
			 : "rcx", "r11", "memory");
	return (int)ret;
}

static int real_open(const char *path, int flags)
{
	int fd = open(path, flags);

	return fd < 0 ? -errno : fd;
}

static void *real_mmap(size_t bytes, int prot, int flags, int fd, int *code)
{
	void *addr = mmap(NULL, bytes, prot, flags, fd, 0);

	if (addr != MAP_FAILED)
		return addr;
	*code = -errno;
	return NULL;
}

static void real_munmap(void *addr, size_t bytes)
{
	munmap(addr, bytes);
}

static int real_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static long real_pread(int fd, void *buf, size_t bytes, long offset)
{
	ssize_t got = pread(fd, buf, bytes, offset);

	return got < 0 ? -errno : got;
}

static void real_close(int fd)
{
	close(fd);
}

const struct kvm_sys kvm_sys_real = {
	.open = real_open,
	.ioctl = real_ioctl,
	.mmap = real_mmap,
	.munmap = real_munmap,
	.eventfd = real_eventfd,
	.pread = real_pread,
	.close = real_close,
};

static const char *ioctl_remedy(unsigned long request, int code)
{
	switch (code) {
	case -EMFILE:
	case -ENFILE:
		return "; raise the limit of open files (ulimit -n)";
	case -ENOMEM:
		return "; free memory or raise the cgroup's limit";
	case -EBUSY:
		if (request == KVM_CREATE_VM)
			return "; another hypervisor holds VMX or SVM, stop it";
		break;
	case -ENOTTY:
		return "; this kernel's KVM does not know the call";
	default:
		break;
	}
	return "";
}

int kvm_ioctl(const struct kvm_sys *sys, int fd, unsigned long request, const char *name,
	      unsigned long arg, struct fpb_err *err, const char *file, int line)
{
	int ret;

	do {
		ret = sys->ioctl(fd, request, arg);
	} while (ret == -EINTR && request != KVM_RUN);
	if (ret < 0)
		fpb_err_record(err, ret, file, line, "%s%s", name, ioctl_remedy(request, ret));
	return ret;
}

static const char *open_remedy(int code)
{
	switch (code) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return "no KVM here: load kvm_intel or kvm_amd (modprobe), or enable "
		       "virtualisation in the firmware";
	case -EACCES:
	case -EPERM:
		return "no permission: add yourself to the group that owns it "
		       "(usermod -aG kvm $USER, then log in again), or run as root";
	case -EBUSY:
		return "busy: another hypervisor holds VMX or SVM, stop it";
	default:
		return "cannot be opened";
	}
}

int kvm_open(const struct kvm_sys *sys, struct fpb_err *err)
{
	int fd = sys->open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0)
		return FPB_FAIL(err, fd, "/dev/kvm: %s", open_remedy(fd));
	version = sys->ioctl(fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION_STABLE) {
		sys->close(fd);
		if (version < 0)
			return FPB_FAIL(
				err, version,
				"/dev/kvm: KVM_GET_API_VERSION fails: not KVM's device; see "
				"what is mounted or bound over it");
		return FPB_FAIL(err, -ENOSYS, "KVM_GET_API_VERSION: expected %d, read %d",
				KVM_API_VERSION_STABLE, version);
	}
	return fd;
}
