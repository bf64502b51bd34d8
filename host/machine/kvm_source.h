/* SPDX-License-Identifier: MIT */
/*
 * kvm_source.h - the few questions to KVM that need no VM, behind a table for tests. Calls return
 * a value >= 0 or -errno.
 */
#ifndef HOST_MACHINE_KVM_SOURCE_H
#define HOST_MACHINE_KVM_SOURCE_H

#include <stdint.h>

struct kvm_source {
	int (*open)(const struct kvm_source *self, const char *path);
	int (*ioctl)(const struct kvm_source *self, int fd, unsigned long request, void *arg);
	void (*close)(const struct kvm_source *self, int fd);
	/* arch_prctl(ARCH_GET_XCOMP_GUEST_PERM); asking changes nothing, unlike its REQ sister. */
	int (*guest_permission)(const struct kvm_source *self, uint64_t *xfeatures);
};

extern const struct kvm_source kvm_source_real;

#endif
