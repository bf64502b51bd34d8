/* SPDX-License-Identifier: MIT */
/* kmsg.h - what the kernel has to say about a system call that failed. */
#ifndef GUEST_LINUX_KMSG_H
#define GUEST_LINUX_KMSG_H

#include <stddef.h>

/*
 * The message of one record of /dev/kmsg, "6,339,5140900,-;text\n DICT=..\n" (Linux
 * Documentation/ABI/testing/dev-kmsg): its text is appended to `text`, after "; " where something
 * is there already. What does not fit whole is left out.
 */
void kmsg_append(char *text, size_t size, const char *record, size_t bytes);

/* From now on: a descriptor for kmsg_collect(), or -errno. */
int kmsg_mark(void);

/* The messages since, as kmsg_append() joins them, and closes `fd`; "" for a negative one. */
void kmsg_collect(int fd, char *text, size_t size);

#endif
