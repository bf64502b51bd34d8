/* SPDX-License-Identifier: MIT */
/* file.h - a whole file, and the lists that the image's files hold. */
#ifndef GUEST_LINUX_FILE_H
#define GUEST_LINUX_FILE_H

#include <stddef.h>
#include <stdint.h>

/* `data` to be freed, a NUL behind its bytes. -errno. */
int file_read(const char *path, char **data, size_t *bytes);

/*
 * LAYOUT_ARGUMENTS as a vector, argv[0] being `program`: NULL-terminated, to be freed; its strings
 * lie in `data`. NULL: out of memory. What follows the last NUL is no argument.
 */
char **arguments_parse(char *program, char *data, size_t bytes);

/*
 * The next line of LAYOUT_MODULE_LIST, cut out of *rest in place. 1; 0 at the end; -EINVAL for a
 * line that is none, *file then being all of it.
 */
int module_list_next(char **rest, char **file, uint32_t *needed_by);

#endif
