/* SPDX-License-Identifier: MIT */
/*
 * err.h - how library code says what went wrong.
 *
 * A function returns 0 or -errno and, given a struct fpb_err, leaves the FIRST failure there:
 * later ones, met while cleaning up, do not overwrite it. Library code prints nothing and never
 * exits; main() turns the record into one message and an exit code.
 *
 *	return FPB_FAIL(err, -errno, "KVM_SET_XSAVE: vcpu %u", id);
 */
#ifndef HOST_ERR_H
#define HOST_ERR_H

#include <stdbool.h>

/* The kernel's, which leaks to user space through several KVM ioctls; errno.h does not have it. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

struct fpb_err {
	int code;	  /* -errno of the first failure, 0 while there is none */
	const char *file; /* where it was recorded, path relative to the repository */
	int line;
	char text[512]; /* names the ioctl, file or field and, where one is known, the remedy */
};

#define FPB_MUST_CHECK __attribute__((warn_unused_result))

/*
 * Records the failure unless err is NULL or already holds one. Returns code, so that it can stand
 * in a return statement. strerror(-code) is NOT appended: fpb_err_describe() does that.
 */
int fpb_err_record(struct fpb_err *err, int code, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#define FPB_FAIL(err, code, ...) fpb_err_record((err), (code), __FILE__, __LINE__, __VA_ARGS__)

/*
 * "KVM_CREATE_VM: Permission denied" into buf, always terminated. Codes absent from errno.h that
 * KVM uses (524, ENOTSUPP) are named too. File and line are for records, not for people.
 */
void fpb_err_describe(const struct fpb_err *err, char *buf, unsigned long size);

#endif
