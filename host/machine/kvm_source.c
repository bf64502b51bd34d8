// SPDX-License-Identifier: MIT
#include "host/machine/kvm_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* asm/prctl.h of Debian 12 knows it, older ones do not. */
#ifndef ARCH_GET_XCOMP_GUEST_PERM
#define ARCH_GET_XCOMP_GUEST_PERM 0x1024
#endif

static int real_open(const struct kvm_source *self, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)self;
	return fd < 0 ? -errno : fd;
}

static int real_ioctl(const struct kvm_source *self, int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	(void)self;
	return ret < 0 ? -errno : ret;
}

static void real_close(const struct kvm_source *self, int fd)
{
	(void)self;
	close(fd);
}

static int real_guest_permission(const struct kvm_source *self, uint64_t *xfeatures)
{
	(void)self;
	return syscall(SYS_arch_prctl, ARCH_GET_XCOMP_GUEST_PERM, xfeatures) ? -errno : 0;
}

const struct kvm_source kvm_source_real = {
	.open = real_open,
	.ioctl = real_ioctl,
	.close = real_close,
	.guest_permission = real_guest_permission,
};
