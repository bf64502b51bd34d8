// SPDX-License-Identifier: MIT
#include "bench/cli/option_number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		       uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min || value > max)
		argp_error(state, "%s %s: expected a number from %llu to %llu", option, text,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}
