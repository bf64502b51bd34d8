// SPDX-License-Identifier: MIT
#include "host/machine/cpu_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take_number(const char **cursor, unsigned int *number)
{
	unsigned long value;
	char *end;

	/* strtoul() alone would take signs and leading spaces. */
	if (!isdigit((unsigned char)**cursor))
		return -EINVAL;
	value = strtoul(*cursor, &end, 10);
	if (value > CPU_LIST_MAX_CPU)
		return -EINVAL;
	*number = (unsigned int)value;
	*cursor = end;
	return 0;
}

int cpu_list_next(const char **cursor, unsigned int *first, unsigned int *last)
{
	int code;

	if (!strcmp(*cursor, "(null)") || !strcmp(*cursor, "\n") || !**cursor)
		return 0;
	code = take_number(cursor, first);
	if (code)
		return code;
	*last = *first;
	if (**cursor == '-') {
		++*cursor;
		code = take_number(cursor, last);
		if (code)
			return code;
	}
	if (*last < *first)
		return -EINVAL;
	if (**cursor == ',') {
		++*cursor;
		return isdigit((unsigned char)**cursor) ? 1 : -EINVAL;
	}
	return !**cursor || !strcmp(*cursor, "\n") ? 1 : -EINVAL;
}

int cpu_list_count(const char *list)
{
	unsigned int first, last;
	int count = 0;
	int code;

	while ((code = cpu_list_next(&list, &first, &last)) > 0)
		count += (int)(last - first + 1);
	return code ? code : count;
}
