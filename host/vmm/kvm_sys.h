/* SPDX-License-Identifier: MIT */
/*
 * kvm_sys.h - the system calls of the VMM, behind a table so that tests can fail each in turn.
 *
 * Calls return a value >= 0 or -errno; mmap returns NULL for failure with *code set. A VM remembers
 * the table it was created with.
 */
#ifndef HOST_VMM_KVM_SYS_H
#define HOST_VMM_KVM_SYS_H

#include <linux/kvm.h>
#include <stddef.h>

#include "host/err.h"

struct kvm_sys {
	int (*open)(const char *path, int flags);
	int (*ioctl)(int fd, unsigned long request, unsigned long arg);
	void *(*mmap)(size_t bytes, int prot, int flags, int fd, int *code);
	void (*munmap)(void *addr, size_t bytes);
	int (*eventfd)(void);
	long (*pread)(int fd, void *buf, size_t bytes, long offset);
	void (*close)(int fd);
};

/* The kernel's own. Its ioctl touches no vector register, see kvm_sys.c. */
extern const struct kvm_sys kvm_sys_real;

/*
 * One ioctl, its failure recorded as "NAME: .." with a remedy where the errno has a known one.
 * Returns the ioctl's value or -errno. Use the macros: they check the argument's size against the
 * one encoded in the request (_IOC_SIZE) when compiling.
 */
int kvm_ioctl(const struct kvm_sys *sys, int fd, unsigned long request, const char *name,
	      unsigned long arg, struct fpb_err *err, const char *file, int line);

#define KVM_IOCTL(sys, fd, request, ptr, err)                                                      \
	({                                                                                         \
		_Static_assert(_IOC_SIZE(request) == sizeof(*(ptr)), "argument of " #request);     \
		kvm_ioctl((sys), (fd), (request), #request, (unsigned long)(ptr), (err), __FILE__, \
			  __LINE__);                                                               \
	})

#define KVM_IOCTL_NUMBER(sys, fd, request, number, err)                                            \
	({                                                                                         \
		_Static_assert(_IOC_SIZE(request) == 0, #request " takes a pointer");              \
		kvm_ioctl((sys), (fd), (request), #request, (unsigned long)(number), (err),        \
			  __FILE__, __LINE__);                                                     \
	})

/* Opens /dev/kvm and checks the API version. The message tells what to load or whom to ask. */
int kvm_open(const struct kvm_sys *sys, struct fpb_err *err) FPB_MUST_CHECK;

#endif
